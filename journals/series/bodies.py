"""Bodies of the endpoints of number series."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from journals.series.models import MAX_CODE, MAX_NAME, NumberSeries, SeriesNumber
from journals.series.numbering import Series
from journals.series.patterns import MAX_PATTERN

Restarts = Literal["year", "never"]


class SeriesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A series for the journals of some kinds: `pattern` such as INV-{year}-{number:05}."""

    code: Annotated[str, msgspec.Meta(max_length=MAX_CODE)]
    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)]
    pattern: Annotated[str, msgspec.Meta(max_length=MAX_PATTERN)]
    kinds: Annotated[list[str], msgspec.Meta(min_length=1, max_length=100)]
    restarts: Restarts = "year"

    def series(self) -> Series:
        """What is asked for."""
        return Series(self.code, self.name, self.pattern, tuple(self.kinds), self.restarts)


class SeriesResponse(msgspec.Struct):
    """A number series."""

    code: str
    name: str
    pattern: str
    kinds: list[str]
    restarts: Restarts
    event_sequence: int


class SeriesPage(msgspec.Struct):
    """A page of number series, and where the next one is."""

    results: list[SeriesResponse]
    next: str | None


class SeriesNumberResponse(msgspec.Struct):
    """The number of a journal in its series; `year` is null where the series never restarts."""

    journal: UUID
    journal_number: int
    series: str
    year: int | None
    number: int
    text: str


class SeriesNumberPage(msgspec.Struct):
    """A page of numbers, and where the next one is."""

    results: list[SeriesNumberResponse]
    next: str | None


def series_response(row: NumberSeries) -> SeriesResponse:
    """A series as it is shown."""
    return SeriesResponse(row.code, row.name, row.pattern, row.kinds, row.restarts, row.event_sequence)  # type: ignore[arg-type]


def number_response(row: SeriesNumber) -> SeriesNumberResponse:
    """A number as it is shown."""
    return SeriesNumberResponse(row.journal_id, row.journal_number, row.series, row.year or None, row.number, row.text)
