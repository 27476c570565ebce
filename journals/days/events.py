"""What happened to business days and their policy, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from ledgerflow.core.events import Fact
from ledgerflow.core.plugins import Effect


class DayCutOffFact(Fact, frozen=True):
    """Ordinary journals are refused through `day`, whose close begins: `close` is its run, `number` its cut-off."""

    event_type = "day.cut_off"

    close: UUID
    day: date
    number: int


class DayClosedFact(Fact, frozen=True):
    """A day was closed for good. SHA-256, accounts and totals by currency are those of the trial balance it froze."""

    event_type = "day.closed"

    close: UUID
    day: date
    version: int
    number: int
    sha256: str
    accounts: int
    totals: dict[str, Any]


class DayCloseCancelledFact(Fact, frozen=True):
    """The close of a day that was cut off was given up."""

    event_type = "day.close_cancelled"

    day: date
    reason: str


class DayReopenedFact(Fact, frozen=True):
    """`day` and every later one were opened again, under a proposal; `closed_through` None means that all are open."""

    event_type = "day.reopened"

    day: date
    closed_through: date | None
    was_closed_through: date
    reason: str
    proposal: UUID
    proposed_by: str
    approved_by: str


class DayPolicySetFact(Fact, frozen=True):
    """The policy of the days as it stands now, the whole of it; `holidays` by date."""

    event_type = "day_policy.set"

    cut_off_minutes: int | None
    weekend: list[int]
    holidays: dict[str, str]
    holiday_policy: Literal["allow", "refuse", "following"]
    checks: dict[str, Effect]
