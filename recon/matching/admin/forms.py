"""Forms of the admin pages of matching. They shape what was typed; the use cases decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext

from journals.drafts import MAX_CODE, MAX_DESCRIPTION
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import AmountField, DateField
from recon.matching.differences import ROLES, WORDS, Difference
from recon.matching.rows import MOST_REASON
from recon.matching.use_cases import MOST_EXPLANATION, MOST_ITEMS
from recon.statements.parsers.texts import MAX_REFERENCE, MAX_TEXT
from recon.statements.splitting import Part

TEMPLATES = [(name, WORDS[name]) for name in ROLES]
COUNTER_HELP = "The one with the role of the template unless given."
DATE_HELP = "The last booking date of the lines unless given."
MOST_PAGES = 200


class ValuesField(forms.Field):
    """What was ticked; a use case says which of it there is."""

    widget = forms.MultipleHiddenInput

    def __init__(self, kind: type[UUID | int]) -> None:
        super().__init__(required=False)
        self.kind = kind

    def to_python(self, value: Any) -> list[Any]:
        try:
            found = list(dict.fromkeys(self.kind(one) for one in value or ()))
        except (ValueError, TypeError) as error:
            message = gettext("What was chosen is no line and no posting.")
            raise forms.ValidationError(message) from error
        if len(found) > MOST_ITEMS or any(isinstance(one, int) and not 0 < one < 2**63 for one in found):
            message = gettext("A match has at most %(most)s lines and postings that are there.") % {"most": MOST_ITEMS}
            raise forms.ValidationError(message)
        return found


class WhyForm(LedgerForm):
    """A reason. The key makes a form that was sent twice one request."""

    reason = forms.CharField(max_length=MOST_REASON, required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class KeyForm(LedgerForm):
    """Nothing to fill in but the key."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ResidualForm(LedgerForm):
    """How a difference is posted."""

    template = forms.ChoiceField(choices=TEMPLATES)
    counter_account = forms.CharField(max_length=MAX_CODE, required=False, help_text=COUNTER_HELP)
    description = forms.CharField(max_length=MAX_DESCRIPTION, required=False)
    effective_date = DateField(required=False, help_text=DATE_HELP)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


def difference_of(values: dict[str, Any]) -> Difference:
    return Difference(
        values["template"], values["counter_account"].strip(), values["description"], values["effective_date"]
    )


class SearchForm(LedgerForm):
    """What of one side is looked for; `page` is the one that is shown."""

    text = forms.CharField(max_length=200, required=False)
    least = AmountField(required=False, label="Amount from")
    most = AmountField(required=False, label="Amount to")
    first = DateField(required=False, label="Day from")
    last = DateField(required=False, label="Day to")
    page = forms.IntegerField(min_value=1, max_value=MOST_PAGES, required=False, widget=forms.HiddenInput)


class ChoiceForm(ResidualForm):
    """The lines and postings that were chosen, and what is to be done with them.

    `seen` is the difference that the page has shown: another one is not posted.
    """

    lines = ValuesField(UUID)
    postings = ValuesField(int)
    explanation = forms.CharField(
        max_length=MOST_EXPLANATION, required=False, help_text="Of a match whose sides come to the same."
    )
    template = forms.ChoiceField(choices=[("", "choose one"), *TEMPLATES], required=False)
    seen = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)


class PartForm(LedgerForm):
    """One part of a line. A row without an amount is no part."""

    amount = AmountField(required=False)
    customer_reference = forms.CharField(max_length=MAX_REFERENCE, required=False, label="Reference")
    text = forms.CharField(max_length=MAX_TEXT, required=False)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("amount") is None and "amount" not in self.errors and any(typed.values()):
            self.add_error("amount", gettext("A part needs an amount."))
        return typed

    def part(self) -> Part | None:
        """Nothing said of the reference or the text is what the line says."""
        typed = self.cleaned_data
        if typed.get("amount") is None:
            return None
        return Part(typed["amount"], typed["customer_reference"] or None, typed["text"] or None)
