"""Finding journals, accounts and holds in the read model, by its indexes alone.

What decides first is a probe of a btree: an amount, the beginning of a reference. Where a probe gives more than `MOST`,
what it looks for is so frequent that going through the journals from the newest finds some soon.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import DatabaseError

from journals.views.words import words_of
from ledgerflow.desk.finding.amounts import Interval
from ledgerflow.desk.finding.periods import EVER
from ledgerflow.desk.finding.wanted import LAST, WantedJournals, WantedReference
from ledgerflow.events.read_models.reading import POSITION, reading
from ledgerflow.events.read_models.schemas import CONSUMER

MOST = 2_000  # candidates of one probe
MOST_OF_AMOUNT = 1_000  # the newest with an amount, where other things are wanted as well: each of them is looked at
MOST_LOOKED_AT = 60  # journals, where words have to stand side by side: the index does not know their order
# Nothing here reads a whole table: where an index serves badly the time ends, and that is told.
PATIENCE = "SET statement_timeout = '2s'; SET enable_seqscan = off"
NO_MORE_PATIENCE = "RESET statement_timeout; RESET enable_seqscan"
WINDOW = 20_000  # journals that are gone through for words, before the index of words is asked
OF_AMOUNT = """
    SELECT number FROM amounts WHERE entity_id = %s AND amount = %s AND {beyond} ORDER BY number {order} LIMIT {most:d}
"""
OF_AMOUNTS = "SELECT number FROM amounts WHERE entity_id = %s AND {range} LIMIT {most:d}"
OF_REFERENCE = "SELECT number FROM journals WHERE entity_id = %s AND reference <> '' AND {range} LIMIT {most:d}"
JOURNALS = """
    SELECT id, number, effective_date, kind, description, external_reference, amounts::text, counterparties::text,
           reversed_by IS NOT NULL, lines::text
    FROM journals WHERE {conditions} ORDER BY {order} LIMIT {most:d}
"""
# Frequent words are soon found among the next journals, and rare ones by the index of words, which knows no order: the
# second part runs only where the first gives too few. Nothing but these expressions keeps each part to its index.
NEXT, BY_WORDS = "(search || '') @@ %s::tsquery", "search @@ %s::tsquery"
WORDED = "({next}) UNION ALL ({rest}) LIMIT {most:d}"
NEWEST = "SELECT coalesce(max(number), 0) FROM journals WHERE entity_id = %s"
ACCOUNTS = """
    SELECT code, id, name, type, currency, owner_id, closed_at IS NOT NULL FROM (
        (SELECT a.*, 0 AS rank FROM accounts a WHERE entity_id = %(entity)s AND code = %(code)s)
        UNION ALL
        (SELECT a.*, 1 FROM accounts a
         WHERE entity_id = %(entity)s AND code > %(code)s AND code < %(code)s || %(last)s ORDER BY code LIMIT {most:d})
        UNION ALL
        (SELECT a.*, 2 FROM accounts a
         WHERE entity_id = %(entity)s AND search @@ %(query)s::tsquery ORDER BY code LIMIT {most:d})
    ) found
    GROUP BY code, id, name, type, currency, owner_id, closed_at ORDER BY min(rank), code LIMIT {most:d}
