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
from django.utils.translation import gettext, gettext_noop

from journals.models import Journal
from journals.periods.fiscal_years import MAX_NAME, MONTHS, PATTERNS, Weeks, YearPlan
from journals.periods.models import Period
from journals.periods.reopening import PERMISSION as REOPEN_PERIOD
from journals.periods.reopening import propose_reopening
from journals.periods.use_cases import (
    CLOSED,
    LOCKED,
    WHOLE,
    close_period,
    declare_earlier_years_closed,
    lock_period,
    make_fiscal_year,
    period_in,
    periods_of,
    unlock_period,
)
from journals.periods.year_end import close_year, preview_year_end
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import day_text
from ledgerflow.core.sentences import said_again
from ledgerflow.web.admin_base import (
    AddingAdmin,
    LedgerForm,
    NamedAction,
    actor_of,
    amount_text,
    attempt,
    person_in,
    require,
    without_books,
)
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.form_fields import DateField
from ledgerflow.web.pages.books_of_page import chosen_entity

LOCK_PERIOD, CLOSE_YEAR = "periods.lock_period", "periods.close_year"
MAX_REASON = 500
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class YearForm(LedgerForm):
    starts_on = DateField(label="First day")
    ends_on = DateField(
        label="Last day", required=False, help_text="At most 18 months later. Twelve months unless given."
    )
    name = forms.CharField(
        max_length=MAX_NAME, required=False, help_text="FY and the year it ends in unless given; periods are P01, P02 …"
    )
    special_period = forms.BooleanField(
        required=False, help_text="One more period for the adjustments of the last day, after the last month is closed."
    )
    pattern = forms.ChoiceField(
        choices=[("", "Months"), *((one, f"Weeks, {one}") for one in PATTERNS)], required=False, label="Periods"
    )
    weekday = forms.ChoiceField(
        choices=[("", ""), *enumerate(WEEKDAYS, 1)], required=False, help_text="On which a year of weeks ends."
    )
    ends = forms.ChoiceField(
        choices=[("", ""), ("last", "the last in"), ("nearest", "the nearest to the end of")], required=False,
        label="Which one",
    )  # fmt: skip
    month = forms.IntegerField(min_value=1, max_value=MONTHS, required=False, help_text="1 is January.")

    def plan(self) -> YearPlan:
        """What the use case takes."""
        given = self.cleaned_data
        whole = (given["starts_on"], given["ends_on"], given["name"])
        weeks = (
            Weeks(int(given["weekday"]), given["month"], given["ends"], given["pattern"]) if given["pattern"] else None
        )
        return YearPlan(*whole, weeks, given["special_period"])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("pattern"):
            for name in ("weekday", "ends", "month"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, gettext("A year of weeks needs it."))
        return given


class EarlierYearsForm(LedgerForm):
    ends_on = DateField(label="Last day", help_text="The day before the fiscal calendar begins.")
    reason = forms.CharField(max_length=MAX_REASON, required=False, widget=forms.Textarea(attrs={"rows": 3}))


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
        lambda period: f"{gettext(label)} {period}",
        lambda request, period, given: use_case(period.entity_id, period.pk, actor=actor_of(request), **given),
        lambda _, changed: (
            gettext("The %(changed)s is %(status)s.")
            % {"changed": said_again(str(changed)), "status": gettext(changed.status)}
        ),
        LOCK_PERIOD,
        PeriodReasonForm,
        note=lambda _: gettext(note),
    )


ACTIONS = {
    "lock": changing("Lock", lock_period, gettext_noop("Only who may override the lock posts into it, with a reason.")),
    "unlock": changing("Unlock", unlock_period, gettext_noop("Everybody posts into it again.")),
    "close": changing(
        "Close", close_period, gettext_noop("It takes no adjustments any more, until two people reopen it.")
    ),
    "reopen": NamedAction(
        "Reopen",
        lambda period: gettext("Reopen %(period)s") % {"period": period},
        lambda request, period, given: propose_reopening(
            period.entity_id, period.pk, person=person_in(request), via=actor_of(request), **given
        ),
        lambda _, _made: gettext("It is proposed; another person has to approve it."),
        REOPEN_PERIOD,
        PeriodRequiredReasonForm,
        note=lambda _: gettext("A second person has to approve it."),
        leads_to=lambda _, made: ("admin:approvals_proposal_change", made.pk),
    ),
}
OFFERED = {name: (action.label, action.permission) for name, action in ACTIONS.items()} | {
    "year_end": (gettext_noop("Year end"), CLOSE_YEAR)
}


