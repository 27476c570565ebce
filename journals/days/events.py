"""What happened to business days and their policy, as events tell it. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from ledgerflow.core.events import Fact
from ledgerflow.core.plugins import Effect


class StepOfClose(msgspec.Struct, frozen=True):
    """What a step of a close did, who ran it, from when to when; `outcome` is done, warned, blocked or failed."""

    id: UUID
    step: str
    outcome: str
    detail: dict[str, Any]
    actor: str
    started_at: datetime
    ended_at: datetime


class DayCutOffFact(Fact, frozen=True):
    """Ordinary journals are refused through `day`, whose close begins: `close` is its run, `number` its cut-off."""

    event_type = "day.cut_off"

    close: UUID
    day: date
    number: int


class DayClosedFact(Fact, frozen=True):
    """A day was closed for good. SHA-256, accounts and totals by currency are those of the trial balance it froze.

    `steps` are all that its close took so far, in their order, those that did not pass among them.
    """

    event_type = "day.closed"

    close: UUID
    day: date
    version: int
    number: int
    sha256: str
    accounts: int
    totals: dict[str, Any]
    steps: list[StepOfClose] = []


class DayCloseCancelledFact(Fact, frozen=True):
    """The close of a day that was cut off was given up, after these steps."""

    event_type = "day.close_cancelled"

    day: date
    reason: str
    steps: list[StepOfClose] = []


class DayStepTakenFact(Fact, frozen=True):
    """A step of a close was blocked or has failed, so that the day stays open; or the new day was begun, after it."""

    event_type = "day.step_taken"

    close: UUID
    day: date
    step: StepOfClose


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
