"""Statements as CSV, by a map of their columns. Pure.

A file with the balance after each line is proven line by line; any other is not proven. The rows of a processor's
report become lines in `payouts`.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT, plain
from ledgerflow.files.dates import date_pattern
from ledgerflow.files.encodings import utf16_of
from ledgerflow.files.numbers import taken_apart, without_groups
from recon.statements.errors import BalancesDisagree, ColumnsMissing, StatementBroken, StatementTooLarge
from recon.statements.parsers.columns import COLUMNS, MAX_ROWS, Column, ColumnMap
from recon.statements.parsers.dates import day_by
from recon.statements.parsers.payouts import ReadRow, fee_of, lines_of_report
from recon.statements.parsers.shapes import (
    MAX_LINES,
    BalanceAt,
    ParsedFile,
    ParsedLine,
    ParsedStatement,
    StatementCount,
    proved,
)
from recon.statements.parsers.texts import (
    MAX_CHARACTERS,
    MAX_NAME,
    MAX_RAW,
    MAX_TEXT,
    clean,
    decoded_as,
    iban,
    lines_of,
    reference,
)
from recon.statements.parsers.values import amount_of, currency_of, signed

SHOWN = 30
SYMBOLS = " $€£"


class _CsvRow(NamedTuple):
    number: int
    cells: list[str]


def read_csv_lines(data: bytes, columns: ColumnMap) -> ParsedFile:
    """The lines of a file as one statement. Raises `StatementRefused`."""
    encoding = utf16_of(data) or columns.encoding
    places, body = _placed(_rows(decoded_as(data, encoding), columns.delimiter), columns)
    reader = _CsvReader(columns, places)
    count = StatementCount()
    read = []
    for number, row in enumerate(body, 1):
        count.add_line()
        read.append(reader.read(number, row))
    if not read:
        raise StatementBroken(line=columns.skip_rows + 1, reason="There is no line behind the header.")
    return ParsedFile("csv", (_statement(read, columns),))


class _CsvText:
    """The lines of the file for `csv`, which asks for as many as a row has: a cell may go over several."""

    def __init__(self, text: str) -> None:
        self.number = 0
        self.taken = 0  # characters of the row that is being read
        self._lines = lines_of(text)

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            self.taken += len(line)
            if self.taken > MAX_CHARACTERS:
                raise StatementBroken(line=self.number, reason=f"The row has more than {MAX_CHARACTERS:,} characters.")
            yield f"{line}\n"


def _rows(text: str, delimiter: str) -> Iterator[_CsvRow]:
    """The rows that hold anything."""
    lines = _CsvText(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    for _ in range(MAX_LINES + 2 * MAX_ROWS + 1):
        number = lines.number + 1
        lines.taken = 0
        cells: list[str] | None = []
        try:
            while cells == []:  # an empty line
                number = lines.number + 1
                cells = next(reader, None)
        except csv.Error as error:
            raise StatementBroken(line=number, reason=f"The row cannot be read: {error}.") from error
        if cells is None:
            return
        yield _CsvRow(number, [cell.strip() for cell in cells])
    raise StatementTooLarge(most=MAX_LINES, unit="lines")


def _placed(rows: Iterator[_CsvRow], columns: ColumnMap) -> tuple[dict[str, int], Iterator[_CsvRow]]:
    """Where each column is, and the rows of lines, one by one: a file has rows of a million cells if it wants to."""
    body = (row for row in rows if row.number > columns.skip_rows and any(row.cells))
    header = next(body, None) if columns.has_header else None
    places = {}
    for name in COLUMNS:
        column: Column | None = getattr(columns, name)
        if column is not None:
            places[name] = column - 1 if isinstance(column, int) else _place(header, column)
    return places, _without_last(body, columns.skip_last_rows)


def _without_last(rows: Iterator[_CsvRow], count: int) -> Iterator[_CsvRow]:
    waiting: deque[_CsvRow] = deque()
    for row in rows:
        waiting.append(row)
        if len(waiting) > count:
            yield waiting.popleft()


def _place(header: _CsvRow | None, name: str) -> int:
    cells = header.cells if header else []
    found = [place for place, cell in enumerate(cells) if cell == name.strip()]
    if len(found) == 1:
        return found[0]
    why = "stands twice in the header" if found else "is not in the header"
    shown = clean(", ".join(cells[:SHOWN]), 500)
    raise ColumnsMissing(missing=f"the column {name!r} {why}, which is: {shown}")


class _CsvReader:
    def __init__(self, columns: ColumnMap, places: dict[str, int]) -> None:
        self._columns = columns
        self._places = places
        self._pattern = date_pattern(columns.date_format)
        self._words = frozenset(word.strip().casefold() for word in columns.money_out)

    def read(self, number: int, row: _CsvRow) -> ReadRow:
        value = self._cell(row, "value_date")
        currency = self._columns.fixed_currency or self._cell(row, "currency")
        line = ParsedLine(
            number=number,
            booking_date=self._day(self._cell(row, "booking_date"), row),
            value_date=self._day(value, row) if value else None,
            amount=self._amount(row),
            currency=currency_of(currency.upper(), row.number),
            bank_reference=reference(self._cell(row, "bank_reference")),
            end_to_end=reference(self._cell(row, "end_to_end")),
            customer_reference=reference(self._cell(row, "customer_reference")),
            counterparty=clean(self._cell(row, "counterparty"), MAX_NAME),
            iban=iban(self._cell(row, "iban")),
            text=clean(self._cell(row, "text"), MAX_TEXT),
            raw=clean(self._columns.delimiter.join(row.cells), MAX_RAW),
        )
        payout = reference(self._cell(row, "payout"))
        has_day = bool(payout) and "payout_date" in self._places
        return ReadRow(
            line=line,
            row=row.number,
            balance=self._number(self._cell(row, "balance"), row) if "balance" in self._places else None,
            fee=self._fee(row, line.amount),
            payout=payout,
            payout_day=self._day(self._cell(row, "payout_date"), row) if has_day else None,
        )

    def _cell(self, row: _CsvRow, name: str) -> str:
        place = self._places.get(name)
        if place is None:
            return ""
        if place >= len(row.cells):
            reason = f"The row has {len(row.cells)} cells, and {name} is in number {place + 1}."
            raise StatementBroken(line=row.number, reason=reason)
        return row.cells[place]

    def _day(self, text: str, row: _CsvRow) -> date:
        assert self._pattern is not None  # noqa: S101 - the map was checked when it was made
        return day_by(self._pattern, text, row.number, self._columns.date_format)

    def _amount(self, row: _CsvRow) -> Decimal:
        if "amount" not in self._places:
            return self._of_two_columns(row)
        amount = self._number(self._cell(row, "amount"), row)
        if "sign" not in self._places:
            return amount
        if amount < 0:
            raise StatementBroken(line=row.number, reason="The amount has a sign, and a column tells it as well.")
        return signed(amount, is_in=self._cell(row, "sign").casefold() not in self._words)

    def _fee(self, row: _CsvRow, amount: Decimal) -> Decimal:
        text = self._cell(row, "fee")
        net = self._number(self._cell(row, "net"), row) if "net" in self._places else None
        return fee_of(amount, self._number(text, row) if text else Decimal(0), net, row.number)

    def _of_two_columns(self, row: _CsvRow) -> Decimal:
        """Banks write what went out with or without a minus: the column tells, and the minus adds nothing."""
        debit, credit = self._cell(row, "debit"), self._cell(row, "credit")
        out = self._number(debit, row).copy_abs() if debit else Decimal(0)
        came = self._number(credit, row) if credit else Decimal(0)
        if (out and came) or not (debit or credit):
            raise StatementBroken(line=row.number, reason="A row has an amount in one of the columns debit and credit.")
        return came or signed(out, is_in=False)

    def _number(self, text: str, row: _CsvRow) -> Decimal:
        """-1.234,56, 1.234,56-, or (1.234,56), by the marks of the map."""
        taken = taken_apart(text)
        if taken is None:
            raise StatementBroken(line=row.number, reason=f"{text[:40]!r} is not an amount.")
        is_out, digits = taken
        whole, mark, decimals = digits.strip(SYMBOLS).partition(self._columns.decimal_mark)
        whole = without_groups(whole, self._columns.thousands_mark)
        amount = amount_of(f"{whole}{mark}{decimals}", row.number, self._columns.decimal_mark)
        return signed(amount, is_in=not is_out)


def _statement(read: list[ReadRow], columns: ColumnMap) -> ParsedStatement:
    currency = read[0].line.currency
    for one in read:
        if one.line.currency != currency:
            reason = f"The line is in {one.line.currency}, and the ones before it in {currency}."
            raise StatementBroken(line=one.row, reason=reason)
    first, last = _ends(read)
    lines = lines_of_report(read, columns) if columns.is_report else tuple(one.line for one in read)
    if first.balance is None or last.balance is None:
        return ParsedStatement("", currency, "", None, None, lines, is_proven=False)
    opening = BalanceAt(first.line.booking_date, CONTEXT.subtract(first.balance, first.net))
    closing = BalanceAt(last.line.booking_date, last.balance)
    return proved(ParsedStatement("", currency, "", opening, closing, lines, is_proven=False), last.row)


def _ends(read: list[ReadRow]) -> tuple[ReadRow, ReadRow]:
    """The first and the last line in time, by the order in which each balance follows from the one before it.

    Where both orders are right, as with equal amounts that take each other back, the dates tell.
    """
    if read[0].balance is None:
        return read[0], read[-1]
    broken = _first_break(read)
    backwards = read[::-1]
    if broken is None and not (read[0].line.booking_date > read[-1].line.booking_date and not _first_break(backwards)):
        return read[0], read[-1]
    if broken is None or _first_break(backwards) is None:
        return read[-1], read[0]
    before, after = broken
    raise BalancesDisagree(
        line=after.row,
        account="",
        number="",
        opening=plain(before.balance or Decimal(0)),
        lines=plain(after.net),
        computed=plain(_computed(before, after)),
        closing=plain(after.balance or Decimal(0)),
        difference=plain(CONTEXT.subtract(after.balance or Decimal(0), _computed(before, after))),
    )


def _first_break(read: list[ReadRow]) -> tuple[ReadRow, ReadRow] | None:
    """The first two neighbours where the balance of the second does not follow from the first; None if all do."""
    for before, after in pairwise(read):
        if _computed(before, after) != after.balance:
            return before, after
    return None


def _computed(before: ReadRow, after: ReadRow) -> Decimal:
    return CONTEXT.add(before.balance or Decimal(0), after.net)
