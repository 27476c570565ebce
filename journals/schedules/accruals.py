"""Accruals: journals that reverse themselves on the first day of the next period."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db.models import OuterRef, QuerySet, Subquery

from journals.drafts import Draft, content_of
from journals.errors import AlreadyReversed
from journals.events import Answer, read_fact
from journals.models import Journal, Kind, Layer
from journals.posting import post_with_hook
from journals.reversal import reverse_journal
from journals.schedules.errors import AccrualLayerRefused, AccrualNotLater
from journals.schedules.events import AccrualScheduledFact
from journals.schedules.models import ScheduledReversal
from ledgerflow.books import idempotency
from ledgerflow.books.writing import Transaction
from ledgerflow.core.dates import check_day, day_after
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.failures import described

log = structlog.get_logger(__name__)

ISSUER = "accruals"
LAST_DAY_OF_MONTH = """
    SELECT ends_on FROM periods_period
    WHERE entity_id = %s AND kind = 'month' AND starts_on <= %s AND ends_on >= %s
"""
INSERT = (
    "INSERT INTO schedules_scheduledreversal (journal_id, entity_id, due_on, event_sequence) VALUES (%s, %s, %s, %s)"
)
DUE_ON = "SELECT due_on FROM schedules_scheduledreversal WHERE journal_id = %s"


class Accrued(NamedTuple):
    """What became of an accrual, and the day on which it reverses itself."""

    answer: Answer
    due_on: date


def post_accrual(entity_id: UUID, draft: Draft, *, reverse_on: date | None = None) -> Accrued:
    """Post an accrual, ordinary or as an adjustment, and schedule its reversal in the same transaction.

    `reverse_on` None means the day after the month that its date lies in: that of the fiscal calendar, or any month
    outside of it. Event `accrual.scheduled`. The same key and content replays; another `reverse_on` is other content.
    Raises `Malformed` for a day that is not after the accrual's, `IdempotencyKeyReused`, and as `posting.post`.
    """
    due: list[date] = []

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        (answer,) = answers
        if answer.status == "posted":
            due.append(_schedule(tx, answer, reverse_on, draft.actor))
        elif answer.status == "replayed":
            due.append(_scheduled(tx, answer))

    (answer,) = post_with_hook(entity_id, [_as_accrual(draft, reverse_on)], hook)
    if answer.refusal is not None:
        raise answer.refusal
    return Accrued(answer, due[-1])


def accruals_of(entity_id: UUID) -> QuerySet[ScheduledReversal]:
    """The scheduled reversals of these books with their journals; `reversed_by` is the journal that took each back."""
    back = Journal.objects.filter(reverses=OuterRef("journal_id")).values("pk")
    rows = ScheduledReversal.objects.filter(entity_id=entity_id).annotate(reversed_by=Subquery(back))
    return rows.select_related("journal")


def run_due(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """Reverse what is due by `business_date`, each accrual for itself; one that was reversed by hand is left alone.

    A reversal is dated on its due date, or rolls forward when that is closed. What is refused stays due for the next
    run. Gives how many were reversed, and the refusals by journal if there are any.
    """
    due = (
        accruals_of(entity_id)
        .filter(due_on__lte=business_date, journal__reversals=None)
        .order_by("due_on", "journal_id")
    )
    reversed_now = 0
    refused: list[dict[str, str]] = []
    for one in due:
        try:
            reverse_due(entity_id, one, actor)
            reversed_now += 1
        except AlreadyReversed:
            continue
        except LedgerError as refusal:
            log.warning("accrual_not_reversed", entity=str(entity_id), journal=str(one.journal_id), code=refusal.code)
            refused.append({"journal": str(one.journal_id), **described(refusal)})
        except Exception as error:
            log.exception("accrual_failed", entity=str(entity_id), journal=str(one.journal_id))
            refused.append({"journal": str(one.journal_id), **described(error)})
    return {"accruals_reversed": reversed_now} | ({"refused": refused} if refused else {})


def reverse_due(entity_id: UUID, scheduled: ScheduledReversal, actor: str) -> Answer:
    """The reversal of one accrual, in the ordinary layer; its key follows from the journal, so it is posted once."""
    return reverse_journal(
        entity_id,
        scheduled.journal_id,
        key=f"accrual:{scheduled.journal_id}:back",
        issuer=ISSUER,
        effective_date=scheduled.due_on,
        description="Reversal of an accrual",
        late="roll_forward",
        layer=Layer.ORDINARY,
        actor=actor,
    )


def _as_accrual(draft: Draft, reverse_on: date | None) -> Draft:
    if draft.layer == Layer.CLOSING:
        raise AccrualLayerRefused(pointer="/layer")
    values = {name: getattr(draft, name) for name in draft.__struct_fields__}
    request = idempotency.fingerprint(["accrual", content_of(draft), reverse_on])
    return Draft(**values | {"kind": Kind.ACCRUAL, "request": request})


def _schedule(tx: Transaction, answer: Answer, reverse_on: date | None, actor: str) -> date:
    fact = read_fact(answer.journal)
    check_day(reverse_on, "/reverse_on")
    due_on = reverse_on or _next_period(tx, fact.effective_date)
    if due_on <= fact.effective_date:
        raise AccrualNotLater(pointer="/reverse_on", effective_date=str(fact.effective_date))
    sequence = tx.record(AccrualScheduledFact(fact.id, due_on), str(fact.id), actor)
    tx.query(INSERT, (fact.id, tx.entity_id, due_on, sequence))
    return due_on


def _scheduled(tx: Transaction, answer: Answer) -> date:
    """The day an earlier request with this key has set."""
    ((due_on,),) = tx.query(DUE_ON, (read_fact(answer.journal).id,)).fetchall()
    assert isinstance(due_on, date)  # noqa: S101 - for the type
    return due_on


def _next_period(tx: Transaction, day: date) -> date:
    row = tx.query(LAST_DAY_OF_MONTH, (tx.entity_id, day, day)).fetchone()
    last: date = row[0] if row else day.replace(day=monthrange(day.year, day.month)[1])
    return day_after(last)
