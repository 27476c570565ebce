"""Admin pages of business days: how they were closed, closing the one in turn, reopening, and their policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from journals.days.closing.checks import effect_of
from journals.days.closing.frozen import NextDay, frozen_day, look_at_next_day, recomputed
from journals.days.closing.records import CloseRecord, StepRecord, records_of
from journals.days.closing.running import cancel_close, close_day
from journals.days.errors import CloseBlocked, CloseFailed
from journals.days.forms import WEEKDAYS, CloseForm, DayPolicyForm, DayReasonForm, initial_of, on_the_clock
from journals.days.models import DayClose, DayPolicy, HolidayPolicy
from journals.days.policies import day_policy, set_day_policy
from journals.days.reopening import propose_reopening
from journals.days.trial_balance import frozen_document, frozen_json, hashed_text
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.locales.current import day_text
from ledgerflow.core.plugins import registry
from ledgerflow.core.sentences import name_in_words, refusal_text, said_again
from ledgerflow.web.admin_base import (
    NamedAction,
    ReadOnlyAdmin,
    actor_of,
    amount_text,
    attempt,
    person_in,
    require,
)
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.downloads import download, format_of
from ledgerflow.web.pages.books_of_page import chosen_entity
from ledgerflow.web.pages.cells import link_to, moment_element
from ledgerflow.web.problems import encode

CLOSE, REOPEN = "days.close_day", "days.reopen_day"
MOST_LINES = 500  # on a page, which stays below 200 kB; files hold all
UNDER_WAY = frozenset({"closing", "blocked", "failed"})
CLOSED_ONCE = frozenset({"closed", "reopened"})
SHORT = 12


class StepOnPage(NamedTuple):
    """A step in words."""

    record: StepRecord
    name: str
    seconds: str
    said: list[str]


class FindingsOfCheck(NamedTuple):
    """What a check found, each sentence with a link to where it is put right."""

    check: str
    blocks: bool
    found: list[tuple[str, SafeString]]


@admin.register(DayClose)
class DayCloseAdmin(ReadOnlyAdmin[DayClose]):
    list_display = ("day", "version", "status", "who", "started", "took", "accounts", "sha256")
    list_filter = (EntityFilter,)
    ordering = ("-number",)
    turns_by_key = True
    nothing = "No day was closed yet. Close the day in turn, or set a day policy that closes each one."
    change_list_template = "ledgerflow/admin/days.html"
    detail_template = "ledgerflow/admin/day.html"
    named_actions = {
        "cancel": NamedAction(
            "Give up the close",
            lambda row: gettext("Give up the close: %(day)s") % {"day": day_text(row.day)},
            lambda request, row, given: cancel_close(row.entity_id, row.day, actor=actor_of(request), **given),
            lambda _, _done: gettext("The close is given up."),
            CLOSE,
            DayReasonForm,
            note=lambda _: gettext("It can be posted into again; the business date stays where it is."),
        ),
        "reopen": NamedAction(
            "Propose to reopen",
            lambda row: gettext("Propose to reopen: %(day)s") % {"day": day_text(row.day)},
            lambda request, row, given: propose_reopening(
                row.entity_id, row.day, person=person_in(request), via=actor_of(request), **given
            ),
            lambda _, _made: gettext("It waits for another person."),
            REOPEN,
            DayReasonForm,
            note=lambda _: gettext(
                "Every later closed day opens too. Another person has to approve; closed again, they are new versions."
            ),
            leads_to=lambda _, made: ("admin:approvals_proposal_change", made.pk),
        ),
    }

    @admin.display(description="Status")
    def status(self, run: DayClose) -> str:
        return record_of(run).status

    @admin.display(description="Started")
    def started(self, run: DayClose) -> str:
        return moment_element(run.started_at)

    @admin.display(description="Took")
    def took(self, run: DayClose) -> str:
        record = record_of(run)
        return f"{seconds(record.ended_at - record.started_at)}" if record.ended_at else ""

    @admin.display(description="Accounts")
    def accounts(self, run: DayClose) -> str:
        return f"{record_of(run).accounts or 0:,}"

    @admin.display(description="SHA-256")
    def sha256(self, run: DayClose) -> str:
        return (record_of(run).sha256 or "")[:SHORT]

    def attach(self, rows: list[DayClose]) -> None:
        for row, record in zip(rows, records_of(rows), strict=True):
            row.record = record  # type: ignore[attr-defined]

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CLOSE)

    def has_view_permission(self, request: HttpRequest, obj: DayClose | None = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(REOPEN)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("close/", wrap(self.close_view), name="days_dayclose_close"),
            path("<uuid:close_id>/trial-balance/", wrap(self.trial_balance_view), name="days_dayclose_trial-balance"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {"may_close": self.has_manage_permission(request), "entity": chosen_entity(request)}
        return super().changelist_view(request, shown | (extra_context or {}))

    def detail_context(self, request: HttpRequest, row: DayClose) -> dict[str, Any]:
        (record,) = records_of([row])
        return {
            "title": gettext("%(day)s, version %(version)s: %(status)s")
            % {"day": day_text(record.day), "version": record.version, "status": gettext(record.status)},
            "record": record,
            "steps": [in_words(step) for step in record.steps],
            "totals": [
                (currency, text_of(total["debits"]), text_of(total["credits"]))
                for currency, total in sorted((record.totals or {}).items())
            ],
            "may_cancel": record.status in UNDER_WAY and self.has_manage_permission(request),
            "may_go_on": record.status in UNDER_WAY and self.has_manage_permission(request),
            "may_reopen": record.status == "closed" and request.user.has_perm(REOPEN),
            "has_frozen": record.status in CLOSED_ONCE,
            "reopenings": row.entity.proposals.filter(kind="day.reopen", subject=str(row.day)).order_by("-id")[:5],
        }

    def close_view(self, request: HttpRequest) -> HttpResponse:
        """The day in turn: what the checks find, and the button."""
        require(self.has_manage_permission(request))
        entity = chosen_entity(request)
        if entity is None:
            messages.error(request, gettext("Closing a day needs an entity: add one first."))
            return redirect("admin:index")
        form = CloseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            done = self._close(request, entity, form)
            if done is not None:
                return redirect("admin:days_dayclose_change", done.id)
            entity.refresh_from_db()
        return self._next_day_page(request, entity, form)

    def _close(self, request: HttpRequest, entity: Entity, form: CloseForm) -> CloseRecord | None:
        given = form.cleaned_data
        try:
            done = close_day(entity.pk, given["day"], actor=actor_of(request), accept=given["accept"])
        except (CloseBlocked, CloseFailed) as refusal:
            messages.error(request, refusal_text(refusal))
            return None
        except LedgerError as refusal:
            form.add_error("accept" if refusal.pointer == "/accept" else None, refusal_text(refusal))
            return None
        messages.success(request, gettext("%(day)s is closed.") % {"day": day_text(done.day)})
        return done

    def _next_day_page(self, request: HttpRequest, entity: Entity, form: CloseForm) -> HttpResponse:
        coming = look_at_next_day(entity)
        if form.is_bound:  # the page shows the day in turn now, whatever day was sent
            form.data = {"day": str(coming.day), "accept": form.data.get("accept", "")}
        else:
            form = CloseForm(initial={"day": coming.day})
        return self.page(
            request, "ledgerflow/admin/next_day.html",
            gettext("Close %(day)s of %(books)s") % {"day": day_text(coming.day), "books": entity.name}, form=form,
            coming=coming, entity=entity, findings=list(findings_of(coming, entity)),
            cut_off=cut_off_on_the_wall(coming, entity),
            clear=sorted(map(name_in_words, registry.checks.keys() - coming.checked.found.keys())),
        )  # fmt: skip

    def trial_balance_view(self, request: HttpRequest, close_id: UUID) -> HttpResponseBase:
        row = self.get_object(request, str(close_id))
        require(self.has_view_permission(request, row))
        if row is None:
            return self.not_there(request, str(close_id))
        try:
            with frozen_day(row.entity_id, row.day, row.version) as frozen:
                if request.GET.get("format") == "text":
                    return HttpResponse(hashed_text(frozen), content_type="text/plain; charset=utf-8")
                if "format" in request.GET:
                    name = f"{frozen.entity_code}-{row.day}-v{row.version}-trial-balance"
                    return download(
                        format_of(request), name, json=lambda: encode(frozen_json(frozen)),
                        document=lambda: frozen_document(frozen),
                    )  # fmt: skip
                lines = list(islice(frozen.lines, MOST_LINES))
            with frozen_day(row.entity_id, row.day, row.version) as frozen:
                found = recomputed(frozen)
        except LedgerError as refusal:
            messages.error(request, refusal_text(refusal))
            return redirect("admin:days_dayclose_change", row.pk)
        title = gettext("Frozen trial balance of %(day)s, version %(version)s") % {
            "day": day_text(row.day),
            "version": row.version,
        }
        return self.page(
            request, "ledgerflow/admin/day_trial_balance.html", title, row=row, record=frozen.record, found=found,
            is_unchanged=found.sha256 == frozen.record.sha256,
            lines=[(line, *map(amount_text, alike(line[2:6]))) for line in lines], is_cut=found.accounts > MOST_LINES,
            totals=[(name, *map(amount_text, alike(total.values()))) for name, total in sorted(found.totals.items())],
            formats=["json", "csv", "xlsx", "pdf", "text"],
        )  # fmt: skip


@admin.register(DayPolicy)
class DayPolicyAdmin(ReadOnlyAdmin[DayPolicy]):
    """One page for the books chosen, whether somebody has set their policy yet or the defaults apply."""

    list_filter = ()

    def get_urls(self) -> list[URLPattern]:
        edit = path("edit/", self.admin_site.admin_view(self.edit_view), name="days_daypolicy_edit")
        return [edit, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        require(self.has_view_permission(request))
        entity = chosen_entity(request)
        if entity is None:
            messages.error(request, gettext("A policy needs an entity: add one first."))
            return redirect("admin:index")
        policy, revision = day_policy(entity.pk)
        minutes = policy.cut_off_minutes
        return self.page(
            request, "ledgerflow/admin/day_policy.html", gettext("Day policy of %(books)s") % {"books": entity.name},
            entity=entity, policy=policy,
            revision=revision, cut_off="" if minutes is None else on_the_clock(minutes),
            weekend=", ".join(gettext(name) for number, name in WEEKDAYS if number in policy.weekend),
            holidays=sorted(policy.holidays.items()),
            on_holidays=gettext(str(HolidayPolicy(policy.holiday_policy).label)),
            checks=[(name_in_words(name), effect_of(name, policy.checks)) for name in sorted(registry.checks)],
        )  # fmt: skip

    def detail_context(self, request: HttpRequest, row: DayPolicy) -> dict[str, Any]:
        """Of its history: it has no page of its own."""
        return {"title": gettext("Day policy of %(books)s") % {"books": row.entity.name}}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:days_daypolicy_changelist")

    def edit_view(self, request: HttpRequest) -> HttpResponse:
        require(self.has_manage_permission(request))
        entity = chosen_entity(request)
        if entity is None:
            messages.error(request, gettext("A policy needs an entity: add one first."))
            return redirect("admin:index")
        form = DayPolicyForm(request.POST or None, initial=initial_of(*day_policy(entity.pk)))
        if request.method == "POST" and form.is_valid():
            expected = form.cleaned_data["revision"]
            changed = attempt(
                form,
                lambda: set_day_policy(entity.pk, form.changes(), actor=actor_of(request), expected_revision=expected),
            )
            if changed is not None:
                messages.success(request, gettext("The day policy of %(books)s is set.") % {"books": entity.name})
                return redirect("admin:days_daypolicy_changelist")
        return self.form_page(
            request,
            form,
            gettext("Day policy of %(books)s") % {"books": entity.name},
            action="Set policy",
            entity=entity,
        )


def alike(amounts: Iterable[Decimal]) -> list[Decimal]:
    """Amounts of one currency with the decimals of the longest: a zero that was never posted has none of its own."""
    given = list(amounts)
    unit = max(given, key=lambda amount: len(f"{amount:f}".partition(".")[2]))
    return [amount or Decimal(0).quantize(unit) for amount in given]


def record_of(run: DayClose) -> CloseRecord:
    """The record that `attach` has put on a row of the list."""
    found: CloseRecord = run.record  # type: ignore[attr-defined]
    return found


def findings_of(coming: NextDay, entity: Entity) -> Iterator[FindingsOfCheck]:
    """What the checks found, what blocks first."""
    for name in sorted(coming.checked.found, key=lambda name: (name not in coming.checked.blocking, name)):
        found = [(said_again(one), link_to(one.cure, entity.code)) for one in coming.checked.found[name]]
        yield FindingsOfCheck(name_in_words(name), name in coming.checked.blocking, found)


def cut_off_on_the_wall(coming: NextDay, entity: Entity) -> str:
    """The moment of the cut-off as the clock on the entity's wall shows it."""
    if coming.cut_off_at is None:
        return ""
    there = coming.cut_off_at.astimezone(ZoneInfo(entity.time_zone))
    return f"{day_text(there.date())} {there:%H:%M} {entity.time_zone}"


