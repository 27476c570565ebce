"""Admin pages of the fiscal calendar: its periods and what may be done with each, the year end among it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple
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
from ledgerflow.web.admin_base import LedgerForm, ReadOnlyAdmin, actor_of, amount_text, attempt, person_in, require
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


class PeriodAction(NamedTuple):
    """Something that may be done with a period: its name, the permission it takes, and what its page says."""

    name: str
    permission: str
    note: str


ACTIONS = {
    "lock": PeriodAction("Lock", LOCK_PERIOD, "Only who may override the lock posts into it, with a reason."),
    "unlock": PeriodAction("Unlock", LOCK_PERIOD, "Everybody posts into it again."),
    "close": PeriodAction("Close", LOCK_PERIOD, "It takes no adjustments any more, until two people reopen it."),
    "reopen": PeriodAction("Reopen", REOPEN_PERIOD, "A second person has to approve it."),
}
YEAR_END = PeriodAction("Year end", CLOSE_YEAR, "")
USE_CASES: dict[str, Callable[..., object]] = {"lock": lock_period, "unlock": unlock_period, "close": close_period}


@admin.register(Period)
class PeriodAdmin(ReadOnlyAdmin[Period]):
    list_display = ("ends_on", "kind", "starts_on", "status")
    list_filter = (EntityFilter,)
    ordering = ("ends_on", "kind")
    change_list_template = "ledgerflow/admin/periods.html"
    detail_template = "ledgerflow/admin/period.html"

    @admin.display(description="Status")
    def status(self, period: Period) -> str:
        return str(getattr(period, "status_text", ""))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add(request)

    def has_view_permission(self, request: HttpRequest, obj: Period | None = None) -> bool:
        """Who may do something with periods may look at them."""
        may_do = any(request.user.has_perm(action.permission) for action in (*ACTIONS.values(), YEAR_END))
        return super().has_view_permission(request, obj) or may_do

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or self.has_view_permission(request)

    def attach(self, rows: list[Period]) -> None:
        if rows:
            found = {row.pk: getattr(row, "status", "") for row in periods_of(rows[0].entity_id)}
            for row in rows:
                row.status_text = found[row.pk]  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                f"<uuid:period_id>/{action}/",
                wrap(partial(self.action_view, action=action)),
                name=f"periods_period_{action}",
            )
            for action in ACTIONS
        ]
        year_end = path("<uuid:period_id>/year-end/", wrap(self.year_end_view), name="periods_period_year_end")
        return [*own, year_end, *super().get_urls()]

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

    def action_view(self, request: HttpRequest, period_id: UUID, action: str) -> HttpResponse:
        """One form for each action; what the use case refuses is shown in it."""
        require(request.user.has_perm(ACTIONS[action].permission))
        period = self.get_object(request, str(period_id))
        if period is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(period_id))  # type: ignore[attr-defined,no-any-return]
        form = (PeriodRequiredReasonForm if action == "reopen" else PeriodReasonForm)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            if action == "reopen":
                answer = self.propose(request, form, period, reason)
            else:
                answer = self.change(request, form, period, partial(USE_CASES[action], reason=reason))
            if answer is not None:
                return answer
        shown = {"action": ACTIONS[action].name, "note": ACTIONS[action].note, "entity": period.entity, "back": period}
        return self.form_page(request, form, f"{ACTIONS[action].name} the {period.kind} {period}", **shown)

    def change(
        self, request: HttpRequest, form: forms.Form, period: Period, use_case: Callable[..., object]
    ) -> HttpResponse | None:
        changed: Any = attempt(form, lambda: use_case(period.entity_id, period.pk, actor=actor_of(request)))
        if changed is None:
            return None
        messages.success(request, f"The {changed} is {changed.status}.")
        return redirect("admin:periods_period_change", period.pk)

    def propose(self, request: HttpRequest, form: forms.Form, period: Period, reason: str) -> HttpResponse | None:
        who = {"person": person_in(request), "via": actor_of(request)}
        made = attempt(form, lambda: propose_reopening(period.entity_id, period.pk, reason=reason, **who))
        if made is None:
            return None
        messages.success(request, "It is proposed; another person has to approve it.")
        return redirect("admin:approvals_proposal_change", made.pk)

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
    found = [(f"admin:periods_period_{action}", ACTIONS[action]) for action in offered]
    if kind == YEAR and status != CLOSED:
        found.append(("admin:periods_period_year_end", YEAR_END))
    return [(name, action.name) for name, action in found if request.user.has_perm(action.permission)]
