"""Proof of matches: rows and events tell the same, items are what they stand for, and each is in one match at most."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from ledgerflow.books.faults import ABSENT, PRESENT, Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.money import CONTEXT, ZERO
from recon.matching.events import MatchConfirmedFact, MatchRejectedFact, MatchRulesSetFact, MatchUnmatchedFact
from recon.matching.passes.shapes import Parts
from recon.matching.rows import item_id

MATCH, ITEM, RULES, REJECTION = (
    f"matching_{name}" for name in ("match", "matchitem", "matchrules", "matchrejection")
)  # fmt: skip
TABLES = (MATCH, ITEM, RULES, REJECTION)
FACTS = (MatchConfirmedFact, MatchUnmatchedFact, MatchRejectedFact, MatchRulesSetFact)
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
Rows = dict[str, dict[Any, Row]]
ITEMS_OF = "items of"  # the ids of items by their match, beside the tables


def check_matches(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Matches, items, rules and rejections of an entity against their events, and against what they stand for."""
    faults: list[Fault] = []
    expected: Rows = {table: {} for table in (*TABLES, ITEMS_OF)}
    with localcontext(CONTEXT):
        for event in events_with_facts(connection, entity_id, FACTS, faults):
            _apply(expected, entity_id, event, faults)
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    for table in TABLES:
        statement = sql.SQL("SELECT * FROM {} WHERE entity_id = %s").format(sql.Identifier(table))
        rows = cursor.execute(statement, (entity_id,))
        yield from compare_rows(table, expected[table], keyed(rows, lambda row: str(row["id"])))
    yield from _of_the_books(connection, entity_id)


def _of_the_books(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    params = {"entity": entity_id}
    for id_, what in connection.execute(STRANGE, params):
        yield Fault(ITEM, id_, what, PRESENT, "another one, or none")
    for item, count in connection.execute(TWICE, params):
        yield Fault(ITEM, item, "active items", "1", str(count))
    for id_, journal in connection.execute(WITHOUT_JOURNAL, params):
        yield Fault(MATCH, id_, "journal with a posting in it", journal, ABSENT)


def _apply(expected: Rows, entity_id: UUID, event: EventWithFact, faults: list[Fault]) -> None:
    fact, subject = event.fact, event.subject
    known: Row = {"entity_id": entity_id, "actor": event.actor, "recorded_at": event.recorded_at}
    if isinstance(fact, MatchConfirmedFact):
        _confirmed(expected, known, event, faults)
    elif isinstance(fact, MatchUnmatchedFact):
        match = expected[MATCH].get(subject)
        if match is None:
            faults.append(Fault(MATCH, subject, f"row of event {event.sequence}", PRESENT, ABSENT))
            return
        match |= {"status": "unmatched", "changed_sequence": event.sequence}
        for item in expected[ITEMS_OF][subject]:
            expected[ITEM][item]["is_active"] = False
    elif isinstance(fact, MatchRejectedFact):
        expected[REJECTION][subject] = known | {
            "bank_account_id": fact.bank_account, "lines": [str(line) for line in fact.lines],
            "postings": [str(version) for version in fact.postings], "reason": fact.reason,
            "event_sequence": event.sequence,
        }  # fmt: skip
    else:
        expected[RULES][subject] = known | {
            "bank_account_id": fact.bank_account, "version": fact.version, "rules": msgspec.to_builtins(fact.rules),
            "event_sequence": event.sequence,
        }  # fmt: skip


def _confirmed(expected: Rows, known: Row, event: EventWithFact, faults: list[Fault]) -> None:
    fact, match_id = event.fact, event.subject
    try:
        items = dict(_items(match_id, known["entity_id"], fact))
        total = sum((i["amount"] if i["side"] == "bank" else -i["amount"] for i in items.values()), ZERO)
        residual = Decimal(fact.residual)
        parts = Parts(*fact.parts)._asdict() if fact.parts is not None else None
    except (ValueError, TypeError, ArithmeticError) as error:
        faults.append(Fault("books_event", str(event.sequence), "data", "a match", repr(error)))
        return
    if total != residual:
        faults.append(Fault(MATCH, match_id, "residual", str(total), fact.residual))
    expected[MATCH][match_id] = known | {
        "bank_account_id": fact.bank_account, "number": fact.number, "status": "confirmed", "rule": fact.rule,
        "rules_version": fact.rules_version, "score": fact.score, "parts": parts, "residual": residual,
        "explanation": fact.explanation, "journal_id": fact.journal, "event_sequence": event.sequence,
        "changed_sequence": event.sequence,
    }  # fmt: skip
    expected[ITEM].update(items)
    expected[ITEMS_OF][match_id] = {key: {} for key in items}


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
