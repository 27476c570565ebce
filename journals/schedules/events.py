"""What happened to accruals and recurring journals, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from journals.schedules.dates import DueDates
from journals.schedules.templates import TemplateLine
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class AccrualScheduledFact(Fact, frozen=True):
    """A journal is to be taken back on `due_on`."""

    event_type = "accrual.scheduled"

    journal: UUID
    due_on: date


class RecurringCreatedFact(Fact, frozen=True):
    """A journal recurs from now on; amounts are those of the template, `next_due` the first date."""

    event_type = "recurring.created"

    id: UUID
    name: str
    description: str
    lines: list[TemplateLine]
    schedule: DueDates
    next_due: date | None
    status: str
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT


class RecurringChangedFact(Fact, frozen=True):
    """A recurring journal was paused or resumed; `next_due` is the date it goes on with."""

    event_type = "recurring.changed"

    id: UUID
    status: str
    next_due: date | None


class RecurringEndedFact(Fact, frozen=True):
    """A recurring journal is posted never again."""

    event_type = "recurring.ended"

    id: UUID
    status: str
    next_due: date | None = None


class RecurringRefusedFact(Fact, frozen=True):
    """What was due on a date was refused, with the code and message of the refusal; the next run tries it again."""

    event_type = "recurring.refused"

    id: UUID
    due_on: date
    code: str
    message: str
