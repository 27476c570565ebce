"""SQL of matches: what is looked up under the lock, and how matches, items and suggestions are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from ledgerflow.books.copying import NULL, copy_name, copy_optional, copy_text
from ledgerflow.books.idempotency import Claim
from ledgerflow.books.writing import Transaction
from ledgerflow.core import canonical
from ledgerflow.core.ids import uuid7_run
from ledgerflow.core.money import ZERO, plain
from recon.matching.events import MatchConfirmedFact, MatchedLine, MatchedPosting
from recon.matching.passes.shapes import Parts, Suggestion

# One look-up after the other, whatever the planner thinks of young tables (OFFSET 0 keeps them apart).
FREE_LINES = """
    SELECT found.* FROM unnest(%s::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
        SELECT l.id, l.booking_date, l.amount, l.currency FROM statements_statementline l
        WHERE l.id = wanted.id AND l.bank_account_id = %s AND NOT l.is_split AND NOT l.is_undone
          AND NOT EXISTS (SELECT FROM matching_matchitem i WHERE i.line_id = l.id AND i.is_active) OFFSET 0
    ) found
"""
FREE_POSTINGS = """
    SELECT found.* FROM unnest(%s::bigint[]) AS wanted (version) CROSS JOIN LATERAL (
        SELECT p.account_version, p.effective_date, p.amount FROM journals_posting p
        WHERE p.account_id = %s AND p.account_version = wanted.version
          AND NOT EXISTS (SELECT FROM matching_matchitem i WHERE i.account_id = p.account_id
                          AND i.account_version = p.account_version AND i.is_active) OFFSET 0
    ) found
"""
LAST_NUMBER = "SELECT number FROM matching_match WHERE bank_account_id = %s ORDER BY number DESC LIMIT 1"
COPY_MATCHES = """
    COPY matching_match (id, entity_id, bank_account_id, number, status, rule, rules_version, score, parts, residual,
                         explanation, journal_id, event_sequence, changed_sequence, recorded_at, actor)
    FROM STDIN
"""
COPY_ITEMS = """
    COPY matching_matchitem (id, match_id, bank_account_id, entity_id, side, line_id, account_id, account_version, day,
                             amount, is_active)
    FROM STDIN
"""
END_MATCH = "UPDATE matching_match SET status = 'unmatched', changed_sequence = %s WHERE id = %s"
END_ITEMS = "UPDATE matching_matchitem SET is_active = false WHERE match_id = %s"
ITEMS_OF = """
    SELECT side, line_id, account_id, account_version, day, amount FROM matching_matchitem WHERE match_id = %s
    ORDER BY side, day, id
