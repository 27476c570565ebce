"""Loading an entity's calendar: what was cut off last, its holidays, and the status of its periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from accounts.dimensions.rules import HAS_RULES
from journals.dating import Calendar
from journals.drafts import ORDINARY, Draft
from ledgerflow.core import canonical

# Holidays are read only where they matter; of the periods, those that hold a day which is still open, up to the latest
# that a draft moves the business date to, and the days off that may follow on it.
CALENDAR = """
    SELECT f.closed_through, f.ordinary_through, p.holiday_policy, p.weekend, p.holidays, l.locked,
           (SELECT starts_on FROM periods_period
            WHERE entity_id = question.entity_id AND kind = 'year' ORDER BY ends_on LIMIT 1),
           CASE WHEN question.latest IS NOT NULL THEN
               (SELECT ends_on FROM periods_period
                WHERE entity_id = question.entity_id AND kind = 'year' ORDER BY ends_on DESC LIMIT 1) END{also}
    FROM (VALUES (%s::uuid, %s::date)) AS question (entity_id, latest)
    LEFT JOIN LATERAL (
        SELECT closed_through, ordinary_through FROM days_daycutoff
        WHERE entity_id = question.entity_id ORDER BY number DESC LIMIT 1
    ) f ON true
    LEFT JOIN days_daypolicy p ON p.entity_id = question.entity_id {where_it_matters}
    LEFT JOIN LATERAL (
        SELECT array_agg(ARRAY[starts_on, ends_on]) AS locked FROM periods_period
        WHERE entity_id = question.entity_id AND ends_on > coalesce(f.closed_through, '-infinity')
          AND starts_on <= greatest(question.latest + 366,
                                    (SELECT business_date FROM books_entity WHERE id = question.entity_id))
          AND kind <> 'special' AND periods_period_status(id) = 'locked'
    ) l ON true
"""
LOAD_CALENDAR = CALENDAR.format(where_it_matters="AND p.holiday_policy <> 'allow'", also=f", {HAS_RULES}")
LOAD_WHOLE_CALENDAR = CALENDAR.format(where_it_matters="", also="")
LOAD_PERIOD_ENDS = """
    SELECT ends_on, kind, periods_period_status(id) FROM periods_period
    WHERE entity_id = %s AND ends_on = ANY (%s::date[])
"""
GRAVEST = ("open", "locked", "closed")


def wanted_dates(drafts: Sequence[Draft]) -> tuple[list[date], date | None]:
    """Which dates the calendar of a batch has to reach.

    First those of adjustments and closing entries: only they need to know how a period stands. Then the latest that a
    draft may move the business date to, None when none may.
    """
    ends: list[date] = []
    latest: date | None = None
    for draft in drafts:
        day = draft.effective_date
        if day is None:
            continue
        if draft.layer != ORDINARY:
            ends.append(day)
        if draft.advance_business_date and (latest is None or day > latest):
            latest = day
    return ends, latest


def calendar_from(
    row: tuple[Any, ...], period_ends: Iterable[tuple[date, str, str]] = (), began_on: date = date.min
) -> Calendar:
    """The calendar from the rows of the two queries, for books that began on a day."""
    closed_through, ordinary_through, policy, weekend, holidays, locked, fiscal_from, fiscal_through = row
    return Calendar(
        closed_through=closed_through,
        ordinary_through=ordinary_through,
        holiday_policy=policy or "allow",
        weekend=frozenset(_values(weekend)),
        holidays=frozenset(map(date.fromisoformat, _values(holidays))),
        locked=[(start, end) for start, end in locked or ()],
        period_ends=_period_ends(period_ends),
        began_on=began_on,
        fiscal_from=fiscal_from or date.min,
        fiscal_through=fiscal_through or date.max,
    )


def _period_ends(rows: Iterable[tuple[date, str, str]]) -> dict[tuple[str, date], str]:
    """By layer and day; of periods that end on the same day the gravest status counts for adjustments.

    A special period takes the place of the month that ends with it.
    """
    known = list(rows)
    special = {day for day, kind, _ in known if kind == "special"}
    found: dict[tuple[str, date], str] = {}
    for day, kind, status in known:
        if kind != "month" or day not in special:
            found["adjustment", day] = max(status, found.get(("adjustment", day), "open"), key=GRAVEST.index)
        if kind in {"year", "earlier"}:
            found["closing", day] = status
    return found


def _values(json: Any) -> Any:
    """The items of a JSON value: psycopg decodes it, Django's cursor gives its text."""
    return canonical.decode(json) if isinstance(json, str) else json or ()


def load_calendar(connection: Any, entity_id: UUID) -> Calendar:
    """The calendar of an entity outside of posting, holidays included, whatever its policy for postings.

    `connection` is anything with `execute`: a psycopg connection or Django's cursor.
    """
    row = connection.execute(LOAD_WHOLE_CALENDAR, (entity_id, None)).fetchone()
    return calendar_from(row)
