"""Admin pages of the fiscal calendar: its periods and what may be done with each, the year end among it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from journals.models import Journal
from journals.periods.models import Period
from journals.periods.reopening import PERMISSION as REOPEN_PERIOD
from journals.periods.reopening import propose_reopening
from journals.periods.use_cases import (
    CLOSED,
    LOCKED,
    YEAR,
    close_period,
    lock_period,
    make_fiscal_year,
    period_in,
    periods_of,
    unlock_period,
)
from journals.periods.year_end import close_year, preview_year_end
from ledgerflow.core.ids import uuid7
from ledgerflow.web.admin_base import (
    LedgerForm,
    NamedAction,
    ReadOnlyAdmin,
    actor_of,
    amount_text,
    attempt,
    person_in,
    require,
)
from ledgerflow.web.admin_filters import EntityFilter, chosen_entity
from ledgerflow.web.form_fields import DateField

LOCK_PERIOD, CLOSE_YEAR = "periods.lock_period", "periods.close_year"
MAX_REASON = 500


class YearForm(LedgerForm):
    starts_on = DateField(
        label="First day",
        help_text="The first day of a month; twelve months are made from it on.",
    )


class PeriodReasonForm(LedgerForm):
    reason = forms.CharField(max_length=MAX_REASON, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class PeriodRequiredReasonForm(LedgerForm):
    reason = forms.CharField(max_length=MAX_REASON, widget=forms.Textarea(attrs={"rows": 3}))


class YearEndForm(LedgerForm):
    """Its key comes with the page, so that sending it twice closes the year once."""

    key = forms.CharField(max_length=100, widget=forms.HiddenInput)


def changing(label: str, use_case: Callable[..., object], note: str) -> NamedAction:
    """One change of the status of a period."""
    return NamedAction(
        label,
        lambda period: f"{label} the {period.kind} {period}",
        lambda request, period, given: use_case(period.entity_id, period.pk, actor=actor_of(request), **given),
        lambda _, changed: f"The {changed} is {changed.status}.",
        LOCK_PERIOD,
        PeriodReasonForm,
        note=lambda _: note,
    )


ACTIONS = {
    "lock": changing("Lock", lock_period, "Only who may override the lock posts into it, with a reason."),
    "unlock": changing("Unlock", unlock_period, "Everybody posts into it again."),
    "close": changing("Close", close_period, "It takes no adjustments any more, until two people reopen it."),
    "reopen": NamedAction(
        "Reopen",
        lambda period: f"Reopen the {period.kind} {period}",
        lambda request, period, given: propose_reopening(
            period.entity_id, period.pk, person=person_in(request), via=actor_of(request), **given
        ),
        lambda _, _made: "It is proposed; another person has to approve it.",
        REOPEN_PERIOD,
        PeriodRequiredReasonForm,
        note=lambda _: "A second person has to approve it.",
        leads_to=lambda _, made: ("admin:approvals_proposal_change", made.pk),
    ),
}
OFFERED = {name: (action.label, action.permission) for name, action in ACTIONS.items()} | {
    "year_end": ("Year end", CLOSE_YEAR)
}


@admin.register(Period)
class PeriodAdmin(ReadOnlyAdmin[Period]):
    list_display = ("ends_on", "kind", "starts_on", "status")
    list_filter = (EntityFilter,)
    ordering = ("ends_on", "kind")
    change_list_template = "ledgerflow/admin/periods.html"
    detail_template = "ledgerflow/admin/period.html"
    named_actions = ACTIONS

    @admin.display(description="Status")
    def status(self, period: Period) -> str:
        return str(getattr(period, "status_text", ""))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add(request)

    def has_view_permission(self, request: HttpRequest, obj: Period | None = None) -> bool:
        """Who may do something with periods may look at them."""
        may_do = any(request.user.has_perm(permission) for _, permission in OFFERED.values())
        return super().has_view_permission(request, obj) or may_do

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or self.has_view_permission(request)

    def attach(self, rows: list[Period]) -> None:
        if rows:
            found = {row.pk: getattr(row, "status", "") for row in periods_of(rows[0].entity_id)}
            for row in rows:
                row.status_text = found[row.pk]  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        year_end = self.admin_site.admin_view(self.year_end_view)
        return [path("<uuid:period_id>/year-end/", year_end, name="periods_period_year_end"), *super().get_urls()]

    def detail_context(self, request: HttpRequest, row: Period) -> dict[str, Any]:
        state = period_in(row.entity_id, row.pk)
        return {
            "title": f"The {state}",
            "status": state.status,
            "actions": actions_for(request, state.kind, state.status),
            "history": row.statuses.order_by("-number"),
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(self.may_add(request))
        entity = chosen_entity(request)
        if entity is None:
            messages.error(request, "A fiscal year needs an entity: add one first.")
            return redirect("admin:books_entity_changelist")
        form = YearForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            first = form.cleaned_data["starts_on"]
            made = attempt(form, lambda: make_fiscal_year(entity.id, first, actor=actor_of(request)))
            if made is not None:
                messages.success(request, f"The fiscal year to {made[-1].ends_on} is made.")
                return redirect("admin:periods_period_changelist")
        return self.form_page(
            request, form, f"Add a fiscal year to {entity.name}", action="Make fiscal year", entity=entity
        )

    def year_end_view(self, request: HttpRequest, period_id: UUID) -> HttpResponse:
        """The entries as they would be, and the button that posts them."""
        require(request.user.has_perm(CLOSE_YEAR))
        period = self.get_object(request, str(period_id))
        if period is None or period.kind != YEAR:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(period_id))  # type: ignore[attr-defined,no-any-return]
        form = YearEndForm(request.POST or None, initial={"key": f"admin:{uuid7()}"})
        if request.method == "POST" and form.is_valid():
            key = form.cleaned_data["key"]
            done = attempt(
                form, lambda: close_year(period.entity_id, period.pk, key=key, issuer="admin", actor=actor_of(request))
            )
            if done is not None:
                journals = Journal.objects.filter(pk__in=done.journals).order_by("number")
                numbers = ", ".join(str(journal.number) for journal in journals)
                messages.success(request, f"The year is closed{f' by journal {numbers}' if numbers else ''}.")
                return redirect("admin:periods_period_change", period.pk)
        preview = preview_year_end(period.entity_id, period.pk)
        return self.page(
            request,
            "ledgerflow/admin/year_end.html",
            f"Year end {period.ends_on}",
            form=form,
            period=period,
            obstacles=preview.obstacles,
            lines=[(line, amount_text(Decimal(line.amount))) for line in preview.lines],
        )


def actions_for(request: HttpRequest, kind: str, status: str) -> list[tuple[str, str]]:
    """The buttons of a period as (name of the address, words): nobody is offered what would be refused."""
    if status == CLOSED:
        offered = ["reopen"]
    else:
        offered = ["unlock" if status == LOCKED else "lock", *([] if kind == YEAR else ["close"])]
    if kind == YEAR and status != CLOSED:
        offered.append("year_end")
    found = [(f"admin:periods_period_{name}", *OFFERED[name]) for name in offered]
    return [(address, label) for address, label, permission in found if request.user.has_perm(permission)]
