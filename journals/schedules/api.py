"""The endpoints of accruals and recurring journals."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from journals.api import replies
from journals.api.views import check_overrides
from journals.schedules.accruals import accruals_of, post_accrual
from journals.schedules.bodies import (
    AccrualPage,
    AccrualPostedResponse,
    AccrualRequest,
    AccrualResponse,
    EmptyRequest,
    RecurringDetail,
    RecurringPage,
    RecurringRequest,
    RecurringResponse,
    RecurringRunResponse,
)
from journals.schedules.models import RecurringJournal, RecurringRun, ScheduledReversal
from journals.schedules.recurring import create_recurring, end, pause, recurring_in, recurring_of, resume, runs_of
from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.core.clocks import as_text
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once, posted
from ledgerflow.web.queries import a_choice

accruals = Endpoints("accruals")
recurring = Endpoints("recurring journals")
MOST_RUNS = 50
CHANGING = (404, 409, 422)


@accruals.get(scope=READ, answer=AccrualPage, query=[a_choice("status", ["pending", "reversed"])], paged=True)
def accrual_list(call: Call[None]) -> dict[str, Any]:
    """Accruals by the day on which they reverse themselves."""
    rows, status = accruals_of(call.entity_id), call.query["status"]
    if status is not None:
        rows = rows.filter(journal__reversals__isnull=status == "pending")
    return call.page(rows, ["due_on", "journal_id"], _accrual)


@accruals.post(AccrualRequest, scope=POST, answer=AccrualPostedResponse, statuses=(201,), problems=CHANGING, key=True)
def accrual_post(call: Call[AccrualRequest]) -> HttpResponse:
    """Post a journal that reverses itself, by default on the first day of the next period."""
    check_overrides(call.caller, call.body)
    draft = call.body.draft(call.key, call.actor)
    accrued = post_accrual(call.entity_id, draft, reverse_on=call.body.reverse_on)
    content = b'{"reverse_on":"%b",' % str(accrued.due_on).encode() + replies.posted_json(accrued.answer)[1:]
    return posted(content, HTTPStatus.CREATED, is_replayed=accrued.answer.status == "replayed")


@recurring.get(scope=READ, answer=RecurringPage, paged=True)
def recurring_list(call: Call[None]) -> dict[str, Any]:
    """Recurring journals, in the order they were made."""
    return call.page(recurring_of(call.entity_id), ["id"], lambda row: RecurringResponse(**_fields(row)))


@recurring.post(RecurringRequest, scope=MANAGE, answer=RecurringDetail, statuses=(201,), problems=CHANGING, key=True)
def recurring_make(call: Call[RecurringRequest]) -> Reply:
    """Have a journal recur. Dates before the business date count too: the next run posts them in order."""
    confirmed = call.body.confirm_unusual_date
    made = create_recurring(
        call.entity_id, call.body.template(), key=call.key, confirm_unusual_date=confirmed, actor=call.actor
    )
    return once(_detail(made.recurring), is_replayed=made.is_replayed)


@recurring.get(scope=READ, answer=RecurringDetail, problems=(404,))
def recurring_show(call: Call[None], recurring_id: UUID) -> RecurringDetail:
    """A recurring journal with its newest runs."""
    return _detail(recurring_in(call.entity_id, recurring_id))


@recurring.post(EmptyRequest, scope=MANAGE, answer=RecurringDetail, problems=CHANGING)
def recurring_pause(call: Call[EmptyRequest], recurring_id: UUID) -> RecurringDetail:
    """Post it no more until it is resumed."""
    return _detail(pause(call.entity_id, recurring_id, actor=call.actor))


@recurring.post(EmptyRequest, scope=MANAGE, answer=RecurringDetail, problems=CHANGING)
def recurring_resume(call: Call[EmptyRequest], recurring_id: UUID) -> RecurringDetail:
    """Go on from the business date; dates that fell into the pause are left out."""
    return _detail(resume(call.entity_id, recurring_id, actor=call.actor))


@recurring.post(EmptyRequest, scope=MANAGE, answer=RecurringDetail, problems=CHANGING)
def recurring_end(call: Call[EmptyRequest], recurring_id: UUID) -> RecurringDetail:
    """Post it never again."""
    return _detail(end(call.entity_id, recurring_id, actor=call.actor))


def _accrual(row: ScheduledReversal) -> AccrualResponse:
    journal = row.journal
    return AccrualResponse(
        journal.pk, journal.number, journal.effective_date, journal.layer, journal.description, row.due_on,
        getattr(row, "reversed_by", None),
    )  # fmt: skip


def _fields(row: RecurringJournal) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RecurringResponse.__struct_fields__}


def _detail(row: RecurringJournal) -> RecurringDetail:
    return RecurringDetail(**_fields(row), runs=[_run(run) for run in runs_of(row, MOST_RUNS)])


def _run(run: RecurringRun) -> RecurringRunResponse:
    return RecurringRunResponse(
        run.due_on, run.attempt, run.business_date, run.outcome, run.journal_id, run.code, run.message,  # type: ignore[arg-type]
        as_text(run.recorded_at),
    )  # fmt: skip
