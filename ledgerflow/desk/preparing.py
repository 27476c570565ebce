"""Figures of Home, made beforehand: by a job each minute, or by the page itself where that is cheap."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import connection
from django.utils.translation import gettext_noop

from ledgerflow.core import canonical, clocks
from ledgerflow.core.failures import described
from ledgerflow.core.plugins import HomeCheck, HomeEntry, HomeLook, registry
from ledgerflow.desk import trends
from ledgerflow.desk.figures import packed_look

log = structlog.get_logger(__name__)
FRESH_FOR = timedelta(minutes=1)
# Lag, webhooks and the clock change without an event.
LOOKED_AT_AGAIN = timedelta(minutes=5)
CHEAP_MS = 250  # so long may somebody wait who opens the page
COULD_NOT = gettext_noop("This could not be looked at: {message}")
TRENDS: dict[str, Callable[[UUID], dict[str, Any]]] = {
    "cash_by_day": trends.cash_by_day,
    "events_by_hour": trends.events_by_hour,
}

HEAD = """
    SELECT e.business_date,
           coalesce((SELECT sequence FROM books_event WHERE entity_id = e.id ORDER BY sequence DESC LIMIT 1), 0)
    FROM books_entity e WHERE e.id = %s
"""
SAVE = """
    INSERT INTO desk_preparedfigures (entity_id, name, figures, found, head_sequence, business_date, made_at, took_ms)
    SELECT %(entity)s, made.name, made.figures::jsonb, made.found, %(head)s, %(business_date)s, %(made_at)s, made.took
    FROM unnest(%(names)s::text[], %(figures)s::text[], %(found)s::int[], %(took)s::int[])
         AS made (name, figures, found, took)
    ON CONFLICT (entity_id, name) DO UPDATE
    SET figures = EXCLUDED.figures, found = EXCLUDED.found, head_sequence = EXCLUDED.head_sequence,
        business_date = EXCLUDED.business_date, made_at = EXCLUDED.made_at, took_ms = EXCLUDED.took_ms
"""
# One probe of the log for each set of books, and one of what was made for it.
DUE = """
    SELECT e.id FROM books_entity e
    LEFT JOIN LATERAL (
        SELECT sequence FROM books_event WHERE entity_id = e.id ORDER BY sequence DESC LIMIT 1
    ) AS head ON true
    LEFT JOIN LATERAL (
        SELECT min(made_at), min(head_sequence), min(business_date), count(*)
        FROM desk_preparedfigures WHERE entity_id = e.id AND name = ANY (%(names)s)
    ) AS made (at, head_sequence, business_date, count) ON true
    WHERE made.count < %(count)s OR made.at < %(again)s OR made.business_date <> e.business_date
       OR made.head_sequence <> coalesce(head.sequence, 0)
"""
KEPT = """
    SELECT name, figures, made_at, took_ms FROM desk_preparedfigures WHERE entity_id = %s AND name = ANY (%s)
"""


class KeptFigures(NamedTuple):
    """What is kept of one set of books: figures by name, when the oldest were made, and how long all took."""

    figures: dict[str, dict[str, Any]]
    made_at: datetime | None
    took_ms: int


class _Made(NamedTuple):
    name: str
    figures: str  # JSON
    found: int
    took_ms: int


def names() -> list[str]:
    """All figures that are made."""
    return sorted([*(check.name for check in prepared_checks()), *TRENDS])


def prepared_checks() -> list[HomeCheck]:
    """The checks that look at books and not for a person."""
    return [check for check in registry.home_checks.values() if check.find is not None]


def prepare(entity_id: UUID) -> None:
    """Make all figures of these books anew. Two at a time write the same; a check that fails is told in its place."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD, (entity_id,))
        row: tuple[date, int] | None = cursor.fetchone()
    if row is None:
        return
    made_at = clocks.now()
    made = [_look(check, entity_id) for check in prepared_checks()]
    made += [_trend(name, make, entity_id) for name, make in TRENDS.items()]
    _save(entity_id, row, made_at, made)


def entities_due() -> list[UUID]:
    """Books in which something has happened, or that nobody has looked at for some minutes."""
    given: dict[str, Any] = {"names": names(), "count": len(names()), "again": clocks.now() - LOOKED_AT_AGAIN}
    with connection.cursor() as cursor:
        cursor.execute(DUE, given)
        return [entity_id for (entity_id,) in cursor.fetchall()]


def kept_for_page(entity_id: UUID) -> KeptFigures:
    """What is kept, made at once where nothing is, or where it is older than a minute and soon made."""
    kept = _kept(entity_id)
    if kept.made_at is not None and (clocks.now() - kept.made_at <= FRESH_FOR or kept.took_ms > CHEAP_MS):
        return kept
    prepare(entity_id)
    return _kept(entity_id)


def _kept(entity_id: UUID) -> KeptFigures:
    wanted = names()
    with connection.cursor() as cursor:
        cursor.execute(KEPT, (entity_id, wanted))
        rows: list[Any] = cursor.fetchall()
    figures = {name: canonical.decode(text) if isinstance(text, str) else text for name, text, _, _ in rows}
    made_at = min((at for _, _, at, _ in rows), default=None) if len(rows) == len(wanted) else None
    return KeptFigures(figures, made_at, sum(took for *_, took in rows))


def failed_look(error: Exception) -> HomeLook:
    """What is told of a check that could not look: it must not hide what the others found."""
    return HomeLook([HomeEntry(COULD_NOT, {"message": str(described(error)["message"])})])


def _look(check: HomeCheck, entity_id: UUID) -> _Made:
    began = time.monotonic()
    try:
        assert check.find is not None  # noqa: S101 - `prepared_checks` gives no others
        look = check.find(entity_id)
    except Exception as error:
        log.exception("home_check_failed", entity=str(entity_id), check=check.name)
        look = failed_look(error)
    return _Made(check.name, _json(packed_look(look)), len(look.entries), _ms_since(began))


def _trend(name: str, make: Callable[[UUID], dict[str, Any]], entity_id: UUID) -> _Made:
    began = time.monotonic()
    try:
        figures = make(entity_id)
    except Exception:
        log.exception("home_trend_failed", entity=str(entity_id), trend=name)
        figures = {}
    return _Made(name, _json(figures), 0, _ms_since(began))


def _save(entity_id: UUID, head: tuple[date, int], made_at: datetime, made: Sequence[_Made]) -> None:
    business_date, sequence = head
    given: dict[str, Any] = {
        "entity": entity_id, "business_date": business_date, "head": sequence, "made_at": made_at,
        "names": [one.name for one in made], "figures": [one.figures for one in made],
        "found": [one.found for one in made], "took": [one.took_ms for one in made],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SAVE, given)


def _json(figures: dict[str, Any]) -> str:
    return canonical.encode(figures).decode()


def _ms_since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
