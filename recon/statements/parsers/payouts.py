"""The rows of a payment processor's report as lines: what came in, the fee it kept, and what it paid out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT, plain
from recon.statements.errors import NetDisagrees, StatementBroken
from recon.statements.parsers.columns import REFERENCES, TOTALS, ColumnMap
from recon.statements.parsers.shapes import ParsedLine, StatementCount, total
from recon.statements.parsers.texts import MAX_RAW, MAX_TEXT, clean


class ReadRow(NamedTuple):
    """A row of a CSV: its line with the whole amount, and what a processor says of it.

    `fee` is what was kept of the amount, negative where a fee was given back. `row` is the line of the file.
    """

    line: ParsedLine
    row: int
    balance: Decimal | None
    fee: Decimal
    payout: str
    payout_day: date | None

    @property
    def net(self) -> Decimal:
        return CONTEXT.subtract(self.line.amount, self.fee) if self.fee else self.line.amount


def fee_of(amount: Decimal, written: Decimal, net: Decimal | None, row: int) -> Decimal:
    """What was kept of an amount. Processors write a cost as 3.00 or as -3.00.

    With the net, the fee has the sign that makes amount less fee the net; raises `NetDisagrees` where neither does.
    Without it every fee is a cost, whatever its sign.
    """
    cost = written.copy_abs()
    if net is None:
        return cost
    for fee in (cost, CONTEXT.minus(cost)):
        if CONTEXT.subtract(amount, fee) == net:
            return fee
    computed = CONTEXT.subtract(amount, cost)
    raise NetDisagrees(
        line=row,
        amount=plain(amount),
        fee=plain(cost),
        computed=plain(computed),
        net=plain(net),
        difference=plain(CONTEXT.subtract(net, computed)),
    )


def lines_of_report(rows: Sequence[ReadRow], columns: ColumnMap) -> tuple[ParsedLine, ...]:
    """All lines that the rows make, numbered. Nothing makes a line of zero.

    Behind the last row of a payout stands the line that takes it out of the account, so that the lines of a payout are
    zero in sum. Where only totals are wanted, rows that are not paid out yet make no lines: they come with it.
    """
    count = StatementCount()
    made: list[ParsedLine] = []
    for line in _lines(rows, columns):
        if not line.amount:
            continue
        count.add_line()
        made.append(replace(line, number=len(made) + 1))
    if not made:
        raise StatementBroken(line=rows[-1].row, reason="No row makes a line: all are zero, or not paid out yet.")
    return tuple(made)


def _lines(rows: Sequence[ReadRow], columns: ColumnMap) -> Iterator[ParsedLine]:
    payouts: dict[str, list[ReadRow]] = defaultdict(list)
    for row in rows:
        if row.payout:
            payouts[row.payout].append(row)
    wants_rows = columns.payout_lines != TOTALS
    for row in rows:
        if wants_rows:
            yield from _of_row(row, columns.payout_in if columns.payout is not None else "")
        if row.payout and payouts[row.payout][-1] is row:
            yield from _of_payout(payouts.pop(row.payout), is_totals=not wants_rows)


def _of_row(row: ReadRow, payout_in: str) -> Iterator[ParsedLine]:
    """The whole amount and the fee, both with the references of the row.

    A row with a reference of its own is known by it, before and after it is paid out; any other by its payout as well.
    """
    line = row.line
    known_without = payout_in if any(getattr(line, name) for name in REFERENCES) else ""
    if payout_in == "text":
        line = replace(line, text=clean(f"{row.payout} {line.text}", MAX_TEXT), payout_in=known_without)
    elif payout_in:
        line = replace(line, **{payout_in: row.payout}, payout_in=known_without)  # type: ignore[arg-type]  # a text
    yield line
    if row.fee:
        yield replace(line, amount=CONTEXT.minus(row.fee), text=clean(f"Fee {line.text}", MAX_TEXT))


def _of_payout(rows: list[ReadRow], *, is_totals: bool) -> Iterator[ParsedLine]:
    """Its gross and its fee where totals are wanted, and the line that takes it out."""
    payout, day = rows[0].payout, max(row.line.booking_date for row in rows)
    if is_totals:
        yield _made(rows, day, total(row.line.amount for row in rows), "Gross of payout")
        yield _made(rows, day, CONTEXT.minus(total(row.fee for row in rows)), "Fee of payout")
    paid_on = rows[0].payout_day or day
    for row in rows:
        if row.payout_day != rows[0].payout_day:
            reason = f"The payout {payout!r} is of {row.payout_day}, and on line {rows[0].row} it is of {paid_on}."
            raise StatementBroken(line=row.row, reason=reason)
    yield _made(rows, paid_on, CONTEXT.minus(total(row.net for row in rows)), "Payout")


def _made(rows: list[ReadRow], day: date, amount: Decimal, what: str) -> ParsedLine:
    first = rows[0]
    return ParsedLine(
        number=0,
        booking_date=day,
        value_date=None,
        amount=amount,
        currency=first.line.currency,
        bank_reference=first.payout,
        end_to_end="",
        customer_reference="",
        counterparty="",
        iban="",
        text=f"{what} {first.payout}",
        raw=clean(f"Rows on the lines {', '.join(str(row.row) for row in rows)}", MAX_RAW),
    )
