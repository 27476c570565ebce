"""Trying an operation out: it is run as always, looked at, and taken back.

So what is shown is what would happen, the turn of an owner included, and not what another calculation makes of it. The
transaction is rolled back, and the key stays free.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from apps.credits.entries import entry_of
from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from journals.events import JournalFact, LineFact, read_fact
from journals.lot_keeping.facts import LotMoveFact
from journals.lots.models import Lot
from ledgerflow.books.writing import Transaction

MOST_LOTS = 100
JOURNAL = """
    SELECT data FROM books_event WHERE entity_id = %s AND sequence > %s AND type = 'journal.posted'
    ORDER BY sequence DESC LIMIT 1
"""


class TriedLine(NamedTuple):
    """A line of the journal, as people read it, and what its account has after it."""

    account: str
    debit: str
    credit: str
    currency: str
    after: str


class TriedLot(NamedTuple):
    """What happens to a lot."""

    name: str
    action: str
    amount: str
    remaining: str
    expires_on: date | None
    priority: int
    origin: str
    usable_for: list[str]


class Tried(NamedTuple):
    """What an operation would do: its journal, None for an event without one. It may have been run by this key."""

    journal: JournalFact | None
    lines: list[TriedLine] = []
    lots: list[TriedLot] = []
    more_lots: int = 0
    is_done: bool = False


class _TakenBackError(Exception):
    """Takes back what was written, and carries what it was."""

    def __init__(self, data: str | None) -> None:
        super().__init__()
        self.data = data


def try_out(entity_id: UUID, request: Request, runner: Runner) -> Tried:
    """What `run_operation` would do now; raises what it would. A unit that the books do not have is added to them."""
    try:
        answer = run_operation(entity_id, request, runner, _take_back)
    except _TakenBackError as done:
        return _told(None if done.data is None else read_fact(done.data))
    return _told(None if entry_of(answer).journal is None else read_fact(answer.journal))._replace(is_done=True)


def _take_back(tx: Transaction, _entry: UUID) -> None:
    tx.write_log()
    found = tx.query(JOURNAL, (tx.entity_id, tx.head)).fetchone()
    raise _TakenBackError(None if found is None else found[0])


def _told(fact: JournalFact | None) -> Tried:
    if fact is None:
        return Tried(None)
    moves = fact.lots or []
    known = {lot.id: lot for lot in Lot.objects.filter(id__in=[move.lot for move in moves[:MOST_LOTS]])}
    after = {one.account: _shown(one.balance) for one in fact.balances}
    lots = [_lot(move, known.get(move.lot)) for move in moves[:MOST_LOTS]]
    return Tried(fact, [_line(line, after) for line in fact.lines], lots, max(0, len(moves) - MOST_LOTS))


def _line(line: LineFact, after: dict[str, str]) -> TriedLine:
    amount = _shown(line.amount)
    debit, credit = (amount, "") if line.side == "debit" else ("", amount)
    return TriedLine(line.account, debit, credit, line.currency, after[line.account])


def _lot(move: LotMoveFact, known: Lot | None) -> TriedLot:
    """A lot that is there, or the one that would be granted."""
    lot = move.grant or known
    if lot is None:
        message = f"the lot {move.lot} is moved and is not there"
        raise LookupError(message)
    return TriedLot(
        f"{move.account} {lot.arrival}", move.action, _shown(move.amount),
        _shown(move.remaining), lot.expires_on, lot.priority, "paid" if lot.paid else "promotional",
        lot.usable_for or [],
    )  # fmt: skip


def _shown(amount: str) -> str:
    """For people: thousands apart."""
    return f"{Decimal(amount):,f}"
