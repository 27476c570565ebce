"""Admin pages of holds: what is held, what was done to it, and the form to let go of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from journals.drafts import MAX_DESCRIPTION
from journals.hold_states import HoldStatus
from journals.holds.models import Hold
from journals.holds.reading import read_hold
from journals.holds.use_cases import release_hold
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import parse_amount
from ledgerflow.web.admin_base import (
    LedgerForm,
    NamedAction,
    ReadOnlyAdmin,
    actor_of,
    amount_text,
    pretty_json,
)
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter

ISSUER = "admin"


class ReleaseForm(LedgerForm):
    """How much to let go. The key makes a form that was sent twice one release."""

    amount = forms.CharField(max_length=64, required=False, help_text="Empty for all that is left.")
    reason = forms.CharField(max_length=MAX_DESCRIPTION)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class HoldStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one.value, one.value) for one in HoldStatus]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


def release(request: HttpRequest, hold: Hold, values: dict[str, Any]) -> Any:
    """Let go of a part of a hold, or of all that is left."""
    text = values["amount"].strip()
    amount = parse_amount(text, "/amount") if text else None
    return release_hold(
        hold.entity_id,
        hold.pk,
        key=values["key"],
        amount=amount,
        reason=values["reason"],
        issuer=ISSUER,
        actor=actor_of(request),
    )


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin[Hold]):
    list_display = (
        "placed_at",
        "account",
        "amount_text",
        "captured_text",
        "released_text",
        "remaining_text",
        "currency",
        "status",
        "expires_at",
        "description",
    )
    list_filter = (EntityFilter, HoldStatusFilter)
    list_select_related = ("account",)
    ordering = ("-event_sequence",)
    search_fields = ("account__code",)  # shows the field; get_search_results does the work
    search_help_text = "code of the account"
    detail_template = "ledgerflow/admin/hold.html"
    named_actions = {
        "release": NamedAction(
            "Release",
            lambda hold: f"Release {amount_text(hold.remaining)} {hold.currency} held on {hold.account.code}",
            release,
            lambda _hold, _answer: "The hold is released, so far as it was asked for.",
            form=ReleaseForm,
            initial=lambda: {"key": f"admin:{uuid7()}"},
        )
    }

    @admin.display(description="Amount")
    def amount_text(self, hold: Hold) -> str:
        return amount_text(hold.amount)

    @admin.display(description="Captured")
    def captured_text(self, hold: Hold) -> str:
        return amount_text(hold.captured)

    @admin.display(description="Released")
    def released_text(self, hold: Hold) -> str:
        return amount_text(hold.amount - hold.captured - hold.remaining)

    @admin.display(description="Left")
    def remaining_text(self, hold: Hold) -> str:
        return amount_text(hold.remaining)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Hold], search_term: str
    ) -> tuple[QuerySet[Hold], bool]:
        """The holds of one account, found by its whole code."""
        term = search_term.strip()
        return (queryset.filter(account__code=term) if term else queryset), False

    def detail_context(self, request: HttpRequest, row: Hold) -> dict[str, Any]:
        hold = read_hold(row.entity_id, row.pk)
        return {
            "title": f"Hold of {amount_text(row.amount)} {row.currency} on {row.account.code}",
            "hold": hold,
            "remaining": amount_text(row.remaining),
            "captured": amount_text(row.captured),
            "released": amount_text(row.amount - row.captured - row.remaining),
            "metadata": pretty_json(row.metadata),
        }
