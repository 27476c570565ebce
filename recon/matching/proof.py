"""Proof of matches: rows and events tell the same, items are what they stand for, and each is in one match at most.

A bank account of some years has millions of items, so events and rows are read in the order of their matches, and no
more than one match is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.books.faults import ABSENT, PRESENT, Fault, compare_ordered
from ledgerflow.books.proof.event_facts import EventWithFact, events_by_subject, rows_of
from ledgerflow.core.money import CONTEXT, ZERO
from recon.matching.events import MatchConfirmedFact, MatchRejectedFact, MatchRulesSetFact, MatchUnmatchedFact
from recon.matching.passes.shapes import Parts
from recon.matching.rows import item_id

MATCH, ITEM, RULES, REJECTION = (
    f"matching_{name}" for name in ("match", "matchitem", "matchrules", "matchrejection")
)  # fmt: skip
ROWS = "SELECT * FROM {table} WHERE entity_id = %s ORDER BY {order}"
OF_MATCHES = (MatchConfirmedFact, MatchUnmatchedFact)
FACTS = (*OF_MATCHES, MatchRejectedFact, MatchRulesSetFact)
# Items that are not the line or the posting that they stand for, in the bank account's own account.
STRANGE = """
    SELECT i.id::text, CASE WHEN l.id IS NULL THEN 'line' ELSE 'what its line says' END
    FROM matching_matchitem i LEFT JOIN statements_statementline l ON l.id = i.line_id
    WHERE i.entity_id = %(entity)s AND i.side = 'bank'
      AND (l.id IS NULL OR l.amount <> i.amount OR l.booking_date <> i.day OR l.bank_account_id <> i.bank_account_id
           OR (i.is_active AND (l.is_undone OR l.is_split)))
    UNION ALL
    SELECT i.id::text, CASE WHEN p.account_id IS NULL THEN 'posting' ELSE 'what its posting says' END
    FROM matching_matchitem i
    LEFT JOIN statements_bankaccount b ON b.id = i.bank_account_id
    LEFT JOIN journals_posting p ON p.account_id = i.account_id AND p.account_version = i.account_version
    WHERE i.entity_id = %(entity)s AND i.side = 'books'
      AND (p.account_id IS NULL OR p.amount <> i.amount OR p.effective_date <> i.day
           OR b.account_id IS DISTINCT FROM i.account_id)
    ORDER BY 1 LIMIT 1000
"""
TWICE = """
    SELECT coalesce(i.line_id::text, i.account_id || '/' || i.account_version), count(*)
    FROM matching_matchitem i WHERE i.entity_id = %(entity)s AND i.is_active
    GROUP BY i.line_id, i.account_id, i.account_version HAVING count(*) > 1 ORDER BY 1 LIMIT 1000
"""
WITHOUT_JOURNAL = """
    SELECT m.id::text, m.journal_id::text FROM matching_match m
    WHERE m.entity_id = %(entity)s AND m.journal_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM matching_matchitem i
        JOIN journals_posting p ON p.account_id = i.account_id AND p.account_version = i.account_version
        WHERE i.match_id = m.id AND p.journal_id = m.journal_id)
    ORDER BY 1 LIMIT 1000
"""

Row = dict[str, Any]
Told = Iterator[tuple[str, Row, dict[str, Row]]]  # the id of a match, its row, its items by their ids


def check_matches(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Matches, items, rules and rejections of an entity against their events, and against what they stand for."""
    faults: list[Fault] = []
    told = ((match_id, match) for match_id, match, _ in _told(connection, entity_id, faults))
    yield from compare_ordered(MATCH, told, _stored(connection, MATCH, entity_id))
    yield from faults
    items = (
        (f"{match_id}/{item}", row)
        for match_id, _, rows in _told(connection, entity_id, [])
        for item, row in rows.items()
    )
    yield from compare_ordered(ITEM, items, _stored(connection, ITEM, entity_id))
    for table, fact in ((REJECTION, MatchRejectedFact), (RULES, MatchRulesSetFact)):
        faults = []
        events = events_by_subject(connection, entity_id, (fact,), faults)
        others = ((subject, _other(event, entity_id)) for subject, all_ in events for event in all_)
        yield from compare_ordered(table, others, _stored(connection, table, entity_id))
        yield from faults
    yield from _of_the_books(connection, entity_id)


