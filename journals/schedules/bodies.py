"""Bodies of the endpoints of accruals and recurring journals: what they take and what they show. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from journals.api.bodies import Amount, Code, Confirmed, Description, Dimensions, JournalFields
from journals.drafts import MAX_LINES, MIN_LINES
from journals.events import JournalFact
from journals.schedules.dates import MOST_EVERY, MOST_TIMES, DueDates
from journals.schedules.recurring import MAX_NAME
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.core.money import normalised, parse_amount

Frequency = Literal["monthly", "quarterly", "weekly", "yearly"]
HolidayRule = Literal["none", "following", "preceding"]


class AccrualRequest(JournalFields, kw_only=True):
    """A journal that reverses itself on `reverse_on`, by default the first day of the next month of the calendar."""

    reverse_on: date | None = None


class AccrualPostedResponse(msgspec.Struct):
    """The journal as posted, and the day on which it reverses itself."""

    status: Literal["posted", "replayed"]
    reverse_on: date
    event_sequence: int
    recorded_at: str
    journal: JournalFact


class AccrualResponse(msgspec.Struct):
    """An accrual: its journal, when it is due to be reversed, and the journal that did."""

    journal: UUID
    number: int
    effective_date: date
    layer: str
    description: str
    reverse_on: date
    reversed_by: UUID | None


class AccrualPage(msgspec.Struct):
    """A page of accruals, and where the next one is."""

    results: list[AccrualResponse]
    next: str | None


class RecurringLine(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the template; `last_amount` is that of the last date, where it is another."""

    account: Code
    side: Literal["debit", "credit"]
    amount: Amount
    description: Description = ""
    dimensions: Dimensions | None = None
    last_amount: Amount | None = None

    def line(self, number: int) -> TemplateLine:
        amount = normalised(parse_amount(self.amount, f"/lines/{number}/amount"))
        last = ""
        if self.last_amount is not None:
            last = normalised(parse_amount(self.last_amount, f"/lines/{number}/last_amount"))
        return TemplateLine(self.account, self.side, amount, self.description, self.dimensions or None, last)


class RecurringRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A template and its schedule.

    `day` is the day of the month (31, or any day it is too short for: its last), weekly the ISO weekday; `month` is
    that of a yearly one. `every` 2 leaves out every second week, month, quarter or year. It ends on `ends_on` or after
    so many `times`; with `split` the amounts are those of all times together, and the last date takes what is left.
    `holiday_rule` moves a date that is no business day to the following or preceding one.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=r"\S")]
    lines: Annotated[list[RecurringLine], msgspec.Meta(min_length=MIN_LINES, max_length=MAX_LINES)]
    frequency: Frequency
    day: Annotated[int, msgspec.Meta(ge=1, le=31)]
    starts_on: date
    month: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    ends_on: date | None = None
    holiday_rule: HolidayRule = "none"
    description: Description = ""
    every: Annotated[int, msgspec.Meta(ge=1, le=MOST_EVERY)] = 1
    times: Annotated[int, msgspec.Meta(ge=1, le=MOST_TIMES)] | None = None
    split: bool = False
    confirm_unusual_date: Confirmed = False

    def template(self) -> Template:
        """What the use case takes. Raises `Malformed` for an amount that is none."""
        when = (self.frequency, self.day, self.starts_on, self.month, self.ends_on)
        schedule = DueDates(*when, self.holiday_rule, self.every, self.times)
        lines = [line.line(number) for number, line in enumerate(self.lines)]
        return Template(self.name, lines, schedule, self.description, self.split)


class EmptyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing to say."""


class RecurringResponse(msgspec.Struct, kw_only=True):
    """A recurring journal; `next_due` is null when no date is left."""

    id: UUID
    name: str
    description: str
    lines: list[dict[str, Any]]
    frequency: Frequency
    day: int
    month: int | None
    every: int
    starts_on: date
    ends_on: date | None
    times: int | None
    holiday_rule: HolidayRule
    next_due: date | None
    status: Literal["active", "paused", "ended"]


class RecurringRunResponse(msgspec.Struct):
    """What became of a due date: its journal, or the code and words of the refusal."""

    due_on: date
    attempt: int
    business_date: date
    outcome: Literal["posted", "refused"]
    journal: UUID | None
    code: str
    message: str
    recorded_at: str


class RecurringDetail(RecurringResponse, kw_only=True):
    """A recurring journal with its newest runs, the last one first."""

    runs: list[RecurringRunResponse]


class RecurringPage(msgspec.Struct):
    """A page of recurring journals, and where the next one is."""

    results: list[RecurringResponse]
    next: str | None