"""
INSERT_REJECTION = """
    INSERT INTO matching_matchrejection (id, entity_id, bank_account_id, lines, postings, reason, event_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
COPY_SUGGESTIONS = """
    COPY matching_matchsuggestion (id, entity_id, bank_account_id, place, lines, postings, rule, rules_version, score,
                                   parts, residual, explanation, reason)
    FROM STDIN
"""
DELETE_SUGGESTIONS = "DELETE FROM matching_matchsuggestion WHERE bank_account_id = %s"
DELETE_SUGGESTIONS_OF = """
    DELETE FROM matching_matchsuggestion WHERE bank_account_id = %s AND (lines ?| %s::text[] OR postings ?| %s::text[])
"""
DELETE_SUGGESTION = "DELETE FROM matching_matchsuggestion WHERE id = %s"

MOST_EXPLAINED = 1000
MOST_REASON = 500
_FREE_BITS = ~(0xF << 76 | 0b11 << 62)
_VERSION_5 = 5 << 76 | 0b10 << 62


class Bank(NamedTuple):
    """A bank account, and its account in the books."""

    id: UUID
    entity_id: UUID
    account_id: UUID
    account: str
    currency: str
    name: str


class Item(NamedTuple):
    """A line or a posting, with the names that the model of items has."""

    side: str
    line_id: UUID | None
    account_id: UUID | None
    account_version: int | None
    day: date
    amount: Decimal

    @property
    def key(self) -> str:
        """The id that the item has in a run."""
        return str(self.line_id or self.account_version)

    @property
    def signed(self) -> Decimal:
        return self.amount if self.side == "bank" else self.amount.copy_negate()


class Wanted(NamedTuple):
    """A match to write. Its residual follows from its items."""

    items: tuple[Item, ...]
    rule: str
    explanation: str
    rules_version: int | None = None
    score: int | None = None
    parts: Parts | None = None
    journal_id: UUID | None = None


class Written(NamedTuple):
    """A match that was just written, with the names that its model has."""

    id: UUID
    entity_id: UUID
    bank_account_id: UUID
    number: int
    rule: str
    residual: Decimal
    journal_id: UUID | None
    event_sequence: int
    recorded_at: datetime
    actor: str


class Found(NamedTuple):
    """Cursors of what is free among the items that are named."""

    lines: psycopg.Cursor[Any]
    postings: psycopg.Cursor[Any]
    number: psycopg.Cursor[Any]


class Free(NamedTuple):
    """The free ones by their ids in a run, the currencies of the lines, and the last number of a match."""

    items: dict[str, Item]
    currencies: set[str]
    number: int


def load_free(tx: Transaction, bank: Bank, lines: Iterable[UUID | str], postings: Iterable[int]) -> Found:
    """Send the look-up of what is free among these."""
    return Found(
        tx.query(FREE_LINES, (list(map(str, lines)), bank.id)),
        tx.query(FREE_POSTINGS, (list(postings), bank.account_id)),
        tx.query(LAST_NUMBER, (bank.id,)),
    )


def free_from(bank: Bank, found: Found) -> Free:
    items, currencies = {}, set()
    for line_id, day, amount, currency in found.lines.fetchall():
        items[str(line_id)] = Item("bank", line_id, None, None, day, amount)
        currencies.add(currency)
    for version, day, amount in found.postings.fetchall():
        items[str(version)] = Item("books", None, bank.account_id, version, day, amount)
    number = found.number.fetchone()
    return Free(items, currencies, number[0] if number else 0)


def item_id(match_id: UUID, key: str) -> UUID:
    """The id of an item follows from its match and from what it stands for, so that no event has to tell it.

    It is version 5 of RFC 9562. `uuid.uuid5` gives the same and takes three times as long: a run makes 200,000.
    """
    digest = sha1(match_id.bytes + key.encode(), usedforsecurity=False).digest()
    return UUID(int=int.from_bytes(digest[:16], "big") & _FREE_BITS | _VERSION_5)


def residual_of(items: Iterable[Item]) -> Decimal:
    """What the bank's items come to, less what ours do; the caller's context is exact."""
    return sum((item.signed for item in items), ZERO)


def write_matches(
    tx: Transaction, bank: Bank, wanted: Sequence[Wanted], number: int, actor: str, claim: Claim | None = None
) -> list[Written]:
    """Record and write matches after the one with this number; the answer to `claim` is the event of the first."""
    written, matches, items = [], [], []
    for count, (match_id, one) in enumerate(zip(uuid7_run(len(wanted)), wanted, strict=True), 1):
        residual = residual_of(one.items)
        fact = _fact(bank, one, number + count, residual, claim)
        sequence = tx.record(fact, str(match_id), actor)
        if claim is not None:
            tx.remember(*claim, sequence)
        written.append(
            Written(
                match_id, tx.entity_id, bank.id, number + count, one.rule, residual, one.journal_id, sequence,
                tx.recorded_at, actor,
            )
        )  # fmt: skip
        matches.append(_match_line(tx, bank, one, written[-1]))
        items += [_item_line(tx, bank, match_id, item) for item in one.items]
    tx.write_log()  # the guard of a match looks for its event
    tx.copy(COPY_MATCHES, matches)
    tx.copy(COPY_ITEMS, items)
    return written


def _fact(bank: Bank, one: Wanted, number: int, residual: Decimal, claim: Claim | None) -> MatchConfirmedFact:
    lines = [MatchedLine(item.line_id, item.day, plain(item.amount)) for item in one.items if item.line_id]
    return MatchConfirmedFact(
        bank_account=bank.id,
        account=bank.account_id,
        number=number,
        rule=one.rule,
        residual=plain(residual),
        explanation=one.explanation,
        lines=lines,
        postings=[
            MatchedPosting(item.account_version, item.day, plain(item.amount))
            for item in one.items
            if item.account_version is not None
        ],
        rules_version=one.rules_version,
        score=one.score,
        parts=list(one.parts) if one.parts else None,
        journal=one.journal_id,
        **(claim.fact() if claim else {}),
    )


def _match_line(tx: Transaction, bank: Bank, one: Wanted, made: Written) -> str:
    parts = _parts(one.parts) if one.parts else NULL
    return (
        f"{made.id.hex}\t{tx.entity_hex}\t{bank.id.hex}\t{made.number}\tconfirmed\t{one.rule}\t"
        f"{copy_optional(one.rules_version)}\t{copy_optional(one.score)}\t{parts}\t{made.residual}\t"
        f"{copy_text(one.explanation)}\t{one.journal_id or NULL}\t{made.event_sequence}\t{made.event_sequence}\t"
        f"{tx.moment}\t{copy_name(made.actor)}\n"
    )


def _item_line(tx: Transaction, bank: Bank, match_id: UUID, item: Item) -> str:
    line = item.line_id.hex if item.line_id else NULL
    account = item.account_id.hex if item.account_id else NULL
    return (
        f"{item_id(match_id, item.key).hex}\t{match_id.hex}\t{bank.id.hex}\t{tx.entity_hex}\t{item.side}\t{line}\t"
        f"{account}\t{copy_optional(item.account_version)}\t{item.day}\t{item.amount}\tt\n"
    )


def forget_suggestions(tx: Transaction, bank_account_id: UUID, items: Iterable[Item]) -> None:
    """Take away the suggestions of items that have their match; sent together with COMMIT."""
    given = list(items)
    lines = [item.key for item in given if item.side == "bank"]
    postings = [item.key for item in given if item.side == "books"]
    tx.later(DELETE_SUGGESTIONS_OF, (bank_account_id, lines, postings))


def write_suggestions(
    tx: Transaction, bank: Bank, suggestions: Sequence[Suggestion], first: int, version: int | None
) -> None:
    tx.copy(
        COPY_SUGGESTIONS,
        [
            f"{id_}\t{tx.entity_hex}\t{bank.id}\t{place}\t{_json(one.bank)}\t{_json(one.books)}\t{one.rule}\t"
            f"{copy_optional(version)}\t{one.score}\t{_parts(one.parts)}\t{one.residual}\t"
            f"{copy_text(one.explanation[:MOST_EXPLAINED])}\t{copy_text(one.reason[:MOST_REASON])}\n"
            for place, (id_, one) in enumerate(zip(uuid7_run(len(suggestions)), suggestions, strict=True), first)
        ],
    )


def insert_rejection(tx: Transaction, rejection_id: UUID, bank_account_id: UUID, lines: list[str], postings: list[str],
                     reason: str, sequence: int, actor: str) -> None:  # fmt: skip
    row = (rejection_id, tx.entity_id, bank_account_id, Jsonb(lines), Jsonb(postings), reason)
    tx.query(INSERT_REJECTION, (*row, sequence, tx.recorded_at, actor))


@lru_cache(maxsize=1000)
def _parts(parts: Parts) -> str:
    """The same few come again and again."""
    return _json(parts._asdict())


def _json(value: object) -> str:
    return copy_text(canonical.encode(value).decode())
