"""The fiscal calendar on its way to other books: years with their periods as they are, and which of them are locked.

A period that is closed comes as locked. That its days were closed is a fact of the books that it comes from; the new
ones close their days, and then the period, themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from journals.periods.errors import PeriodNotFound
from journals.periods.fiscal_years import EARLIER, Span, check_year
from journals.periods.use_cases import OPEN, declare_earlier_years_closed, lock_period, make_year_of, periods_of
from ledgerflow.core.plugins import Portable
from ledgerflow.core.texts import is_storable

YEARS = """
    SELECT y.id, p.kind, p.name, p.starts_on, p.ends_on
    FROM periods_period y JOIN periods_period p
      ON p.entity_id = y.entity_id AND p.kind <> 'earlier' AND p.ends_on BETWEEN y.starts_on AND y.ends_on
    WHERE y.entity_id = %s AND y.kind = 'year' ORDER BY y.starts_on, p.kind = 'year', p.ends_on, p.kind
"""
EARLIER_END = "SELECT ends_on FROM periods_period WHERE entity_id = %s AND kind = 'earlier'"
LOCKED = """
    SELECT name, periods_period_status(id) FROM periods_period
    WHERE entity_id = %s AND kind <> 'earlier' AND periods_period_status(id) <> 'open' ORDER BY ends_on, kind
"""
REASON = "{} in the books that these come from"


class PeriodEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A period of a fiscal year, or the year itself."""

    kind: str
    name: str
    starts_on: date
    ends_on: date


class YearEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A fiscal year: its months in order, its special period where it has one, then the year."""

    periods: list[PeriodEntry]


class EarlierYearsEntry(msgspec.Struct, forbid_unknown_fields=True):
    """All years through a day were closed elsewhere."""

    ends_on: date


class LockEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A period that is locked or closed."""

    period: str
    status: str


def _years(connection: Any, entity_id: UUID) -> Iterator[YearEntry]:
    rows = connection.execute(YEARS, (entity_id,)).fetchall()
    for _, of_year in groupby(rows, key=lambda row: row[0]):
        yield YearEntry([PeriodEntry(*row[1:]) for row in of_year])


def _bring_year(entity_id: UUID, wanted: YearEntry, actor: str) -> bool:
    spans = [Span(one.kind, one.name, one.starts_on, one.ends_on) for one in wanted.periods]
    year = check_year(spans)
    rows = periods_of(entity_id).exclude(kind=EARLIER).filter(ends_on__gte=year.starts_on, ends_on__lte=year.ends_on)
    there = {Span(*row) for row in rows.values_list("kind", "name", "starts_on", "ends_on")}
    if there == set(spans):
        return False
    make_year_of(entity_id, spans, actor=actor)
    return True


def _earlier(connection: Any, entity_id: UUID) -> Iterator[EarlierYearsEntry]:
    return (EarlierYearsEntry(day) for (day,) in connection.execute(EARLIER_END, (entity_id,)))


def _bring_earlier(entity_id: UUID, wanted: EarlierYearsEntry, actor: str) -> bool:
    if periods_of(entity_id).filter(kind=EARLIER, ends_on=wanted.ends_on).exists():
        return False
    declare_earlier_years_closed(entity_id, wanted.ends_on, actor=actor, reason=REASON.format("Closed"))
    return True


def _locks(connection: Any, entity_id: UUID) -> Iterator[LockEntry]:
    return (LockEntry(*row) for row in connection.execute(LOCKED, (entity_id,)))


def _bring_lock(entity_id: UUID, wanted: LockEntry, actor: str) -> bool:
    found = periods_of(entity_id).filter(name=wanted.period).first() if is_storable(wanted.period) else None
    if found is None:
        raise PeriodNotFound(pointer="/period")
    if getattr(found, "status", OPEN) != OPEN:
        return False
    lock_period(entity_id, found.pk, actor=actor, reason=REASON.format(wanted.status.capitalize()[:20]))
    return True


PORTABLES = (
    Portable("fiscal_year", YearEntry, _years, _bring_year, before_journals=True),
    Portable("earlier_years", EarlierYearsEntry, _earlier, _bring_earlier, before_journals=True),
    Portable("period_lock", LockEntry, _locks, _bring_lock),
)
