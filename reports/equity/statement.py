"""The statement of changes in equity (IAS 1 paragraph 106): a column per account of equity, from opening to closing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.functional import is_functional
from reports.currencies.positions import scale_of
from reports.equity.figures import (
    DIFFERENCE,
    EARNINGS,
    PROFIT,
    ROUNDING,
    SEVERAL,
    TRANSFER,
    TRANSLATION,
    WITHIN,
    ColumnOf,
    EquityFigures,
    EquityRange,
    RowOf,
    in_functional_currency,
    in_presentation_currency,
    per_currency,
    sum_of,
)
from reports.heads import head_of
from reports.reading.figures import VIEWS, Reader, ReportAccount, reading
from reports.reading.tree import Amounts, TreeLine, must_be_zero, rows_of
from reports.shapes import PERIOD_RESULT, AmountColumn, Block, TreeReport
from reports.statements.income import range_of

BY_ACCOUNT, BY_HEADER = "account", "header"
TOTAL = "total"
COLUMN_TITLES = {EARNINGS: "Earnings not yet allocated", DIFFERENCE: "Translation difference"}
LAST_ROWS = {
    SEVERAL: "Several accounts",
    WITHIN: "Transfers within equity",
    TRANSFER: "Earnings taken to equity at the year end",
    TRANSLATION: "Exchange differences on translation",
    ROUNDING: "Rounding",
}


def changes_in_equity(
    entity_id: UUID,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    by: str = BY_ACCOUNT,
    known_at: datetime | None = None,
    view: str = "after",
    currency: str | None = None,
) -> TreeReport:
    """Equity from its opening to its closing balance: profit or loss, and what else moved it by counter account.

    Credit positive. Columns are accounts, or the headers right above them (`by`), earnings that are not allocated yet,
    and in another currency the translation difference. Dates, `view` and `currency` as for the balance sheets at both
    ends, which it leads from and to. Raises `Malformed`, `FutureDate`, `UnknownCurrency`, `RateMissing`, `RateTooOld`.
    """
    with reading(entity_id, known_at, currency=currency) as reader:
        end = to_date or reader.books.business_date
        asked = EquityRange(*range_of(reader, from_date or reader.year_of(end).start, end), VIEWS[view])
        found = _figures(reader, asked, currency)
        table = _EquityTable(reader, found, by)
        blocks = [
            Block(code, rows_of(table.lines(one, asked), table.keys, scale_of(reader, code)))
            for code, one in sorted(found.items())
        ]
        notes = [note for one in found.values() for note in one.notes]
        head = head_of(
            reader, "Statement of changes in equity", notes, from_=asked.start, to=asked.end, by=by, view=view,
            currency=currency,
        )  # fmt: skip
        return TreeReport(**head, columns=table.printed, blocks=blocks)


def _figures(reader: Reader, asked: EquityRange, currency: str | None) -> dict[str, EquityFigures]:
    if is_functional(reader, currency, asked.end):
        return {reader.era_on(asked.end).currency: in_functional_currency(reader, asked)}
    if currency:
        return {currency: in_presentation_currency(reader, asked, currency)}
    every = per_currency(reader, asked)
    return {code: one for code, one in every.items() if any(one.opening.values()) or any(one.moved.values())}


class _EquityTable:
    """The columns that all currencies share, and the lines of each."""

    def __init__(self, reader: Reader, found: Mapping[str, EquityFigures], by: str) -> None:
        self._reader = reader
        moved = {column for one in found.values() for (_, column), amount in one.moved.items() if amount}
        standing = {column for one in found.values() for column, amount in one.opening.items() if amount}
        used = moved | standing
        accounts = sorted((reader.accounts[one] for one in used if isinstance(one, UUID)), key=lambda one: one.code)
        self._columns: dict[str, list[ColumnOf]] = {}
        titles = {}
        for account in accounts:
            shown = self._header(account) if by == BY_HEADER else account
            self._columns.setdefault(f"account:{shown.code}", []).append(account.id)
            titles[f"account:{shown.code}"] = f"{shown.code} {shown.name}"
        for column, title in COLUMN_TITLES.items():
            if column in used:
                self._columns[column], titles[column] = [column], title
        self.printed = [*(AmountColumn(*one) for one in titles.items()), AmountColumn(TOTAL, "Total equity")]
        self.keys = [one.key for one in self.printed]

    def lines(self, figures: EquityFigures, asked: EquityRange) -> list[TreeLine]:
        """Opening, what moved, closing. Raises `ReportsDisagreeError` where they do not add up."""
        rows: dict[RowOf, dict[ColumnOf, Decimal]] = {}
        for (row, column), amount in figures.moved.items():
            rows.setdefault(row, {})[column] = amount
        opening, closing = self._amounts(figures.opening), self._amounts(figures.closing)
        lines = [TreeLine("subtotal", 0, f"Equity at the start of {asked.start}", None, opening)]
        lines += [line for line in self._moved(rows) if any(line.amounts or ())]
        lines.append(TreeLine("total", 0, f"Equity at the end of {asked.end}", None, closing))
        for place in range(len(self.keys)):
            gap = CONTEXT.minus(closing[place])
            for line in lines[:-1]:
                gap = CONTEXT.add(gap, (line.amounts or ())[place])
            must_be_zero([gap], "The changes in equity do not add up.")
        return lines

    def _moved(self, rows: Mapping[RowOf, Mapping[ColumnOf, Decimal]]) -> Iterator[TreeLine]:
        yield TreeLine("computed", 0, PERIOD_RESULT, None, self._amounts(rows.get(PROFIT, {})))
        by_account = {self._reader.accounts[row].code: row for row in rows if isinstance(row, UUID)}
        for code, row in sorted(by_account.items()):
            yield TreeLine("account", 0, self._reader.accounts[row].name, code, self._amounts(rows[row]))
        for last, name in LAST_ROWS.items():
            yield TreeLine("computed", 0, name, None, self._amounts(rows.get(last, {})))

    def _amounts(self, amounts: Mapping[ColumnOf, Decimal]) -> Amounts:
        found = [sum_of(amounts, columns) for columns in self._columns.values()]
        total = ZERO
        for amount in found:
            total = CONTEXT.add(total, amount)
        return (*found, total)

    def _header(self, account: ReportAccount) -> ReportAccount:
        return account if account.parent_id is None else self._reader.accounts[account.parent_id]