def in_words(step: StepRecord) -> StepOnPage:
    """What a step found or made, in sentences."""
    detail, labels = dict(step.detail), registry.step_labels
    findings = detail.pop("findings", {})
    said = [said_again(sentence) for name in sorted(findings) for sentence in findings[name]]
    said += [said_again(str(fault)) for fault in detail.pop("faults", [])]
    if blocking := detail.pop("blocking", []):
        said.append(gettext("Blocking: %(checks)s.") % {"checks": ", ".join(map(name_in_words, blocking))})
    for name in ("totals", "sha256"):
        detail.pop(name, None)
    said += [
        f"{capfirst(gettext(labels.get(name, '')) if name in labels else name_in_words(name))}: {as_text(value)}"
        for name, value in detail.items()
    ]
    name = gettext(labels[step.step]) if step.step in labels else name_in_words(step.step)
    return StepOnPage(step, name, seconds(step.ended_at - step.started_at), said)


def as_text(value: Any) -> str:
    """A value of a step's detail, without the punctuation of JSON."""
    if isinstance(value, dict):
        return ", ".join(f"{name_in_words(name)} {as_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(map(as_text, value)) or gettext("none")
    return said_again(str(value))


def seconds(took: Any) -> str:
    return f"{took.total_seconds():,.2f} s"


def text_of(amount: str) -> str:
    return amount_text(Decimal(amount))
