"""Admin pages of exceptions: what is open by kind, age and owner, and what may be done with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR
from ledgerflow.web.admin_base import LedgerForm, NamedAction, ReadOnlyAdmin, actor_of, amount_text
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter, ParameterFilter, chosen_entity
from recon.cases.ages import AGE_NAMES, age_of
from recon.cases.models import MAX_NOTE, MAX_REASON, CaseKind, CaseStatus, ReconException, Resolution
from recon.cases.reading import STATUSES, UNRESOLVED, history_of, of_age
from recon.cases.use_cases import BY_PEOPLE, MAX_COMMENT, Action, CaseAction, change_exceptions

ISSUER = "admin"


class CommentForm(LedgerForm):
    """The key makes a form that was sent twice one action."""

    comment = forms.CharField(max_length=MAX_COMMENT, widget=forms.Textarea(attrs={"rows": 3}))
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ReopenForm(LedgerForm):
    comment = forms.CharField(max_length=MAX_COMMENT, required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class AssignForm(ReopenForm):
    value = forms.CharField(max_length=MAX_ACTOR, required=False, label="Owner", help_text="Empty for nobody.")
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


class CaseKindFilter(ChoiceFilter):
    title = "Kind"
    parameter_names = ("kind",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return CaseKind.choices

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(kind=value)


class CaseStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one, one) for one in STATUSES]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        unresolved = queryset.exclude(status=CaseStatus.RESOLVED)
        return unresolved if value == UNRESOLVED else queryset.filter(status=value)


class AgeFilter(ChoiceFilter):
    """Days since it came up, to the business date."""

    title = "Age in days"
    parameter_names = ("age",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(name, name.replace("-", " ") if name.startswith("over") else name) for name in AGE_NAMES]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        entity = chosen_entity(self.request)
        return queryset.none() if entity is None else of_age(queryset, value, entity.business_date)


class OwnerFilter(ParameterFilter):
    title = "Owner"
    parameter_names = ("owner",)
    template = "ledgerflow/admin/filters/text.html"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        owner = self.values["owner"]
        return queryset.filter(owner=owner) if owner and "\x00" not in owner else queryset


def acting(action: Action, label: str, said: str, form: type[forms.Form]) -> NamedAction:
    """One thing that may be done with an exception."""

    def run(request: HttpRequest, row: ReconException, values: dict[str, Any]) -> Any:
        wanted = CaseAction(action, values.get("value", ""), values.get("note", ""), values.get("comment", ""))
        return change_exceptions(
            row.entity_id, [row.pk], wanted, key=values["key"], issuer=ISSUER, actor=actor_of(request)
        )

    title: Callable[[Any], str] = lambda row: f"{label}: exception {row.number}"  # noqa: E731 - a sentence of the row
    return NamedAction(
        label, title, run, lambda _row, _done: said, form=form, initial=lambda: {"key": f"admin:{uuid7()}"}
    )


ACTIONS = {
    "assign": acting("assign", "Assign", "The owner is set.", AssignForm),
    "check": acting("check", "Mark for checking", "It is being checked.", ReopenForm),
    "comment": acting("comment", "Comment", "The comment is in its history.", CommentForm),
    "reason": acting("reason", "Say the reason", "The reason is set.", ReasonForm),
    "resolve": acting("resolve", "Resolve", "The exception is resolved.", ResolveForm),
    "reopen": acting("reopen", "Open again", "The exception is open again.", ReopenForm),
}
OFFERED = {
    CaseStatus.OPEN: ("assign", "check", "comment", "reason", "resolve"),
    CaseStatus.CHECKING: ("assign", "comment", "reason", "resolve"),
    CaseStatus.RESOLVED: ("comment", "reopen"),
}


@admin.register(ReconException)
class ReconExceptionAdmin(ReadOnlyAdmin[ReconException]):
    list_display = (
        "number",
        "day",
        "age",
        "bank_account",
        "kind_text",
        "amount_text",
        "status",
        "owner",
        "explanation",
    )
    list_filter = (EntityFilter, CaseStatusFilter, CaseKindFilter, AgeFilter, OwnerFilter)
    list_select_related = ("bank_account", "entity")
    ordering = ("day", "id")
    detail_template = "ledgerflow/admin/recon_exception.html"
    named_actions = ACTIONS

    @admin.display(description="Kind")
    def kind_text(self, row: ReconException) -> str:
        return row.kind.replace("_", " ")

    @admin.display(description="Amount")
    def amount_text(self, row: ReconException) -> str:
        return amount_text(row.amount)

    @admin.display(description="Age in days")
    def age(self, row: ReconException) -> str:
        return age_of(row.day, _business_date(row))

    def detail_context(self, request: HttpRequest, row: ReconException) -> dict[str, Any]:
        offered = [(name, ACTIONS[name].label) for name in OFFERED[CaseStatus(row.status)]]
        return {
            "title": f"Exception {row.number} of {row.bank_account}",
            "amount": amount_text(row.amount),
            "age": age_of(row.day, _business_date(row)),
            "history": history_of(row),
            "offered": [(f"admin:cases_reconexception_{name}", label) for name, label in offered],
        }


def _business_date(row: ReconException) -> date:
    return row.entity.business_date
