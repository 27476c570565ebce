"""Number series against their events and journals: numbers follow from the order of the journals, without gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from journals.series.events import SeriesAssignedFact, SeriesMadeFact
from journals.series.numbering import Numbered, hashed
from journals.series.patterns import written
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts

SERIES, NUMBER = "series_numberseries", "series_seriesnumber"
ROWS = "SELECT * FROM series_numberseries WHERE entity_id = %s"
# A journal below the newest numbered one of its series has its number; the row of another journal is none.
NUMBERS = """
    SELECT n.*, j.number AS of_journal, j.entity_id AS of_entity,
           CASE WHEN j.kind = 'imported' THEN coalesce(j.metadata ->> 'original_kind', 'imported')
                ELSE j.kind END AS kind
    FROM series_seriesnumber n LEFT JOIN journals_journal j ON j.id = n.journal_id
    WHERE n.entity_id = %s ORDER BY n.series, n.journal_number
"""
LEFT_OUT = """
    SELECT j.number FROM journals_journal j
    WHERE j.entity_id = %(entity)s AND j.number <= %(last)s
      AND CASE WHEN j.kind = 'imported' THEN coalesce(j.metadata ->> 'original_kind', 'imported') ELSE j.kind END
          = ANY (%(kinds)s)
      AND NOT EXISTS (SELECT FROM series_seriesnumber n WHERE n.journal_id = j.id) ORDER BY j.number LIMIT 10
"""
FACTS = (SeriesMadeFact, SeriesAssignedFact)


def check_series(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """The series of an entity and all their numbers."""
    faults: list[Fault] = []
    made: dict[str, EventWithFact] = {}
    assigned: dict[str, list[EventWithFact]] = defaultdict(list)
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        if isinstance(event.fact, SeriesMadeFact):
            made[event.fact.code] = event
        else:
            assigned[event.fact.series].append(event)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    found = keyed(cursor.execute(ROWS, (entity_id,)), lambda row: row["code"])
    yield from compare_rows(SERIES, {code: _series(event) for code, event in made.items()}, found)
    numbers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in cursor.execute(NUMBERS, (entity_id,)):
        numbers[row["series"]].append(row)
    for code in sorted({*made, *assigned, *numbers}):
        if code not in made:
            yield Fault(NUMBER, code, "series", "one that was made", code)
            continue
        yield from _check_numbers(made[code].fact, numbers[code], entity_id)
        yield from _check_events(code, assigned[code], numbers[code])
        last = max((event.fact.last for event in assigned[code]), default=0)
        given = {"entity": entity_id, "kinds": made[code].fact.kinds, "last": last}
        for (number,) in connection.execute(LEFT_OUT, given).fetchall():
            yield Fault(NUMBER, f"{code} journal {number}", "row", "a row", "absent")


def _series(event: EventWithFact) -> dict[str, Any]:
    fact: SeriesMadeFact = event.fact
    return {
        "code": fact.code, "name": fact.name, "pattern": fact.pattern, "kinds": fact.kinds, "restarts": fact.restarts,
        "event_sequence": event.sequence, "recorded_at": event.recorded_at, "actor": event.actor,
    }  # fmt: skip


def _check_numbers(fact: SeriesMadeFact, rows: list[dict[str, Any]], entity_id: UUID) -> Iterator[Fault]:
    last: dict[int, int] = defaultdict(int)
    for row in rows:
        key = f"{fact.code} journal {row['journal_number']}"
        last[row["year"]] += 1
        wanted = {
            "number": last[row["year"]], "text": written(fact.pattern, row["year"], last[row["year"]]),
            "journal_number": row["of_journal"], "of_entity": entity_id,
        }  # fmt: skip
        for name, value in wanted.items():
            if row[name] != value:
                yield Fault(NUMBER, key, name, str(value), str(row[name]))
        if row["kind"] not in fact.kinds:
            yield Fault(NUMBER, key, "kind", ", ".join(fact.kinds), str(row["kind"]))


def _check_events(code: str, events: list[EventWithFact], rows: list[dict[str, Any]]) -> Iterator[Fault]:
    """Each number was given by its event, with those that were given beside it."""
    by_event: dict[int, list[Numbered]] = defaultdict(list)
    for row in rows:
        by_event[row["event_sequence"]].append(Numbered(row["journal_number"], row["year"], row["number"]))
    told = {event.sequence: event.fact for event in events}
    for sequence in sorted({*told, *by_event}):
        given, key = by_event[sequence], f"{code} of event {sequence}"
        if sequence not in told:
            yield Fault(NUMBER, key, "rows", "0", str(len(given)))
        elif hashed(given) != told[sequence].sha256:
            yield Fault(NUMBER, key, "sha256", told[sequence].sha256, hashed(given))
