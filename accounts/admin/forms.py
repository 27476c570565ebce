"""Forms of the admin pages of entities and accounts. They shape what was typed; the use cases decide."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import msgspec
from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.bases.eras import base_currency_on
from accounts.iso4217 import ISO_4217, WITHDRAWN
from accounts.models import Account, AccountType, CashFlow, Side, Term
from accounts.specs import AccountSpec
from ledgerflow.books.models import Entity
from ledgerflow.core import canonical, clocks
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import MAX_MINOR_UNITS
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import AmountField, DateField, RateField

CURRENCIES = [
    *((code, f"{code} · {name}") for code, name, _units in ISO_4217),
    *(
        (code, format_lazy(_("{currency}, withdrawn {month}"), currency=f"{code} · {name}", month=f"{month:%Y-%m}"))
        for code, name, _units, month in WITHDRAWN
    ),
]
YES_NO = [("", "as usual for the type"), ("yes", "yes"), ("no", "no")]
AS_HEADER = ("", "as its header, or as usual")
AMOUNT_HELP = _("In major units on the normal side. Empty: no limit.")


UNLIKE_LIMITS = ("name", "owner_id", "role", "cash_flow", "term", "metadata")


class MetadataField(forms.CharField):
    """A JSON object as text. Read by msgspec: Python's own reader falls over a depth bomb."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 60, "spellcheck": "false"})

    def clean(self, value: Any) -> dict[str, Any]:
        text = super().clean(value)
        try:
            metadata = canonical.decode(text) if text else {}
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            message = gettext("This is not JSON: %(error)s") % {"error": error}
            raise forms.ValidationError(message) from error
        if not isinstance(metadata, dict):
            message = gettext('Metadata is a JSON object, such as {"contract": "2026-17"}.')
            raise forms.ValidationError(message)
        return metadata


