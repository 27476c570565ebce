"""What happened to fiscal years and periods, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class PeriodOfYearFact(msgspec.Struct, frozen=True):
    """One period within the event of its year."""

    id: UUID
    kind: str
    starts_on: date
    ends_on: date
    name: str = ""


class YearMadeFact(Fact, frozen=True):
    """A fiscal year was added to the calendar: its months in order, its special period if it has one, the year."""

    event_type = "period.year_made"

    periods: list[PeriodOfYearFact]


class EarlierYearsClosedFact(Fact, frozen=True):
    """All years through a day were closed elsewhere: the first year end takes along what they earned."""

    event_type = "period.earlier_years_closed"

    id: UUID
    kind: str
    name: str
    starts_on: date
    ends_on: date
    reason: str


class PeriodFact(Fact, frozen=True, omit_defaults=True):
    """A period has a new status; `number` counts its statuses.

    Proposal and people are those of a reopening; entries and key those of a year end, which closes its year.
    """

    id: UUID
    kind: str
    starts_on: date
    ends_on: date
    status: str
    number: int
    reason: str = ""
    proposed_by: str = ""
    approved_by: str = ""
    proposal: UUID | None = None
    entries: list[UUID] = []
    idempotency_key: str = ""
    fingerprint: str = ""
    key_issuer: str = CLIENT


class PeriodLockedFact(PeriodFact, frozen=True):
    """Only those who may override its lock post into the period."""

    event_type = "period.locked"


class PeriodUnlockedFact(PeriodFact, frozen=True):
    """Everybody may post into the period again."""

    event_type = "period.unlocked"


class PeriodClosedFact(PeriodFact, frozen=True):
    """Nothing is posted into the period any more, adjustments neither."""

    event_type = "period.closed"


class PeriodReopenedFact(PeriodFact, frozen=True):
    """Two people opened a closed period again."""

    event_type = "period.reopened"
