"""Forms of the admin pages of holds. They shape what was typed; the use cases decide."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from journals.drafts import MAX_CODE, MAX_DESCRIPTION, MAX_REFERENCE
from journals.hold_states import HoldSpec
from ledgerflow.core.ids import uuid7
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import AmountField, ConfirmDateField, DateField, MomentField

MAX_KEY = 64
FIRST = {"autofocus": True}  # the field that has the focus when its page opens


class _KeyForm(LedgerForm):
    """The key is made when the page is first shown, so that a form that was sent twice is done once."""

    key = forms.CharField(max_length=MAX_KEY, widget=forms.HiddenInput)


class PlaceForm(_KeyForm):
    """What to hold on which account, and until when."""

    account = forms.CharField(max_length=MAX_CODE, label=_("Account"), help_text=_("Its code."))
    amount = AmountField(is_positive=True, label=_("Amount"), help_text=_("In the currency of the account."))
    description = forms.CharField(max_length=MAX_DESCRIPTION, required=False, label=_("Description"))
    external_reference = forms.CharField(max_length=MAX_REFERENCE, required=False, label=_("Reference"))
    expires_at = MomentField(
        required=False, label=_("Expires"), help_text=_("In UTC. Empty for a hold that waits until somebody ends it.")
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        first = "amount" if self["account"].value() else "account"
        self.fields[first].widget.attrs |= FIRST

    def spec(self) -> HoldSpec:
        """The hold that is asked for."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in {"key", "expires_at"}}
        return HoldSpec(**values, expires_at=_in_utc(self.cleaned_data["expires_at"]))


class CaptureForm(_KeyForm):
    """Where held money goes, and how much of it."""

    counter_account = forms.CharField(
        max_length=MAX_CODE,
        label=_("To account"),
        help_text=_("Its code."),
        widget=forms.TextInput(attrs=FIRST),
    )
    amount = AmountField(
        is_positive=True, required=False, label=_("Amount"), help_text=_("Empty for all that is left.")
    )
    release_remainder = forms.BooleanField(
        required=False, label=_("Release the rest"), help_text=_("What is left after this is let go of.")
    )
    effective_date = DateField(
        required=False, label=_("Effective date"), help_text=_("Empty for the business date of the books.")
    )
    confirm_unusual_date = ConfirmDateField()
    description = forms.CharField(max_length=MAX_DESCRIPTION, required=False, label=_("Description"))
    external_reference = forms.CharField(max_length=MAX_REFERENCE, required=False, label=_("Reference"))


class ReleaseForm(_KeyForm):
    """How much to let go of, and why."""

    reason = forms.CharField(max_length=MAX_DESCRIPTION, label=_("Reason"), widget=forms.TextInput(attrs=FIRST))
    amount = AmountField(
        is_positive=True, required=False, label=_("Amount"), help_text=_("Empty for all that is left.")
    )


class ExtendForm(_KeyForm):
    """Until when, and why; `revision` is the state the form was filled from."""

    expires_at = MomentField(
        required=False, label=_("Expires"), help_text=_("In UTC. Empty for a hold that waits until somebody ends it.")
    )
    reason = forms.CharField(max_length=MAX_DESCRIPTION, label=_("Reason"))
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["expires_at"].widget.attrs |= FIRST

    def clean_expires_at(self) -> datetime | None:
        """In UTC, as the use case takes it."""
        return _in_utc(self.cleaned_data["expires_at"])


def a_key() -> dict[str, str]:
    """What each of these forms starts with."""
    return {"key": f"admin:{uuid7()}"}


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
