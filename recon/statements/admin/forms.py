"""Forms of the admin pages of statements. They shape what was typed; the use cases decide."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext

from ledgerflow.books.models import Entity
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import AmountField, DateField
from recon.statements.bank_accounts import MAX_IDENTIFIER, MAX_NAME, BankAccountSpec, bank_accounts
from recon.statements.changing import MAX_REASON, Balances
from recon.statements.importing import MAX_FILE_NAME

MAP_HELP = (
    'JSON, such as {"booking_date": "Date", "amount": 3, "fixed_currency": "EUR", "delimiter": ";"}. '
    "A processor's report has fee, net, payout, payout_date and payout_lines too. Empty where no CSV files come."
)
MIRROR_HELP = "The code of another account of ours whose postings are the lines. Empty where files come."
GAP_HELP = "Take it even where it does not go on from the statement before."


class BankAccountForm(LedgerForm):
    """A bank account with the map of its CSV files."""

    account = forms.CharField(max_length=100, help_text="The code of our account.")
    name = forms.CharField(max_length=MAX_NAME)
    identifier = forms.CharField(
        max_length=MAX_IDENTIFIER, required=False, help_text="What files call it, such as its IBAN. Empty for any."
    )
    column_map = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField"}), required=False, help_text=MAP_HELP
    )
    mirror = forms.CharField(max_length=100, required=False, help_text=MIRROR_HELP)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**62, initial=0)

    def clean_column_map(self) -> dict[str, Any] | None:
        text = self.cleaned_data["column_map"].strip()
        if not text:
            return None
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            message = gettext("This is no JSON: %(error)s") % {"error": error}
            raise forms.ValidationError(message) from error
        if not isinstance(found, dict):
            message = gettext("A map of columns is a JSON object.")
            raise forms.ValidationError(message)
        return found

    def spec(self) -> BankAccountSpec:
        typed = self.cleaned_data
        return BankAccountSpec(typed["name"], typed["identifier"], typed["column_map"], typed["mirror"] or None)


class UploadForm(LedgerForm):
    """A file of statements. It is previewed first; `previewed` is then the SHA-256 of the choice and what was shown.

    The bytes are not kept between the two pages: the file is chosen again, and must be the same.
    """

    bank_account = forms.ChoiceField(required=False)
    file = forms.FileField(help_text="MT940, CAMT, OFX, BAI2, or CSV where the bank account has a map of columns.")
    allow_gap = forms.BooleanField(required=False, label="Allow a gap", help_text=GAP_HELP)
    previewed = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    content: bytes = b""
    sha256: str = ""

    def __init__(self, *args: Any, entity: Entity, **given: Any) -> None:
        super().__init__(*args, **given)
        field: Any = self.fields["bank_account"]
        field.choices = [
            ("", gettext("By what the file says")),
            *(
                (str(one.pk), f"{one.account.code} · {one.name}")
                for one in bank_accounts(entity.pk).filter(mirror=None).order_by("account__code")
            ),
        ]

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > settings.LEDGERFLOW_MAX_BODY_BYTES:
            message = gettext("A file has at most %(most)s bytes.") % {"most": settings.LEDGERFLOW_MAX_BODY_BYTES}
            raise forms.ValidationError(message)
        self.content = upload.read()
        self.sha256 = sha256(self.cleaned_data.get("bank_account", "").encode() + self.content).hexdigest()
        return upload

    @property
    def is_confirmed(self) -> bool:
        """Whether this very file was shown before, for this bank account."""
        return bool(self.sha256) and self.cleaned_data["previewed"] == self.sha256

    @property
    def bank_account_id(self) -> UUID | None:
        """None where each statement goes to the bank account that it names."""
        chosen = self.cleaned_data["bank_account"]
        return UUID(chosen) if chosen else None

    @property
    def file_name(self) -> str:
        return str(self.cleaned_data["file"].name)[:MAX_FILE_NAME]


class UndoForm(LedgerForm):
    """Why an import is taken back. The key makes a form that was sent twice one undoing."""

    reason = forms.CharField(max_length=MAX_REASON)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class BalancesForm(LedgerForm):
    """The balances that the file did not have."""

    opening_day = DateField()
    opening_balance = AmountField(help_text="Negative for an overdraft.")
    closing_day = DateField()
    closing_balance = AmountField()
    allow_gap = forms.BooleanField(required=False, label="Allow a gap", help_text=GAP_HELP)


def balances_from(typed: dict[str, Any]) -> Balances:
    return Balances(typed["opening_day"], typed["opening_balance"], typed["closing_day"], typed["closing_balance"])