class ProposedField(forms.CharField):
    """A text field that proposes values, which the template puts into a datalist: no script."""

    def __init__(self, *, proposals: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.proposals = proposals
        self.widget.attrs["list"] = "proposals"


class EntityForm(LedgerForm):
    code = forms.CharField(
        max_length=64, help_text="Letters, digits, - and _. It stands in addresses and never changes."
    )
    name = forms.CharField(max_length=200)
    base_currency = forms.ChoiceField(choices=CURRENCIES, initial="EUR")
    business_date = DateField(
        label="First business date",
        help_text="The day the books start on.",
    )
    time_zone = ProposedField(
        proposals=sorted(available_timezones()), max_length=64, initial="UTC", help_text="Such as Europe/Berlin."
    )
    dimensions = forms.CharField(
        required=False, max_length=400, help_text="Up to eight names with commas between: cost_centre, project"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["business_date"].initial = clocks.now().date

    def clean_dimensions(self) -> list[str]:
        return [name for name in (part.strip() for part in self.cleaned_data["dimensions"].split(",")) if name]


class BaseCurrencyForm(LedgerForm):
    """Another base currency of `entity`; the fields are called as the use case points at them."""

    currency = forms.ChoiceField(label="New base currency")
    date = DateField(label="First day", help_text="A day that has not begun: without journals, and not closed.")
    rate = RateField(
        label="Fixed rate",
        help_text="What one new unit is in old ones, with six significant figures.",
    )
    key = forms.CharField(max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args: Any, entity: Entity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currencies = entity.currencies.order_by("code").values_list("code", "name")
        self.fields["currency"].choices = [(code, f"{code} · {name}") for code, name in currencies]  # type: ignore[attr-defined]
        self.fields["key"].initial = f"admin:{uuid7()}"


class CurrencyForm(LedgerForm):
    code = forms.CharField(max_length=12, help_text="Such as USDC or CREDIT. It never changes.")
    name = forms.CharField(max_length=100)
    minor_units = forms.IntegerField(
        min_value=0, max_value=MAX_MINOR_UNITS, initial=2, help_text="Digits after the point, for good."
    )
    not_money = forms.BooleanField(
        required=False,
        label="Not money",
        help_text="Credits, points, hours: it has no rates and is worth nothing in base currency, for good.",
    )


class AccountForm(LedgerForm):
    """A new account in the books of `entity`."""

    code = forms.CharField(max_length=100, help_text="Such as 1001-CASH. It never changes.")
    name = forms.CharField(max_length=200)
    type = forms.ChoiceField(choices=AccountType.choices)
    currency = forms.ChoiceField()
    normal_side = forms.ChoiceField(
        required=False,
        choices=[("", "as usual for the type"), *Side.choices],
        help_text="The other side makes a contra account. Fixed after the first posting.",
    )
    parent = forms.CharField(required=False, max_length=100, help_text="Code of an account of the same type.")
    is_header = forms.BooleanField(required=False, label="Header", help_text="Sums up others and takes no postings.")
    monetary = forms.ChoiceField(required=False, choices=YES_NO)
    owner_id = forms.CharField(required=False, max_length=100, label="Owner", help_text="The user it is kept for.")
    role = forms.CharField(required=False, max_length=40, help_text="Such as suspense, transit or rounding.")
    cash_flow = forms.ChoiceField(
        required=False,
        choices=[AS_HEADER, *CashFlow.choices],
        help_text="Where the statement of cash flows shows what is paid for it. Accounts below a header go with it.",
    )
    term = forms.ChoiceField(
        required=False,
        choices=[AS_HEADER, *Term.choices],
        help_text="Whether the balance sheet shows it as current. Accounts below a header go with it.",
    )
    min_balance = AmountField(required=False, label="Lower limit", help_text=AMOUNT_HELP)
    max_balance = AmountField(required=False, label="Upper limit", help_text=AMOUNT_HELP)
    keeps_lots = forms.BooleanField(
        required=False,
        label="Keeps lots",
        help_text="Each inflow is a lot that can expire. Fixed by the first posting.",
    )
    metadata = MetadataField(required=False)

    def __init__(self, *args: Any, entity: Entity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currencies = entity.currencies.values_list("code", "name")  # of the entity: custom ones too
        self.fields["currency"].choices = [(code, f"{code} · {name}") for code, name in currencies]  # type: ignore[attr-defined]
        self.fields["currency"].initial = base_currency_on(entity.pk, entity.business_date)

    def spec(self) -> AccountSpec:
        """What was typed, as the use case takes it."""
        values = dict(self.cleaned_data)
        values["monetary"] = {"yes": True, "no": False}.get(values["monetary"])
        return AccountSpec(**values)


class ChangeForm(LedgerForm):
    """What may change on an account after it was opened; `revision` is the state the form was filled from."""

    name = forms.CharField(max_length=200)
    owner_id = AccountForm.base_fields["owner_id"]
    role = AccountForm.base_fields["role"]
    cash_flow = AccountForm.base_fields["cash_flow"]
    term = AccountForm.base_fields["term"]
    parent = AccountForm.base_fields["parent"]
    min_balance = AccountForm.base_fields["min_balance"]
    max_balance = AccountForm.base_fields["max_balance"]
    metadata = MetadataField(required=False)
    reason = forms.CharField(max_length=500, help_text="Kept in the history of the account.")
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decimals = account.entity.currencies.values_list("minor_units", flat=True).get(code=account.currency)
        for name in ("min_balance", "max_balance"):
            self.fields[name] = AmountField(
                decimals=decimals, currency=account.currency, required=False, label=self.fields[name].label,
                help_text=AMOUNT_HELP,
            )  # fmt: skip

    def changes(self, account: Account) -> dict[str, Any]:
        """The fields that differ from the account: a closed one, say, may get another name but nothing else."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("reason", "revision")}
        balance = account.balance
        old = {name: getattr(account, name) for name in UNLIKE_LIMITS}
        old |= {"parent": account.parent.code if account.parent else ""}
        old |= {"min_balance": balance.min_balance, "max_balance": balance.max_balance}
        return {name: value for name, value in values.items() if value != old[name]}


class StatusForm(LedgerForm):
    reason = forms.CharField(max_length=500, help_text="Kept in the history of the account.")


class FreezeForm(StatusForm):
    outflow = forms.BooleanField(required=False, initial=True, label="No outflow")
    inflow = forms.BooleanField(required=False, initial=True, label="No inflow")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not (values.get("outflow") or values.get("inflow")):
            message = gettext("Choose at least one direction.")
            raise forms.ValidationError(message)
        return values
