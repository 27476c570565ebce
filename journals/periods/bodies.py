"""Bodies of the endpoints of periods, accruals and recurring journals: what they take and what they show. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

Kind = Literal["month", "year"]
Status = Literal["open", "locked", "closed"]
Note = Annotated[str, msgspec.Meta(max_length=500)]


class YearRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A fiscal year: twelve months from `starts_on`, the first day of any month, on."""

    starts_on: date


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
    """A month or year of the fiscal calendar."""

    id: UUID
    kind: Kind
    starts_on: date
    ends_on: date
    status: Status


class PeriodPage(msgspec.Struct):
    """A page of periods, and where the next one is."""

    results: list[PeriodResponse]
    next: str | None


class YearResponse(msgspec.Struct):
    """The months of a new fiscal year, then the year."""

    periods: list[PeriodResponse]
