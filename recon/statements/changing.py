"""What becomes of statements later: an import is undone, and balances that a file did not have are stated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar
from uuid import UUID

import psycopg

from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.once import once, take
from ledgerflow.books.refusals import refusal_for
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.money import CONTEXT, plain
from ledgerflow.core.texts import check_text
from recon.statements.continuity import Span, begins_at, breaks_around
from recon.statements.errors import (
    StatedBalancesDisagree,
    StatedDaysReversed,
    StatedOtherThanFile,
    StatementNotFound,
    StatementNotNewest,
    StatementProven,
    StatementUndone,
)
from recon.statements.events import BalancesStatedFact, ContinuityBreak, StatementUndoneFact
from recon.statements.models import Statement, Status
from recon.statements.planning import discontinuous
from recon.statements.reading import same_import, statement_in
from recon.statements.rows import fetch_within, spans_of

MAX_REASON = 500
IMPORT_OF = """
    SELECT s.id, s.number, s.status, s.bank_account_id,
           (SELECT max(l.number) FROM statements_statement l
            WHERE l.bank_account_id = s.bank_account_id AND l.status = 'imported')
    FROM statements_statement one
    JOIN statements_statement s ON s.bank_account_id = one.bank_account_id AND s.file_sha256 = one.file_sha256
                                AND s.number - s.place = one.number - one.place
    WHERE one.entity_id = %s AND one.id = %s ORDER BY s.number
"""
UNDO = """
    UPDATE statements_statement s SET status = 'undone', changed_sequence = n.sequence
    FROM unnest(%s::uuid[], %s::bigint[]) AS n (id, sequence) WHERE s.id = n.id
"""
UNDO_LINES = """
    UPDATE statements_statementline SET is_undone = true WHERE statement_id = ANY (%s::uuid[]) AND NOT is_undone
"""
ONE = """
    SELECT number, place, status, bank_account_id, is_proven, first_day, opening_day, opening_balance, closing_day,
           closing_balance, lines_total, seen_total
    FROM statements_statement WHERE entity_id = %s AND id = %s
"""
STATE = """
    UPDATE statements_statement
    SET is_proven = true, opening_day = %s, opening_balance = %s, closing_day = %s, closing_balance = %s,
        changed_sequence = %s
    WHERE id = %s
