"""What a file of bank statements says, whatever its format. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import reduce

from ledgerflow.core.money import CONTEXT, ZERO, plain
from recon.statements.errors import BalancesDisagree, StatementTooLarge

MAX_BYTES = 64 * 1024 * 1024
MAX_LINES = 200_000
MAX_STATEMENTS = 20_000


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One booking. Money that came in is positive: the credit of the bank, the debit of our books.

    `number` counts from 1 in the statement. Texts are stripped, hold no control characters and are bounded.
    `payout_in` is the field where a row of a processor has the id of its payout, unless it takes that to tell the line
    from others: a row has none until it is paid out.
    """

    number: int
    booking_date: date
    value_date: date | None
    amount: Decimal
    currency: str
    bank_reference: str
    end_to_end: str
    customer_reference: str
    counterparty: str
    iban: str
    text: str
    raw: str
    payout_in: str = ""


@dataclass(frozen=True, slots=True)
class BalanceAt:
    """What the account held, signed like the lines."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """`account` is the IBAN or number that the file tells, "" where it tells none.

    `is_proven`: both balances are there, and the opening one and the lines make the closing one.
    """

    account: str
    currency: str
    number: str
    opening: BalanceAt | None
    closing: BalanceAt | None
    lines: tuple[ParsedLine, ...]
    is_proven: bool


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """`format` is mt940, camt.052, camt.053, camt.054, ofx, bai2 or csv."""

    format: str
    statements: tuple[ParsedStatement, ...]


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Their exact sum: the default context would round to 28 digits."""
    return reduce(CONTEXT.add, amounts, ZERO)


def proved(statement: ParsedStatement, line: int) -> ParsedStatement:
    """The statement with `is_proven` as it is. `line` of the file is where the closing balance stands.

    Raises `BalancesDisagree` where both balances are there and the lines do not lead from one to the other.
    """
    opening, closing = statement.opening, statement.closing
    if opening is None or closing is None:
        return replace(statement, is_proven=False)
    lines = total(one.amount for one in statement.lines)
    computed = CONTEXT.add(opening.amount, lines)
    if computed != closing.amount:
        raise BalancesDisagree(
            line=line,
            account=statement.account,
            number=statement.number,
            opening=plain(opening.amount),
            lines=plain(lines),
            computed=plain(computed),
            closing=plain(closing.amount),
            difference=plain(CONTEXT.subtract(closing.amount, computed)),
        )
    return replace(statement, is_proven=True)


def numbered(lines: Sequence[ParsedLine]) -> tuple[ParsedLine, ...]:
    """The same lines, counted from 1."""
    return tuple(replace(line, number=number) for number, line in enumerate(lines, 1))


class StatementCount:
    """How many lines and statements were read from a file so far."""

    def __init__(self) -> None:
        self._lines = self._statements = 0

    def add_line(self) -> None:
        """Raises `StatementTooLarge` at the first one too many, so that no more of the file is read."""
        self._lines += 1
        if self._lines > MAX_LINES:
            raise StatementTooLarge(most=MAX_LINES, unit="lines")

    def add_statement(self) -> None:
        """Raises `StatementTooLarge` at the first one too many."""
        self._statements += 1
        if self._statements > MAX_STATEMENTS:
            raise StatementTooLarge(most=MAX_STATEMENTS, unit="statements")