@admin.register(Period)
class PeriodAdmin(AddingAdmin[Period]):
    list_display = ("name", "kind", "starts_on", "ends_on", "status")
    list_filter = (EntityFilter,)
    ordering = ("ends_on", "kind")
    change_list_template = "ledgerflow/admin/periods.html"
    detail_template = "ledgerflow/admin/period.html"
    named_actions = ACTIONS
    no_books = "A fiscal year needs an entity: add one first."

    @admin.display(description="Status")
    def status(self, period: Period) -> str:
        return str(getattr(period, "status_text", ""))

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
        earlier = self.admin_site.admin_view(self.earlier_years_view)
        return [
            path("earlier-years/", earlier, name="periods_period_earlier_years"),
            path("<uuid:period_id>/year-end/", year_end, name="periods_period_year_end"),
            *super().get_urls(),
        ]

    def detail_context(self, request: HttpRequest, row: Period) -> dict[str, Any]:
        state = period_in(row.entity_id, row.pk)
        return {
            "title": gettext("The %(period)s") % {"period": said_again(str(state))},
            "status": state.status,
            "actions": actions_for(request, state.kind, state.status),
            "history": row.statuses.order_by("-number"),
        }

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = YearForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            made = attempt(form, lambda: make_fiscal_year(entity.id, form.plan(), actor=actor_of(request)))
            if made is not None:
                messages.success(
                    request,
                    gettext("The fiscal year %(name)s to %(ends_on)s is made.")
                    % {"name": made[-1].name, "ends_on": day_text(made[-1].ends_on)},
                )
                return redirect("admin:periods_period_changelist")
        return self.form_page(
            request,
            form,
            gettext("Add a fiscal year to %(books)s") % {"books": entity.name},
            action="Make fiscal year",
            entity=entity,
        )

    def earlier_years_view(self, request: HttpRequest) -> HttpResponse:
        require(self.may_add(request))
        entity = chosen_entity(request)
        if entity is None:
            return without_books(request, gettext("A fiscal calendar needs an entity: add one first."))
        form = EarlierYearsForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            last, reason = form.cleaned_data["ends_on"], form.cleaned_data["reason"]
            declared = attempt(
                form, lambda: declare_earlier_years_closed(entity.id, last, actor=actor_of(request), reason=reason)
            )
            if declared is not None:
                messages.success(
                    request,
                    gettext("The years to %(ends_on)s are declared closed.") % {"ends_on": day_text(declared.ends_on)},
                )
                return redirect("admin:periods_period_changelist")
        title = gettext("Declare earlier years of %(books)s closed") % {"books": entity.name}
        return self.form_page(request, form, title, action="Declare them closed", entity=entity)

    def year_end_view(self, request: HttpRequest, period_id: UUID) -> HttpResponse:
        """The entries as they would be, and the button that posts them."""
        require(request.user.has_perm(CLOSE_YEAR))
        period = self.get_object(request, str(period_id))
        if period is None or period.kind not in WHOLE:
            return self.not_there(request, str(period_id))
        form = YearEndForm(request.POST or None, initial={"key": f"admin:{uuid7()}"})
        if request.method == "POST" and form.is_valid():
            key = form.cleaned_data["key"]
            done = attempt(
                form, lambda: close_year(period.entity_id, period.pk, key=key, issuer="admin", actor=actor_of(request))
            )
            if done is not None:
                journals = Journal.objects.filter(pk__in=done.journals).order_by("number")
                numbers = ", ".join(str(journal.number) for journal in journals)
                said = (
                    gettext("The year is closed by journal %(numbers)s.") if numbers else gettext("The year is closed.")
                )
                messages.success(request, said % {"numbers": numbers})
                return redirect("admin:periods_period_change", period.pk)
        preview = preview_year_end(period.entity_id, period.pk)
        return self.page(
            request,
            "ledgerflow/admin/year_end.html",
            gettext("Year end %(name)s") % {"name": period.name},
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
        offered = ["unlock" if status == LOCKED else "lock", *([] if kind in WHOLE else ["close"])]
    if kind in WHOLE and status != CLOSED:
        offered.append("year_end")
    found = [(f"admin:periods_period_{name}", *OFFERED[name]) for name in offered]
    return [(address, label) for address, label, permission in found if request.user.has_perm(permission)]