"""
Result = TypeVar("Result")


class Balances(NamedTuple):
    """What an account held at the beginning and the end of a statement, signed as we see it."""

    opening_day: date
    opening: Decimal
    closing_day: date
    closing: Decimal


class _Stored(NamedTuple):
    """A statement as it stands, under the lock."""

    number: int
    place: int
    status: str
    bank_account_id: UUID
    is_proven: bool
    first_day: date | None
    opening_day: date | None
    opening_balance: Decimal | None
    closing_day: date | None
    closing_balance: Decimal | None
    lines_total: Decimal
    seen_total: Decimal


class Undone(NamedTuple):
    """The statements of an import that was taken back, and whether the request was done before under its key."""

    statements: list[Statement]
    is_replayed: bool


def undo_import(
    entity_id: UUID, statement_id: UUID, *, reason: str, key: str, actor: str, issuer: str = CLIENT
) -> Undone:
    """Take back the import that brought this statement; gives all statements of its file that are of its bank account.

    Their lines count no more and may come again. One event `statement.undone` for each. The newest import goes first,
    because it left out the lines that it has in common with those before. Raises `StatementNotFound`,
    `StatementUndone`, `StatementNotNewest`, and what the room of matches refuses while a line is matched.
    """
    check_text(reason, MAX_REASON, "/reason")
    claim = claim_of(key, ["statement_undo", str(statement_id), reason], issuer)

    def work(tx: Transaction, _: None) -> None:
        take(tx, claim)
        rows = tx.query(IMPORT_OF, (entity_id, statement_id)).fetchall()
        if not rows:
            raise StatementNotFound
        _, number, status, _, newest = rows[-1]
        if status == Status.UNDONE:
            raise StatementUndone(number=number)
        if newest != number:
            raise StatementNotNewest(newest=newest)
        ids = [row[0] for row in rows]
        sequences: list[int] = []
        for row in rows:
            keyed = {} if sequences else claim.fact()
            sequences.append(tx.record(StatementUndoneFact(row[0], row[1], reason, **keyed), str(row[0]), actor))
        tx.remember(*claim, sequences[0])
        tx.query(UNDO, (ids, sequences))
        tx.query(UNDO_LINES, (ids,))

    def done() -> bool:
        _written(entity_id, work, repeatable=True)
        return False

    is_replayed = once(entity_id, claim, done, lambda _sequence: True)
    return Undone(imported_with(statement_in(entity_id, statement_id)), is_replayed)


def state_balances(
    entity_id: UUID, statement_id: UUID, balances: Balances, *, actor: str, allow_gap: bool = False
) -> Statement:
    """State the balances that the file of a statement did not have; its lines must lead from one to the other.

    The same again changes nothing. Event `statement.balances_stated`. Raises `StatementNotFound`, `StatementUndone`,
    `StatementProven`, `StatedOtherThanFile`, `StatedDaysReversed`, `StatedBalancesDisagree`, and
    `StatementDiscontinuous` where it does not go on from its neighbours then, unless `allow_gap`.
    """
    if balances.closing_day < balances.opening_day:
        raise StatedDaysReversed(pointer="/closing_day")

    def work(tx: Transaction, _: None) -> None:
        row = tx.query(ONE, (entity_id, statement_id)).fetchone()
        if row is None:
            raise StatementNotFound
        stored = _Stored._make(row)
        if stored.status == Status.UNDONE:
            raise StatementUndone(number=stored.number)
        if stored.is_proven:
            if _told(stored) != balances:
                raise StatementProven(number=stored.number)
            return
        _check_stated(stored, balances)
        breaks = _breaks(tx, stored, balances)
        if breaks and not allow_gap:
            raise discontinuous(stored.place, breaks[0])
        texts = (balances.opening_day, plain(balances.opening), balances.closing_day, plain(balances.closing))
        fact = BalancesStatedFact(statement_id, stored.number, *texts, breaks)
        sequence = tx.record(fact, str(statement_id), actor)
        tx.query(STATE, (*balances, sequence, statement_id))

    _written(entity_id, work)
    return statement_in(entity_id, statement_id)


def imported_with(one: Statement) -> list[Statement]:
    """The statements of one import, with their bank account."""
    return list(same_import(one).select_related("bank_account__account"))


def _told(stored: _Stored) -> tuple[date | None, Decimal | None, date | None, Decimal | None]:
    return stored.opening_day, stored.opening_balance, stored.closing_day, stored.closing_balance


def _check_stated(stored: _Stored, balances: Balances) -> None:
    told = {
        "opening": (stored.opening_balance, balances.opening),
        "closing": (stored.closing_balance, balances.closing),
    }
    for which, (found, wanted) in told.items():
        if found is not None and found != wanted:
            raise StatedOtherThanFile(pointer=f"/{which}_balance", which=which, found=plain(found))
    computed = CONTEXT.add(balances.opening, stored.lines_total)
    if computed != balances.closing:
        raise StatedBalancesDisagree(
            pointer="/closing_balance", opening=plain(balances.opening), lines=plain(stored.lines_total),
            computed=plain(computed), closing=plain(balances.closing),
            difference=plain(CONTEXT.subtract(balances.closing, computed)),
        )  # fmt: skip


def _breaks(tx: Transaction, stored: _Stored, balances: Balances) -> list[ContinuityBreak]:
    spans = [span for span in spans_of(fetch_within(tx), stored.bank_account_id) if span.number != stored.number]
    begins = begins_at(balances.opening, stored.seen_total)
    return breaks_around(
        spans,
        Span(balances.closing_day, stored.number, stored.first_day or balances.opening_day, begins, balances.closing),
    )


def _written(entity_id: UUID, work: Callable[[Transaction, None], Result], *, repeatable: bool = False) -> Result:
    """`write`, with what other rooms' guards refuse as the refusal that they name."""
    try:
        return write(entity_id, work, repeatable=repeatable)
    except psycopg.IntegrityError as error:
        raise refusal_for(error) from error
