"""Forms of the admin pages of exceptions. They shape what was typed; the use cases decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext

from ledgerflow.core.texts import MAX_ACTOR
from ledgerflow.web.admin_base import LedgerForm
from recon.cases.models import MAX_NOTE, MAX_REASON, Resolution
from recon.cases.use_cases import BY_PEOPLE, MAX_COMMENT, MOST_AT_ONCE


class CommentForm(LedgerForm):
    """The key makes a form that was sent twice one action."""

    comment = forms.CharField(max_length=MAX_COMMENT, widget=forms.Textarea(attrs={"rows": 3}))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ReopenForm(LedgerForm):
    comment = forms.CharField(max_length=MAX_COMMENT, required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class AssignForm(ReopenForm):
    value = forms.CharField(
        max_length=MAX_ACTOR, required=False, label="Owner",
        help_text="A person as user:7, or any name. Empty for nobody.",
    )  # fmt: skip
    field_order = ("value", "comment", "key")


class ReasonForm(ReopenForm):
    value = forms.CharField(max_length=MAX_REASON, label="Reason")
    field_order = ("value", "comment", "key")


class ResolveForm(ReopenForm):
    value = forms.ChoiceField(
        choices=[(one, str(Resolution(one).label)) for one in BY_PEOPLE], label="How it is explained"
    )
    note = forms.CharField(max_length=MAX_NOTE, required=False, help_text="Such as which line it is a duplicate of.")
    field_order = ("value", "note", "comment", "key")


def exceptions_from(values: list[str]) -> list[UUID]:
    """The exceptions that were ticked. Raises `ValueError` for what is no id, and for too many."""
    if len(values) > MOST_AT_ONCE:
        message = gettext("At most %(most)s exceptions are changed at once.") % {"most": MOST_AT_ONCE}
        raise ValueError(message)
    try:
        return list(dict.fromkeys(UUID(one) for one in values))
    except ValueError as error:
        message = gettext("What was ticked is no exception.")
        raise ValueError(message) from error


def wanted_of(values: dict[str, Any]) -> dict[str, str]:
    """What the form of an action says of it."""
    return {name: values.get(name, "") for name in ("value", "note", "comment")}
