"""Forms of the admin pages of matching. They shape what was typed; the use cases decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from journals.drafts import MAX_CODE, MAX_DESCRIPTION
from ledgerflow.web.admin_base import LedgerForm
from ledgerflow.web.form_fields import DateField
from recon.matching.differences import ROLES, WORDS, Difference
from recon.matching.rows import MOST_REASON
from recon.matching.rule_sets import PROFILES
from recon.matching.use_cases import MOST_EXPLANATION

TEMPLATES = [(name, WORDS[name]) for name in ROLES]


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
    counter_account = forms.CharField(
        max_length=MAX_CODE, required=False, help_text="The one with the role of the template unless given."
    )
    description = forms.CharField(max_length=MAX_DESCRIPTION, required=False)
    effective_date = DateField(required=False, help_text="The last booking date of the lines unless given.")
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


def difference_of(values: dict[str, Any]) -> Difference:
    return Difference(
        values["template"], values["counter_account"].strip(), values["description"], values["effective_date"]
    )


class ChoiceForm(LedgerForm):
    """The lines and postings that were ticked, and what is to be done with them."""

    lines = forms.TypedMultipleChoiceField(coerce=UUID, required=False, widget=forms.MultipleHiddenInput)
    postings = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.MultipleHiddenInput)
    explanation = forms.CharField(max_length=MOST_EXPLANATION, required=False)
    template = forms.ChoiceField(choices=[("", "do not post it"), *TEMPLATES], required=False, label="Difference")
    counter_account = forms.CharField(
        max_length=MAX_CODE, required=False, help_text="The one with the role of the template unless given."
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any, lines: list[str], postings: list[str], **given: Any) -> None:
        super().__init__(data, **given)
        chosen: Any = self.fields["lines"]
        chosen.choices = [(one, one) for one in lines]
        chosen = self.fields["postings"]
        chosen.choices = [(one, one) for one in postings]

    def difference(self) -> Difference | None:
        typed = self.cleaned_data
        return Difference(typed["template"], typed["counter_account"].strip()) if typed["template"] else None


class ProfileForm(LedgerForm):
    """Rules by the name of a profile; rules of one's own are set by the API."""

    profile = forms.ChoiceField(choices=[(name, name) for name in PROFILES])
    account = forms.CharField(
        max_length=MAX_CODE, required=False, label="Bank account",
        help_text="The code of its account; empty for all bank accounts that have no rules of their own.",
    )  # fmt: skip
