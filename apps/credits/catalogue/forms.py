"""Forms of the admin pages of applications: drafting one in TOML, and trying an operation out."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext

from apps.credits.catalogue.describing import OperationDescription
from apps.credits.catalogue.versions import MAX_BYTES, check
from apps.credits.definitions import MAX_OWNER
from apps.credits.files import ApplicationFile, converted, read_toml
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.json_bodies import placed_at
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import AmountField

AMOUNT_HELP = "Empty for the default. Never negative: the operation says which way it goes."
HELP = "One application, as export_applications writes it: name, unit, and a table [[operations]] for each of its own."


class DraftForm(LedgerForm):
    """An application in TOML."""

    text = forms.CharField(
        max_length=MAX_BYTES,
        strip=False,
        label="Application",
        help_text=HELP,
        widget=forms.Textarea(attrs={"rows": 28, "class": "lf-code", "spellcheck": "false"}),
    )

    def application(self) -> ApplicationFile:
        """What the text says. Raises what is wrong with it, each beside the text."""
        try:
            said = converted(read_toml(self.cleaned_data["text"]))
            check(said.name, said)
        except LedgerError as refusal:
            raise placed_at(refusal, "/text") from None
        return said


class TryOutForm(LedgerForm):
    """An operation for an owner. The key comes with the page, so that running it twice is running it once."""

    owner_id = forms.CharField(label="Owner", max_length=MAX_OWNER)
    amount = AmountField(required=False, help_text=AMOUNT_HELP)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, operations: Iterable[OperationDescription], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        choices = [(one.name, f"{one.name} ({gettext(one.direction)}{_range(one)})") for one in operations]
        self.fields = {"operation": forms.ChoiceField(label=gettext("Operation"), choices=choices)} | self.fields

    def amount_given(self) -> Decimal | None:
        """The amount, None where the field is empty."""
        amount: Decimal | None = self.cleaned_data["amount"]
        return amount


def _range(one: OperationDescription) -> str:
    if one.direction == "none":
        return ""
    least, most, default = one.amount.least, one.amount.most, one.amount.default
    if least == most:
        return f" {least}"
    if default is None:
        return " " + gettext("%(least)s to %(most)s") % {"least": least, "most": most}
    return " " + gettext("%(least)s to %(most)s, %(default)s unless said") % {
        "least": least,
        "most": most,
        "default": default,
    }
