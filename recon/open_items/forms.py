"""Forms of the admin pages of open items. They shape what was typed; the use cases decide."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django import forms
from django.utils.translation import gettext

from ledgerflow.web.admin_base import LedgerForm, amount_text
from ledgerflow.web.form_fields import AmountField, DateField
from recon.open_items.events import LONGEST_TERMS
from recon.open_items.reading import OpenItem
from recon.open_items.settling import paired
from recon.open_items.use_cases import ItemName, Wanted

KEY = forms.CharField(max_length=64, widget=forms.HiddenInput)


class KeepForm(LedgerForm):
    """Keep open items on an account, or set other terms."""

    account = forms.CharField(max_length=100, help_text="The code of an asset or a liability.")
    terms_days = forms.IntegerField(min_value=0, max_value=LONGEST_TERMS, initial=30, label="Payment terms in days")
    from_first = forms.BooleanField(
        required=False, initial=True, label="From the first posting", help_text="Otherwise from the next one on."
    )


class DueForm(LedgerForm):
    """When the items of a journal are due."""

    journal = forms.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Its number.")
    due_on = DateField()


class RunForm(LedgerForm):
    """Allocate what is proven on an account."""

    account = forms.CharField(max_length=100, help_text="The code of an account that keeps open items.")
    key = KEY


class UndoForm(LedgerForm):
    """End an allocation."""

    date = DateField(required=False, help_text="From when on. Empty for its own date, as if it had never been.")
    key = KEY


class ItemRow(NamedTuple):
    """An item on the clerk's page, with the names of its two fields."""

    item: OpenItem
    amount: str
    open: str
    take: forms.BoundField
    part: forms.BoundField


class AllocateForm(LedgerForm):
    """The open items of a party: those that are ticked settle each other, the first due first."""

    date = DateField(required=False, help_text="Empty for the later date of each pair.")
    key = KEY

    def __init__(self, items: Sequence[OpenItem], data: object = None, **given: object) -> None:
        super().__init__(data, **given)  # type: ignore[arg-type]
        self.items = items
        for item in items:
            self.fields[f"take-{item.version}"] = forms.BooleanField(
                required=False, label=gettext("Journal %(number)s") % {"number": item.number}
            )
            self.fields[f"part-{item.version}"] = AmountField(
                required=False, is_positive=True, label=gettext("Part of journal %(number)s") % {"number": item.number}
            )

    def rows(self) -> list[ItemRow]:
        """What the page shows of each item."""
        return [
            ItemRow(
                item, amount_text(item.amount), amount_text(item.open), self[f"take-{item.version}"],
                self[f"part-{item.version}"],
            )
            for item in self.items
        ]  # fmt: skip

    def wanted(self) -> list[Wanted]:
        """Pairs of what was ticked, debits against credits. Raises `Malformed` for a part that is no amount."""
        names = {item.version: ItemName(item.journal, item.line) for item in self.items}
        taken = [(item, self._amount(item)) for item in self.items if self.cleaned_data[f"take-{item.version}"]]
        debits = [(item.version, amount) for item, amount in taken if item.open > 0]
        credits_ = [(item.version, amount) for item, amount in taken if item.open < 0]
        return [Wanted(names[one.debit], names[one.credit], one.amount) for one in paired(debits, credits_)]

    def _amount(self, item: OpenItem) -> Decimal:
        name = f"part-{item.version}"
        part: Decimal | None = self.cleaned_data[name]
        return item.open.copy_abs() if part is None else part
