"""Splitting a line into parts that are matched for themselves, and joining them again.

Both run inside the transaction of a caller, who knows whether the line or one of its parts is matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from ledgerflow.books.idempotency import Claim
from ledgerflow.books.writing import Transaction
from ledgerflow.core.ids import uuid7_run
from ledgerflow.core.money import at_scale, plain
from ledgerflow.core.texts import check_text
from recon.statements.errors import (
    LineNotSplit,
    LineSplit,
    PartRefused,
    PartsCount,
    PartsDisagree,
    StatementLineNotFound,
    StatementUndone,
)
from recon.statements.events import LineJoinedFact, LineSplitFact, PartOfLine
from recon.statements.parsers.shapes import total
from recon.statements.parsers.texts import MAX_REFERENCE, MAX_TEXT

FEWEST_PARTS, MOST_PARTS = 2, 100
LINE = """
    SELECT l.statement_id, s.number, l.number, l.part, l.is_split, l.is_undone, l.amount, l.customer_reference, l.text,
           c.minor_units,
           (SELECT coalesce(max(p.part), 0) FROM statements_statementline p
            WHERE p.statement_id = l.statement_id AND p.number = l.number)
    FROM statements_statementline l
    JOIN statements_statement s ON s.id = l.statement_id
    JOIN accounts_currency c ON c.entity_id = l.entity_id AND c.code = l.currency
    WHERE l.entity_id = %s AND l.id = %s
"""
INSERT_PARTS = """
    INSERT INTO statements_statementline (id, entity_id, bank_account_id, statement_id, number, part, parent_id,
        is_split, is_undone, booking_date, value_date, amount, currency, bank_reference, end_to_end,
        customer_reference, counterparty, iban, text, raw, changed_sequence)
    SELECT p.id, l.entity_id, l.bank_account_id, l.statement_id, l.number, p.part, l.id, false, false, l.booking_date,
           l.value_date, p.amount, l.currency, l.bank_reference, l.end_to_end, p.customer_reference, l.counterparty,
           l.iban, p.text, '', %s
    FROM statements_statementline l,
         unnest(%s::uuid[], %s::int[], %s::numeric[], %s::text[], %s::text[])
             AS p (id, part, amount, customer_reference, text)
    WHERE l.id = %s
"""
MARK_SPLIT = "UPDATE statements_statementline SET is_split = %s, changed_sequence = %s WHERE id = %s"
PARTS = "SELECT id FROM statements_statementline WHERE parent_id = %s AND NOT is_undone ORDER BY part"
UNDO_PARTS = """
    UPDATE statements_statementline SET is_undone = true, changed_sequence = %s
    WHERE parent_id = %s AND NOT is_undone
"""


class Part(NamedTuple):
    """A part of a line; the reference and the text are those of the line unless given."""

    amount: Decimal
    customer_reference: str | None = None
    text: str | None = None


class _Line(NamedTuple):
    statement_id: UUID
    statement: int
    number: int
    part: int
    is_split: bool
    is_undone: bool
    amount: Decimal
    customer_reference: str
    text: str
    minor_units: int
    last_part: int


def split_in(
    tx: Transaction, line_id: UUID, parts: Sequence[Part], *, actor: str, claim: Claim | None = None
) -> list[UUID]:
    """Split a line into 2 to 100 parts that add up to it; gives their ids in order. Event `statement_line.split`.

    A part may have the other sign than the line: a payout of 97.00 is 100.00 of sales and a fee of -3.00. Raises
    `StatementLineNotFound`, `StatementUndone`, `LineSplit`, `PartsCount`, `PartRefused`, `PrecisionExceeded`,
    `PartsDisagree`. Whether the line is matched is for the caller to know.
    """
    line = _line(tx, line_id)
    if line.is_split or line.part:
        raise LineSplit(number=line.number, statement=line.statement)
    amounts = _checked(parts, line)
    ids = uuid7_run(len(parts))
    made = [
        PartOfLine(
            id_,
            line.last_part + place,
            plain(amount),
            line.customer_reference if part.customer_reference is None else part.customer_reference,
            line.text if part.text is None else part.text,
        )
        for place, (id_, part, amount) in enumerate(zip(ids, parts, amounts, strict=True), 1)
    ]
    fact = LineSplitFact(line_id, line.statement_id, line.number, made, **(claim.fact() if claim else {}))
    sequence = _record(tx, fact, line_id, actor, claim)
    tx.query(MARK_SPLIT, (True, sequence, line_id))
    columns: list[Any] = [
        [one.id for one in made],
        [one.part for one in made],
        amounts,
        [one.customer_reference for one in made],
        [one.text for one in made],
    ]
    tx.query(INSERT_PARTS, (sequence, *columns, line_id))
    return ids


def join_in(tx: Transaction, line_id: UUID, *, actor: str, claim: Claim | None = None) -> list[UUID]:
    """Join the parts of a line again; gives the ids of those that count no more. Event `statement_line.joined`.

    Raises `StatementLineNotFound`, `StatementUndone`, `LineNotSplit`. Whether a part is matched is for the caller.
    """
    line = _line(tx, line_id)
    if not line.is_split:
        raise LineNotSplit(number=line.number, statement=line.statement)
    parts = [row[0] for row in tx.query(PARTS, (line_id,)).fetchall()]
    fact = LineJoinedFact(line_id, line.statement_id, line.number, parts, **(claim.fact() if claim else {}))
    sequence = _record(tx, fact, line_id, actor, claim)
    tx.query(UNDO_PARTS, (sequence, line_id))
    tx.query(MARK_SPLIT, (False, sequence, line_id))
    return parts


def _record(
    tx: Transaction, fact: LineSplitFact | LineJoinedFact, line_id: UUID, actor: str, claim: Claim | None
) -> int:
    """Record what was done, as the answer to the request that asked for it."""
    sequence = tx.record(fact, str(line_id), actor)
    if claim is not None:
        tx.remember(*claim, sequence)
    return sequence


def _line(tx: Transaction, line_id: UUID) -> _Line:
    row = tx.query(LINE, (tx.entity_id, line_id)).fetchone()
    if row is None:
        raise StatementLineNotFound
    line = _Line._make(row)
    if line.is_undone:
        raise StatementUndone(number=line.statement)
    return line


def _checked(parts: Sequence[Part], line: _Line) -> list[Decimal]:
    """The amounts of the parts, at the scale of the currency."""
    if not FEWEST_PARTS <= len(parts) <= MOST_PARTS:
        raise PartsCount(pointer="/parts", most=MOST_PARTS)
    amounts = []
    for place, part in enumerate(parts):
        if not part.amount.is_finite() or not part.amount:
            raise PartRefused(pointer=f"/parts/{place}/amount", minor_units=line.minor_units)
        amounts.append(at_scale(part.amount, line.minor_units))
        check_text(part.customer_reference or "", MAX_REFERENCE, f"/parts/{place}/customer_reference")
        check_text(part.text or "", MAX_TEXT, f"/parts/{place}/text")
    found = total(amounts)
    if found != line.amount:
        raise PartsDisagree(pointer="/parts", total=plain(found), amount=plain(line.amount))
    return amounts
