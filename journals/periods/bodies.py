"""Bodies of the endpoints of the fiscal calendar: what they take and what they show. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from journals.periods.fiscal_years import MAX_NAME, Weeks, YearPlan

Kind = Literal["earlier", "month", "special", "year"]
Status = Literal["open", "locked", "closed"]
Note = Annotated[str, msgspec.Meta(max_length=500)]


class WeeksRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A year of 52 or 53 weeks ends on a `weekday` (Monday is 1): the last in a `month`, or the nearest to its end.

    `pattern`: the weeks of the three periods of a quarter. A 53rd week goes to the last period of the year.
    """

    weekday: Annotated[int, msgspec.Meta(ge=1, le=7)]
    month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    ends: Literal["last", "nearest"] = "nearest"
    pattern: Literal["4-4-5", "4-5-4", "5-4-4"] = "4-4-5"

    def weeks(self) -> Weeks:
        return Weeks(self.weekday, self.month, self.ends, self.pattern)


class YearRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A fiscal year from `starts_on` on: twelve months, or to `ends_on`, at most eighteen months later.

    Its months end on the day of the month on which the year ends. `name`: FY and the year it ends in unless given.
    `special_period` adds one for the adjustments of its last day. `weeks` makes a year of 52 or 53 weeks, which ends
    on the next such day unless `ends_on` names a later one.
    """

    starts_on: date
    ends_on: date | None = None
    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] = ""
    weeks: WeeksRequest | None = None
    special_period: bool = False

    def plan(self) -> YearPlan:
        """What the use case takes."""
        weeks = None if self.weeks is None else self.weeks.weeks()
        return YearPlan(self.starts_on, self.ends_on, self.name, weeks, self.special_period)


class EarlierYearsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The last day of the years that were closed elsewhere: the day before the calendar begins."""

    ends_on: date
    reason: Note = ""


class StatusChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why; kept with the change."""

    reason: Note = ""


class ReopeningRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why; what the second person reads."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class YearEndRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`dry_run` shows the entries, and what is in their way."""

    dry_run: bool = False


class PeriodResponse(msgspec.Struct):
    """A period of the fiscal calendar."""

    id: UUID
    kind: Kind
    name: str
    starts_on: date
    ends_on: date
    status: Status


class PeriodPage(msgspec.Struct):
    """A page of periods, and where the next one is."""

    results: list[PeriodResponse]
    next: str | None


class YearResponse(msgspec.Struct):
    """The months of a new fiscal year, its special period where it has one, the year."""

    periods: list[PeriodResponse]