def _stored(connection: psycopg.Connection[Any], table: str, entity_id: UUID) -> Iterator[tuple[str, Row]]:
    """Rows in the order of their keys: that of an item begins with its match."""
    order = "match_id, id" if table == ITEM else "id"
    for row in rows_of(connection, ROWS.format(table=table, order=order), (entity_id,)):
        yield f"{row['match_id']}/{row['id']}" if table == ITEM else str(row["id"]), row


def _of_the_books(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    params = {"entity": entity_id}
    for id_, what in connection.execute(STRANGE, params):
        yield Fault(ITEM, id_, what, PRESENT, "another one, or none")
    for item, count in connection.execute(TWICE, params):
        yield Fault(ITEM, item, "active items", "1", str(count))
    for id_, journal in connection.execute(WITHOUT_JOURNAL, params):
        yield Fault(MATCH, id_, "journal with a posting in it", journal, ABSENT)


def _told(connection: psycopg.Connection[Any], entity_id: UUID, faults: list[Fault]) -> Told:
    """What the events tell of each match, in the order of the ids of matches, and of items within."""
    for match_id, events in events_by_subject(connection, entity_id, OF_MATCHES, faults):
        match: Row | None = None
        items: dict[str, Row] = {}
        for event in events:
            if isinstance(event.fact, MatchConfirmedFact):
                match, items = _confirmed(entity_id, event, faults)
            elif match is None:
                faults.append(Fault(MATCH, match_id, f"row of event {event.sequence}", PRESENT, ABSENT))
            else:
                match |= {"status": "unmatched", "changed_sequence": event.sequence}
                items = {key: item | {"is_active": False} for key, item in items.items()}
        if match is not None:
            yield match_id, match, items


def _other(event: EventWithFact, entity_id: UUID) -> Row:
    """A rejection, or rules."""
    fact = event.fact
    known = _known(entity_id, event) | {"bank_account_id": fact.bank_account}
    if isinstance(fact, MatchRulesSetFact):
        return known | {"version": fact.version, "rules": msgspec.to_builtins(fact.rules)}
    return known | {
        "lines": [str(line) for line in fact.lines], "postings": [str(version) for version in fact.postings],
        "reason": fact.reason,
    }  # fmt: skip


def _known(entity_id: UUID, event: EventWithFact) -> Row:
    return {
        "entity_id": entity_id, "event_sequence": event.sequence, "recorded_at": event.recorded_at, "actor": event.actor
    }  # fmt: skip


def _confirmed(entity_id: UUID, event: EventWithFact, faults: list[Fault]) -> tuple[Row | None, dict[str, Row]]:
    fact, match_id = event.fact, event.subject
    try:
        items = dict(sorted(_items(match_id, entity_id, fact), key=itemgetter(0)))
        with localcontext(CONTEXT):
            total = sum((i["amount"] if i["side"] == "bank" else -i["amount"] for i in items.values()), ZERO)
        residual = Decimal(fact.residual)
        parts = Parts(*fact.parts)._asdict() if fact.parts is not None else None
    except (ValueError, TypeError, ArithmeticError) as error:
        faults.append(Fault("books_event", str(event.sequence), "data", "a match", repr(error)))
        return None, {}
    if total != residual:
        faults.append(Fault(MATCH, match_id, "residual", str(total), fact.residual))
    return _known(entity_id, event) | {
        "bank_account_id": fact.bank_account, "number": fact.number, "status": "confirmed", "rule": fact.rule,
        "rules_version": fact.rules_version, "score": fact.score, "parts": parts, "residual": residual,
        "explanation": fact.explanation, "journal_id": fact.journal, "changed_sequence": event.sequence,
    }, items  # fmt: skip


def _items(match_id: str, entity_id: UUID, fact: MatchConfirmedFact) -> Iterator[tuple[str, Row]]:
    shared = {
        "match_id": UUID(match_id), "bank_account_id": fact.bank_account, "entity_id": entity_id, "is_active": True
    }  # fmt: skip
    for line in fact.lines:
        yield str(item_id(UUID(match_id), str(line.line))), shared | {
            "side": "bank", "line_id": line.line, "account_id": None, "account_version": None, "day": line.day,
            "amount": Decimal(line.amount),
        }  # fmt: skip
    for posting in fact.postings:
        yield str(item_id(UUID(match_id), str(posting.version))), shared | {
            "side": "books", "line_id": None, "account_id": fact.account, "account_version": posting.version,
            "day": posting.day, "amount": Decimal(posting.amount),
        }  # fmt: skip