"""
HOLDS = "SELECT id FROM holds WHERE entity_id = %s AND {conditions} ORDER BY event_sequence DESC LIMIT {most:d}"


class PageStart(NamedTuple):
    """Where a page begins: beyond this journal, older than it or newer. The day only where days are the order."""

    number: int
    day: date | None = None
    is_newer: bool = False


def place_on(place: PageStart | None, *, by_date: bool) -> PageStart | None:
    """The place; none where days are the order and it does not say the day, as an address of another search does."""
    return None if place is not None and by_date and place.day is None else place


class JournalHit(NamedTuple):
    id: UUID
    number: int
    effective_date: date
    kind: str
    description: str
    external_reference: str
    amounts: dict[str, str]
    accounts: list[tuple[str, str]]  # codes and names
    is_reversed: bool = False


class AccountHit(NamedTuple):
    code: str
    id: UUID
    name: str
    type: str
    currency: str
    owner_id: str
    is_closed: bool


class JournalPage(NamedTuple):
    """Journals, the newest first, and where others follow."""

    hits: list[JournalHit]
    older: PageStart | None = None
    newer: PageStart | None = None
    by_date: bool = False


class _Candidates(NamedTuple):
    numbers: frozenset[int]
    # Where a probe stopped: candidates beyond are not among them.
    end: int | None = None


@contextmanager
def patiently() -> Iterator[Any]:
    """A cursor of the read models on which no statement takes longer than people wait."""
    with reading() as cursor:
        cursor.execute(PATIENCE)
        try:
            yield cursor
        finally:
            with suppress(DatabaseError):  # a connection that is gone is not used again
                cursor.execute(NO_MORE_PATIENCE)


def position(cursor: Any, entity_id: UUID) -> int:
    """The last event that the read model knows of."""
    cursor.execute(POSITION, (CONSUMER, entity_id))
    row = cursor.fetchone()
    return row[0] if row else 0


def find_journals(
    cursor: Any, entity_id: UUID, wanted: WantedJournals, limit: int, place: PageStart | None = None
) -> JournalPage:
    """A page of the journals that are wanted, newest first: as they were recorded, or by date where days are wanted."""
    most = max(MOST_LOOKED_AT if wanted.has_order_of_words else 0, limit + 1)
    candidates = _candidates(cursor, entity_id, wanted, place, limit + 1)
    by_date = wanted.days != EVER and candidates is None
    place = place_on(place, by_date=by_date)
    if candidates is None and not by_date and wanted.tsquery():
        rows = _worded(cursor, entity_id, wanted, place, most)
    else:
        rows = _ordered(cursor, entity_id, wanted, place, most, candidates, by_date=by_date)
    fitting = [row for row in rows if not wanted.has_order_of_words or wanted.has_phrases(_words(row))]
    end = _end(rows, fitting, most, limit, candidates, by_date=by_date)
    return _page([_hit(row) for row in fitting[:limit]], end, place, by_date=by_date)


def find_accounts(cursor: Any, entity_id: UUID, text: str, limit: int) -> list[AccountHit]:
    """Accounts by code, its beginning, or words of code, name and owner; the code itself first."""
    query = WantedJournals().with_words([text]).tsquery()
    params = {"entity": entity_id, "code": text.strip(), "last": LAST, "query": query}
    cursor.execute(ACCOUNTS.format(most=limit), params)
    return [AccountHit(*row) for row in cursor.fetchall()]


def find_holds(cursor: Any, entity_id: UUID, wanted: WantedJournals, limit: int) -> list[UUID]:
    """The ids of holds with these words on these accounts and of these amounts, the newest first."""
    conditions, params = ["search @@ %s::tsquery"] if wanted.tsquery() else [], [wanted.tsquery()]
    params = params if conditions else []
    for among in wanted.amounts:
        texts, values = _ranges("amount", among)
        conditions.append(texts)
        params += values
    cursor.execute(HOLDS.format(conditions=" AND ".join(conditions) or "true", most=limit), [entity_id, *params])
    return [row[0] for row in cursor.fetchall()]


# --- probes ---


def _candidates(
    cursor: Any, entity_id: UUID, wanted: WantedJournals, place: PageStart | None, enough: int
) -> _Candidates | None:
    """The numbers of journals that come into question; None where no probe narrows them.

    `enough` are enough where nothing but an amount is wanted.
    """
    is_amount_alone = len(wanted.amounts) == 1 and wanted == WantedJournals(amounts=wanted.amounts)
    most = enough if is_amount_alone else MOST_OF_AMOUNT
    found = [_of_amounts(cursor, entity_id, among, place, most) for among in wanted.amounts]
    found += [_of_reference(cursor, entity_id, reference) for reference in wanted.references]
    narrowing = [one for one in found if one is not None]
    if not narrowing:
        return None
    ends = [one.end for one in narrowing if one.end is not None]
    numbers = frozenset.intersection(*[one.numbers for one in narrowing])
    if not ends:
        return _Candidates(numbers)
    if place is not None and place.is_newer:
        end = min(ends)
        return _Candidates(frozenset(number for number in numbers if number <= end), end)
    end = max(ends)
    return _Candidates(frozenset(number for number in numbers if number >= end), end)


def _of_amounts(
    cursor: Any, entity_id: UUID, among: tuple[Interval, ...], place: PageStart | None, most: int
) -> _Candidates | None:
    """By amounts that are the newest first each; by ranges all, unless they are too many."""
    if all(interval.is_one for interval in among):
        amounts = [interval.low for interval in among if interval.low is not None]
        return _newest_of(cursor, entity_id, amounts, place, most)
    range_, params = _ranges("amount", among)
    return _all_of(cursor, OF_AMOUNTS.format(range=range_, most=MOST + 1), [entity_id, *params])


def _newest_of(cursor: Any, entity_id: UUID, amounts: list[Decimal], place: PageStart | None, most: int) -> _Candidates:
    is_newer = place is not None and place.is_newer
    beyond = "true" if place is None else f"number {'>' if is_newer else '<'} {place.number:d}"
    one = OF_AMOUNT.format(beyond=beyond, order="ASC" if is_newer else "DESC", most=most)
    statement = " UNION ALL ".join(f"({one})" for _ in amounts)
    cursor.execute(statement, [value for amount in amounts for value in (entity_id, amount)])
    numbers = [row[0] for row in cursor.fetchall()]
    if len(numbers) < most:
        return _Candidates(frozenset(numbers))
    ordered = sorted(set(numbers), reverse=not is_newer)[:most]
    return _Candidates(frozenset(ordered), ordered[-1])


def _of_reference(cursor: Any, entity_id: UUID, reference: WantedReference) -> _Candidates | None:
    range_, params = _reference_range(reference)
    return _all_of(cursor, OF_REFERENCE.format(range=range_, most=MOST + 1), [entity_id, *params])


def _all_of(cursor: Any, statement: str, params: list[Any]) -> _Candidates | None:
    cursor.execute(statement, params)
    rows = cursor.fetchall()
    return None if len(rows) > MOST else _Candidates(frozenset(row[0] for row in rows))


# --- statements ---


def _ordered(
    cursor: Any, entity_id: UUID, wanted: WantedJournals, place: PageStart | None, most: int,
    candidates: _Candidates | None, *, by_date: bool,
) -> list[Any]:  # fmt: skip
    """Along the order of the page, or by the numbers that probes gave."""
    conditions, params = _conditions(wanted, BY_WORDS)
    if candidates is not None:
        conditions.append("number = ANY (%s)")
        params.append(sorted(candidates.numbers))
    if place is not None:
        conditions.append(_beyond(place, by_date=by_date))
        params += [place.day, place.number] if by_date else [place.number]
    way = _way(place)
    order = f"effective_date {way}, number {way}" if by_date else f"number {way}"
    text = JOURNALS.format(conditions=" AND ".join(["entity_id = %s", *conditions]), order=order, most=most)
    cursor.execute(text, [entity_id, *params])
    return list(cursor.fetchall())


def _worded(cursor: Any, entity_id: UUID, wanted: WantedJournals, place: PageStart | None, most: int) -> list[Any]:
    """The next journals one by one, and then by the index of words."""
    if place is None:
        cursor.execute(NEWEST, [entity_id])
        place = PageStart(cursor.fetchone()[0] + 1)
    way, number = _way(place), place.number
    if place.is_newer:
        spans = (f"number > {number:d} AND number <= {number + WINDOW:d}", f"number > {number + WINDOW:d}")
    else:
        spans = (f"number < {number:d} AND number >= {number - WINDOW:d}", f"number < {number - WINDOW:d}")
    texts, params = [], []
    for span, words, order in ((spans[0], NEXT, f"number {way}"), (spans[1], BY_WORDS, f"number + 0 {way}")):
        conditions, values = _conditions(wanted, words)
        text = " AND ".join(["entity_id = %s", span, *conditions])
        texts.append(JOURNALS.format(conditions=text, order=order, most=most))
        params += [entity_id, *values]
    cursor.execute(WORDED.format(next=texts[0], rest=texts[1], most=most), params)
    return sorted(cursor.fetchall(), key=itemgetter(1), reverse=not place.is_newer)


def _way(place: PageStart | None) -> str:
    return "ASC" if place is not None and place.is_newer else "DESC"


# --- conditions on a row ---


def _conditions(wanted: WantedJournals, words: str) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    params: list[Any] = []
    query = wanted.tsquery()
    if query:
        conditions.append(words)
        params.append(query)
    for comparison, day in (("effective_date >= %s", wanted.days.first), ("effective_date <= %s", wanted.days.last)):
        if day is not None:
            conditions.append(comparison)
            params.append(day)
    for currency in wanted.currencies:
        conditions.append("amounts ? %s")
        params.append(currency)
    for reference in wanted.references:
        range_, values = _reference_range(reference)
        conditions.append(range_)
        params += values
    for among in wanted.amounts:
        range_, values = _ranges("figure", among)
        conditions.append(f"EXISTS (SELECT FROM unnest(figures) AS f (figure) WHERE {range_})")
        params += values
    return conditions, params


def _ranges(column: str, among: tuple[Interval, ...]) -> tuple[str, list[Any]]:
    texts: list[str] = []
    params: list[Any] = []
    for interval in among:
        ends = [
            (">=" if interval.with_low else ">", interval.low),
            ("<=" if interval.with_high else "<", interval.high),
        ]
        given = [(sign, end) for sign, end in ends if end is not None]
        texts.append("(" + " AND ".join(f"{column} {sign} %s" for sign, _ in given) + ")")
        params += [end for _, end in given]
    return "(" + " OR ".join(texts) + ")", params


def _reference_range(reference: WantedReference) -> tuple[str, list[Any]]:
    if reference.is_beginning:
        return "reference >= %s AND reference < %s", [reference.text, reference.text + LAST]
    return "reference = %s", [reference.text]


def _beyond(place: PageStart, *, by_date: bool) -> str:
    sign = ">" if place.is_newer else "<"
    return f"(effective_date, number) {sign} (%s, %s)" if by_date else f"number {sign} %s"


# --- pages ---


def _end(
    rows: list[Any], fitting: list[Any], most: int, limit: int, candidates: _Candidates | None, *, by_date: bool
) -> PageStart | None:
    """Where the next page begins in the direction that was gone; None where nothing follows."""
    if len(fitting) > limit:
        return _place(fitting[limit - 1], by_date=by_date)
    if len(rows) == most:
        return _place(rows[-1], by_date=by_date)
    return None if candidates is None or candidates.end is None else PageStart(candidates.end)


def _page(hits: list[JournalHit], end: PageStart | None, place: PageStart | None, *, by_date: bool) -> JournalPage:
    """The page in the order in which it is read, whichever way it was gone to."""
    if place is not None and place.is_newer:
        hits.reverse()
        newer = None if end is None else end._replace(is_newer=True)
        return JournalPage(hits, _place_of(hits[-1], by_date=by_date) if hits else None, newer, by_date)
    newer = _place_of(hits[0], by_date=by_date)._replace(is_newer=True) if hits and place is not None else None
    return JournalPage(hits, end, newer, by_date)


def _place(row: Any, *, by_date: bool) -> PageStart:
    return PageStart(row[1], row[2] if by_date else None)


def _place_of(hit: JournalHit, *, by_date: bool) -> PageStart:
    return PageStart(hit.number, hit.effective_date if by_date else None)


def _hit(row: Any) -> JournalHit:
    amounts = msgspec.json.decode(row[6], type=dict[str, str])
    accounts = [(one["account"], one["name"]) for one in msgspec.json.decode(row[7])]
    return JournalHit._make([*row[:6], amounts, accounts, row[8]])


def _words(row: Any) -> list[str]:
    """The words of a row in their order, one text after another."""
    lines = [line.get("description", "") for line in msgspec.json.decode(row[9])]
    accounts = [text for one in msgspec.json.decode(row[7]) for text in (one["account"], one["name"])]
    return [word for text in (row[4], row[5], *lines, *accounts, str(row[1])) for word in [*words_of(text), ""]]
