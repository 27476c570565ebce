"""The income statement by a dimension: a column for each value that moved, side by side, and the total."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from reports.errors import ByAlone, DimensionInOneCurrency, TooManyValues
from reports.heads import head_of
from reports.reading.figures import RESULT_TYPES, VIEWS, Reader, reading
from reports.reading.tree import Amounts, TreeLine, lines_of, must_be_zero, rows_of, section, total_of
from reports.reading.values import check_dimension
from reports.shapes import PERIOD_RESULT, AmountColumn, Block, TreeReport
from reports.statements.income import SECTIONS, Range, income_statement, range_of

MOST_COLUMNS = 60
NONE, TOTAL = "(none)", "total"
WITH_BY = frozenset({"from_date", "to_date", "known_at", "view", "zeros", "currency"})
# Straight off each account's index by date: every line of income and expense is in some column.
BY_VALUE = """
    SELECT a.id, coalesce(p.dimensions ->> %s, ''), sum(p.amount)
    FROM accounts_account a
    JOIN journals_posting p ON p.account_id = a.id AND p.effective_date BETWEEN %s AND %s AND p.event_sequence <= %s
    JOIN journals_journal j ON j.id = p.journal_id
    WHERE a.entity_id = %s AND a.type = ANY (%s) AND j.layer = ANY (%s)
    GROUP BY 1, 2
"""
NAMES = "SELECT code, name FROM dimensions_dimensionvalue WHERE entity_id = %s AND dimension = %s AND code = ANY (%s)"


def income_by_dimension(entity_id: UUID, *, by: str | None = None, folded: bool = False, **asked: Any) -> TreeReport:
    """The income statement with a column for each value of the dimension `by`; without it the ordinary one.

    `asked` is as `income_statement` takes it; with `by`, dates, `known_at`, `view` and `zeros`. A column is of the
    lines with that very value: one above others has its own lines only, so that the columns add up to the total. Lines
    without a value are in "(none)". Raises as `income_statement`, `Malformed` for `by` beside a comparison, one value
    or a currency, `UnknownDimension`, and `ReportTooLarge` for more columns than a page can have.
    """
    if by is None:
        return income_statement(entity_id, folded=folded, **asked)
    if asked.get("currency"):
        raise DimensionInOneCurrency(pointer="/currency")
    if not asked.keys() <= WITH_BY:
        raise ByAlone(pointer="/by")
    return _side_by_side(entity_id, by, **asked)


def _side_by_side(
    entity_id: UUID,
    by: str,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
    view: str = "adjusted",
    zeros: bool = False,
) -> TreeReport:
    with reading(entity_id, known_at) as reader:
        check_dimension(reader, by, "/by")
        end = to_date or reader.books.business_date
        dates = range_of(reader, from_date or reader.year_of(end).start, end)
        layers = VIEWS["before" if view == "before" else "adjusted"]
        moved = _moved(reader, by, dates, layers)
        values = sorted({value for _, value in moved}, key=lambda one: (not one, one))
        if len(values) >= MOST_COLUMNS:
            raise TooManyValues(most=MOST_COLUMNS, columns=len(values) + 1)
        _check(reader, dates, layers, moved)
        blocks = [
            Block(code, rows_of(lines, [_key(one) for one in values] + [TOTAL], reader.scales[code]))
            for code, lines in _per_currency(reader, moved, values, zeros=zeros)
        ]
        head = head_of(reader, "Income statement", from_=dates.start, to=dates.end, view=view, by=by)
        return TreeReport(**head, columns=_columns(reader, by, values), blocks=blocks)


Moved = dict[tuple[UUID, str], Decimal]


def _moved(reader: Reader, by: str, dates: Range, layers: tuple[str, ...]) -> Moved:
    given = (by, *dates, reader.known, reader.entity_id, list(RESULT_TYPES), list(layers))
    return {(account, value): amount for account, value, amount in reader.rows(BY_VALUE, given)}


def _check(reader: Reader, dates: Range, layers: tuple[str, ...], moved: Moved) -> None:
    """All columns together are what the accounts moved by their totals of days."""
    left = {one: total.net for one, total in reader.movements(*dates, layers, types=RESULT_TYPES).items()}
    with localcontext(CONTEXT):
        for (account, _), amount in moved.items():
            left[account] = left.get(account, ZERO) - amount
    must_be_zero(left.values(), "The columns of a statement by dimension are not all that its accounts moved.")


def _per_currency(reader: Reader, moved: Moved, values: list[str], *, zeros: bool) -> list[tuple[str, list[TreeLine]]]:
    accounts = [one for one in reader.accounts.values() if one.type in RESULT_TYPES and not one.is_header]
    width = len(values) + 1
    found = []
    for currency in sorted({one.currency for one in accounts}):
        mine = [one for one in accounts if one.currency == currency]
        lines: list[TreeLine] = []
        totals = []
        for kind, name in SECTIONS.items():
            sign = 1 if kind == "expense" else -1
            amounts = {one.id: _row(moved, one.id, values, sign) for one in mine if one.type == kind}
            part = section(name, lines_of(reader.accounts, amounts, zeros=zeros), width)
            lines += part
            totals.append(total_of(part, width))
        result = tuple(CONTEXT.subtract(*pair) for pair in zip(*totals, strict=True))
        found.append((currency, [*lines, TreeLine("total", 0, PERIOD_RESULT, None, result)]))
    return found


def _row(moved: Moved, account: UUID, values: list[str], sign: int) -> Amounts:
    with localcontext(CONTEXT):
        amounts = [moved.get((account, value), ZERO) * sign for value in values]
        return (*amounts, sum(amounts, ZERO))


def _key(value: str) -> str:
    return f"value:{value}" if value else NONE


def _columns(reader: Reader, by: str, values: list[str]) -> list[AmountColumn]:
    names = dict(reader.rows(NAMES, (reader.entity_id, by, values)))
    titles = [f"{one} {names[one]}" if one in names else one or NONE for one in values]
    columns = [AmountColumn(_key(one), title) for one, title in zip(values, titles, strict=True)]
    return [*columns, AmountColumn(TOTAL, "Total")]
