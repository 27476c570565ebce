"""Bringing in what another account of ours says: its postings become the lines of a mirror, as a bank would write them.

Postings never change, and an account counts its own from 1 without gaps. So what was brought in is known by how many
lines the statements of the mirror have: all versions up to that number.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.ids import uuid7, uuid7_run
from ledgerflow.core.money import CONTEXT, plain
from recon.statements.errors import BankAccountRevised
from recon.statements.events import StatementImportedFact
from recon.statements.mirrors.quoting import quoted
from recon.statements.parsers.shapes import ParsedLine, total
from recon.statements.parsers.texts import MAX_NAME, MAX_TEXT, clean
from recon.statements.rows import (
    LAST_NUMBER,
    BankAccountRow,
    NewLine,
    bank_account_of,
    copy_lines,
    fetch_default,
    fetch_within,
    insert_statement,
    lines_sha256,
    new_line,
)

FORMAT = "mirror"
MOST_LINES = 5000  # in a transaction, which others wait for
BROUGHT_IN = """
    SELECT coalesce(sum(line_count), 0)::bigint FROM statements_statement
    WHERE bank_account_id = %s AND status = 'imported'
"""
POSTINGS = """
    SELECT p.account_version, p.effective_date, p.amount, p.balance_after, p.description, j.number,
           j.external_reference, j.metadata, j.description
    FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.account_id = %s AND p.account_version > %s ORDER BY p.account_version LIMIT %s
"""


class BroughtIn(NamedTuple):
    """How many statements were made, and of how many postings."""

    statements: int
    lines: int


class _Batch(NamedTuple):
    """Postings that follow the version `after`, as a statement that is ready to be written."""

    after: int
    id: UUID
    lines: list[NewLine]
    opening: Decimal
    closing: Decimal


def bring_in(entity_id: UUID, bank_account_id: UUID, *, actor: str) -> BroughtIn:
    """Make statements of the postings of the mirrored account that were not brought in; nothing where there is none.

    Each is of 5,000 postings at most, in their order of version, with one event `statement.imported` in a transaction
    of its own: what was killed is gone on with by the next call, and of two calls at once each posting comes in once.
    Their balances are those of the other account with the sign turned, and are proven. Raises `BankAccountNotFound`.
    """
    made = BroughtIn(0, 0)
    while True:
        bank = bank_account_of(entity_id, bank_account_id)
        batch = None if bank.mirror_id is None else _read(entity_id, bank, bank.mirror_id)
        if batch is None:
            return made
        # Repeatable: what is there already is seen under the lock.
        if write(entity_id, lambda tx, _, batch=batch, bank=bank: _put(tx, bank, batch, actor), repeatable=True):  # type: ignore[misc]
            made = BroughtIn(made.statements + 1, made.lines + len(batch.lines))


def _read(entity_id: UUID, bank: BankAccountRow, mirrored: UUID) -> _Batch | None:
    """The next postings, without a lock; None where all were brought in."""
    ((after,),) = fetch_default(BROUGHT_IN, (bank.id,))
    rows = fetch_default(POSTINGS, (mirrored, after, MOST_LINES))
    if not rows:
        return None
    own = uuid7()
    head = f"{entity_id.hex}\t{bank.id.hex}\t{own.hex}"
    lines = [
        new_line(head, id_, _line(number, row, bank.currency), _fingerprint(mirrored, row[0]))
        for number, (id_, row) in enumerate(zip(uuid7_run(len(rows)), rows, strict=True), 1)
    ]
    (_, _, amount, balance, *_), last = rows[0], rows[-1]
    return _Batch(after, own, lines, CONTEXT.subtract(amount, balance), _turned(last[3]))


def _line(number: int, row: tuple[Any, ...], currency: str) -> ParsedLine:
    """A posting as the other party of it would write it: its debit is money that went out for us.

    It says what matching reads of a posting of ours, so that both sides name each other: the number of the journal
    only where there is no reference from outside, since it may be that of somebody else's invoice.
    """
    _, day, amount, _, description, journal, reference, metadata, about = row
    tags, counterparty = quoted(canonical.decode(metadata) if isinstance(metadata, str) else metadata)
    first = tags[0] if tags else ""
    return ParsedLine(
        number=number, booking_date=day, value_date=None, amount=_turned(amount), currency=currency,
        bank_reference="" if reference else str(journal), end_to_end=reference, customer_reference=first,
        counterparty=clean(counterparty, MAX_NAME), iban="",
        text=clean(" ".join([description, about, *tags[1:]]), MAX_TEXT), raw=f"journal {journal}",
    )  # fmt: skip


def _turned(amount: Decimal) -> Decimal:
    return CONTEXT.minus(amount)


def _fingerprint(account: UUID, version: int) -> str:
    return sha256(f"{account}:{version}".encode()).hexdigest()


def _put(tx: Transaction, read_as: BankAccountRow, batch: _Batch, actor: str) -> bool:
    """Write the statement, unless what it follows has changed since it was read."""
    fetch = fetch_within(tx)
    bank = bank_account_of(tx.entity_id, read_as.id, fetch)
    if bank.mirror_id is None or bank.mirror_id != read_as.mirror_id:
        raise BankAccountRevised
    ((after,),) = fetch(BROUGHT_IN, (bank.id,))
    if after != batch.after:
        return False
    ((last_number,),) = fetch(LAST_NUMBER, (bank.id,))
    fact = _fact(bank, batch, last_number + 1)
    sequence = tx.record(fact, str(fact.id), actor)
    insert_statement(tx, fact, sequence, actor)
    copy_lines(tx, batch.lines)
    return True


def _fact(bank: BankAccountRow, batch: _Batch, number: int) -> StatementImportedFact:
    days = [one.line.booking_date for one in batch.lines]
    return StatementImportedFact(
        id=batch.id,
        bank_account=bank.id,
        number=number,
        format=FORMAT,
        file_name=bank.mirror or "",
        file_sha256=sha256("".join(one.fingerprint for one in batch.lines).encode()).hexdigest(),
        place=1,
        label=f"{batch.after + 1}-{batch.after + len(batch.lines)}",
        currency=bank.currency,
        first_day=min(days),
        last_day=max(days),
        opening_day=None,  # its balances are those before a version and after one, not of days
        opening_balance=plain(batch.opening),
        closing_day=None,
        closing_balance=plain(batch.closing),
        is_proven=True,  # the database refuses it where the lines do not lead from one to the other
        line_count=len(batch.lines),
        lines_total=plain(total(one.line.amount for one in batch.lines)),
        seen_count=0,
        seen_total="0",
        lines_sha256=lines_sha256(batch.lines).hex(),
        breaks=[],
    )
