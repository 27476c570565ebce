"""Making series, and giving journals their numbers: later than posting, in the order of the journals, without gaps.

Posting knows nothing of series. Whoever asks for a number catches up, and so does a job: under the entity's lock, so
that two never give the same number, and set by set. A journal that has its number keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from journals.errors import JournalNotFound
from journals.models import Journal, Kind
from journals.series.errors import NoSeriesNumber, SeriesExists, SeriesRefused
from journals.series.events import SeriesAssignedFact, SeriesMadeFact
from journals.series.models import MAX_CODE, MAX_NAME, NumberSeries, SeriesNumber
from journals.series.patterns import RESTARTS, YEARLY, fault_of, written
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.errors import NameLength, NotOneOf
from ledgerflow.core.ids import uuid7
from ledgerflow.core.plugins import registry
from ledgerflow.core.texts import check_text

AT_ONCE = 5_000  # journals of one transaction: posting waits for it
SYSTEM = "system:series"
CODE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}", re.ASCII)
INSERT = """
    INSERT INTO series_numberseries (id, entity_id, code, name, pattern, kinds, restarts, event_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
TAKEN = """
    SELECT code, kinds FROM series_numberseries
    WHERE entity_id = %s AND (code = %s OR jsonb_exists_any(kinds, %s::text[])) ORDER BY code LIMIT 1
"""
ALL = "SELECT code, pattern, kinds, restarts FROM series_numberseries WHERE entity_id = %s ORDER BY code"
# An imported journal is numbered by the kind that it was, so that a series goes on in books that are moved.
# The year of a journal is that in which its fiscal year ends, or its calendar year where the calendar has none.
NEXT = """
    WITH next AS (
        SELECT j.id, j.number, CASE WHEN %(restarts)s = 'never' THEN 0 ELSE
               extract(year FROM coalesce(p.ends_on, j.effective_date))::int END AS year
        FROM journals_journal j LEFT JOIN periods_period p
          ON p.entity_id = j.entity_id AND p.kind = 'year' AND j.effective_date BETWEEN p.starts_on AND p.ends_on
        WHERE j.entity_id = %(entity)s AND j.number > coalesce((
            SELECT max(journal_number) FROM series_seriesnumber
            WHERE entity_id = %(entity)s AND series = %(series)s), 0)
          AND CASE WHEN j.kind = 'imported' THEN coalesce(j.metadata ->> 'original_kind', 'imported') ELSE j.kind END
              = ANY (%(kinds)s)
        ORDER BY j.number LIMIT %(limit)s
    )
    SELECT n.id, n.number, n.year, row_number() OVER (PARTITION BY n.year ORDER BY n.number) + coalesce((
        SELECT max(s.number) FROM series_seriesnumber s
        WHERE s.entity_id = %(entity)s AND s.series = %(series)s AND s.year = n.year), 0)
    FROM next n ORDER BY n.number
"""
ASSIGN = """
    INSERT INTO series_seriesnumber (journal_id, entity_id, series, journal_number, year, number, text, event_sequence)
    SELECT n.id, %s, %s, n.journal_number, n.year, n.number, n.text, %s
    FROM unnest(%s::uuid[], %s::bigint[], %s::smallint[], %s::bigint[], %s::text[])
         AS n (id, journal_number, year, number, text)
"""


class Series(NamedTuple):
    """A series as it is made."""

    code: str
    name: str
    pattern: str
    kinds: tuple[str, ...]
    restarts: str = YEARLY


class SeriesMade(NamedTuple):
    series: NumberSeries
    is_replayed: bool


class Numbered(NamedTuple):
    """A journal by its number, with its year and number in a series."""

    journal_number: int
    year: int
    number: int


def make_series(entity_id: UUID, wanted: Series, *, key: str, issuer: str = CLIENT, actor: str) -> SeriesMade:
    """Number all journals of some kinds, those that are there too; event `series.made`. A series is never changed.

    The same key and content gives the same series again. Raises `Malformed`, `SeriesExists`, `IdempotencyKeyReused`.
    """
    _check(wanted)
    kinds = sorted(wanted.kinds)
    claim = claim_of(key, ["series", wanted.code, wanted.name, wanted.pattern, kinds, wanted.restarts], issuer)

    def work(tx: Transaction, _: None) -> None:
        once.take(tx, claim)
        for code, taken in tx.query(TAKEN, (entity_id, wanted.code, kinds)).fetchall():
            raise SeriesExists(pointer="/code", series=code, kinds=", ".join(taken))
        fact = SeriesMadeFact(wanted.code, wanted.name, wanted.pattern, kinds, wanted.restarts, **claim.fact())
        sequence = tx.record(fact, wanted.code, actor)
        tx.remember(*claim, sequence)
        text = canonical.encode(kinds).decode()
        row = (uuid7(), entity_id, wanted.code, wanted.name, wanted.pattern, text, wanted.restarts)
        tx.query(INSERT, (*row, sequence, tx.recorded_at, actor))

    def do() -> SeriesMade:
        write(entity_id, work)
        return SeriesMade(NumberSeries.objects.get(entity_id=entity_id, code=wanted.code), is_replayed=False)

    def again(sequence: int) -> SeriesMade:
        return SeriesMade(NumberSeries.objects.get(entity_id=entity_id, event_sequence=sequence), is_replayed=True)

    return once.once(entity_id, claim, do, again)


def catch_up(entity_id: UUID, actor: str = SYSTEM) -> int:
    """Give their numbers to all journals that have none; how many they were. Books without a series cost one query."""
    if not NumberSeries.objects.filter(entity_id=entity_id).exists():
        return 0
    total = 0
    while count := write(entity_id, lambda tx, _: _assign(tx, actor)):
        total += count
    return total


def begin_day(entity_id: UUID, _business_date: date, _actor: str) -> dict[str, Any]:
    """Give the day that has closed its numbers: no ordinary journal is dated into it any more."""
    given = catch_up(entity_id)
    return {"series_numbers": given} if given else {}


def number_of(entity_id: UUID, journal_id: UUID) -> SeriesNumber:
    """The number of a journal in its series, given now where it has none yet. Raises `NotFound`."""
    rows = SeriesNumber.objects.filter(entity_id=entity_id, journal_id=journal_id)
    found = rows.first()
    if found is not None:
        return found
    journal = Journal.objects.filter(entity_id=entity_id, pk=journal_id).first()
    if journal is None:
        raise JournalNotFound
    kind = journal.kind
    if kind == Kind.IMPORTED:
        kind = (journal.metadata or {}).get("original_kind", kind)
    if not NumberSeries.objects.filter(entity_id=entity_id, kinds__contains=[kind]).exists():
        raise NoSeriesNumber
    catch_up(entity_id)
    return rows.get()


def hashed(rows: Iterable[Numbered]) -> str:
    """The SHA-256 of the numbers that were given together, in the order of their journals."""
    return sha256("".join(f"{one.journal_number} {one.year} {one.number}\n" for one in rows).encode()).hexdigest()


def _assign(tx: Transaction, actor: str) -> int:
    count = 0
    for code, pattern, kinds, restarts in tx.query(ALL, (tx.entity_id,)).fetchall():
        params: Any = {  # named, because most of them are used more than once
            "entity": tx.entity_id, "series": code, "kinds": kinds, "restarts": restarts, "limit": AT_ONCE,
        }  # fmt: skip
        rows = tx.query(NEXT, params).fetchall()
        if rows:
            _number(tx, code, pattern, rows, actor)
        count += len(rows)
    return count


def _number(tx: Transaction, code: str, pattern: str, rows: list[Any], actor: str) -> None:
    numbers = [Numbered(*row[1:]) for row in rows]
    fact = SeriesAssignedFact(
        code, numbers[0].journal_number, numbers[-1].journal_number, len(numbers), hashed(numbers)
    )
    sequence = tx.record(fact, code, actor)
    texts = [written(pattern, one.year, one.number) for one in numbers]
    columns = [row[0] for row in rows], *(list(column) for column in zip(*numbers, strict=True)), texts
    tx.query(ASSIGN, (tx.entity_id, code, sequence, *columns))


def _check(wanted: Series) -> None:
    if CODE_FORM.fullmatch(wanted.code) is None:
        words = f"1 to {MAX_CODE} letters, digits, points and dashes, a letter or digit first"
        raise SeriesRefused(pointer="/code", field="The code", wanted=words)
    if not wanted.name.strip():
        raise NameLength(pointer="/name", most=MAX_NAME)
    check_text(wanted.name, MAX_NAME, "/name")
    if wanted.restarts not in RESTARTS:
        raise NotOneOf(pointer="/restarts", what="restart", choices=", ".join(RESTARTS))
    fault = fault_of(wanted.pattern, wanted.restarts)
    if fault:
        raise SeriesRefused(pointer="/pattern", field="The pattern", wanted=fault)
    known = registry.journal_kinds
    if not wanted.kinds or len(set(wanted.kinds)) < len(wanted.kinds) or not known.keys() >= set(wanted.kinds):
        raise NotOneOf(pointer="/kinds", what="kind of journals", choices=", ".join(known))
