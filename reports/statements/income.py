"""The income statement: income and expenses dated between two days. Closing entries never count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.functional import EXCHANGE, FUNCTIONAL, functional_range, notes_on_range
from reports.currencies.positions import PRESENTED, rate_notes, rates_for, scale_of
from reports.currencies.translation import Factors, Piece, average, rounded
from reports.errors import ComparisonIncomplete, RangeTheWrongWay, TooManyColumns
from reports.heads import head_of, span
from reports.reading.columns import Columns, compared, in_parts
from reports.reading.figures import RESULT_TYPES, VIEWS, GrossTotals, Reader
from reports.reading.tree import TreeLine, added, lines_of, section, total_of
from reports.reading.values import reading_of
from reports.reading.years import Year
from reports.shapes import PERIOD_RESULT, Block, TreeReport
from reports.statements.sheet import WHOLE, check_columns

MOST_PARTS = 24
SECTIONS = {"income": "Income", "expense": "Expenses"}


class Range(NamedTuple):
    """Dates from and to, both included."""

    start: date
    end: date


def income_statement(
    entity_id: UUID,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    compare_from: date | None = None,
    compare_to: date | None = None,
    compare_ranges: Sequence[tuple[date, date]] = (),
    columns: str = WHOLE,
    change: str = "usual",
    known_at: datetime | None = None,
    view: str = "adjusted",
    currency: str | None = None,
    dimension: str | None = None,
    zeros: bool = False,
    folded: bool = False,
) -> TreeReport:
    """Income and expenses from one date to another, beside those of other ranges, or in its periods and as a whole.

    Without `from_date`: from the first day of the fiscal year; without `to_date`: to the business date. Income is
    credit positive, expenses debit positive, the result is income less expenses. `view` "before" leaves adjustments
    out. `columns`: a column for each month, quarter or year of the range. `change` as in `columns.compared`.
    `currency`: "functional", or translated at the average rate of the range (IAS 21 paragraph 40). `dimension`
    ("cost_centre:NORTH,SOUTH"): of lines with one of these values or one below. `folded`: as a page shows
    very many accounts. Raises `Malformed`, `FutureDate`, `UnknownDimension`, `UnknownCurrency`, `RateMissing`,
    `RateTooOld`.
    """
    others = [*one_range(compare_from, compare_to), *compare_ranges]
    check_columns(columns, len(others), "/compare_ranges")
    with reading_of(entity_id, known_at, dimension, currency, folded=folded) as reader:
        end = to_date or reader.books.business_date
        ranges = [range_of(reader, from_date or reader.year_of(end).start, end)]
        ranges += [range_of(reader, *one, "compare_") for one in others]
        layout = compared([span(*one) for one in ranges], change)
        if columns != WHOLE:
            parts = [Range(*one) for one in reader.periods(*ranges[0], columns)]
            if len(parts) > MOST_PARTS:
                raise TooManyColumns(pointer="/columns", most=MOST_PARTS)
            ranges, layout = [*parts, *ranges], in_parts([span(*one) for one in parts], "Total")
        layers = VIEWS["before" if view == "before" else "adjusted"]
        notes: list[list[str]] = [[] for _ in ranges]
        exchange: list[Decimal] = []
        era = reader.era_on(max(one.end for one in ranges))  # what is of before it is shown at the fixed rate
        if currency in {FUNCTIONAL, era.currency}:
            own = [functional_range(reader, *one, layers, era=era) for one in ranges]
            per_currency = {era.currency: [one.amounts for one in own]}
            exchange, notes = [one.exchange for one in own], [notes_on_range(reader, era) for _ in ranges]
        elif currency:
            moved = [reader.movements(*one, layers, types=RESULT_TYPES) for one in ranges]
            each = zip(ranges, moved, notes, strict=True)
            per_currency = {currency: [_translated(reader, *one, target=currency) for one in each]}
            notes = [[*some, PRESENTED] for some in notes]
        else:
            moved = [reader.movements(*one, layers, types=RESULT_TYPES) for one in ranges]
            per_currency = _per_currency(reader, moved)
        blocks = [
            Block(code, layout.rows(_lines(reader, figures, exchange, layout, zeros=zeros), scale_of(reader, code)))
            for code, figures in sorted(per_currency.items())
        ]
        asked: dict[str, object] = {"from_": ranges[0].start, "to": end}
        asked |= {"compare_from": compare_from, "compare_to": compare_to}
        asked |= {"compare_ranges": ", ".join(span(*one) for one in compare_ranges)}
        asked |= {"columns": None if columns == WHOLE else columns}
        head = head_of(
            reader, "Income statement", layout.notes(notes), **asked, view=view, currency=currency, dimension=dimension
        )
        return TreeReport(**head, columns=layout.printed(), blocks=blocks)


def one_range(start: date | None, end: date | None) -> list[tuple[date, date]]:
    """The range to compare with, where there is one. Raises `Malformed` when only one end of it is given."""
    if start is not None and end is not None:
        return [(start, end)]
    if start is not None or end is not None:
        raise ComparisonIncomplete(pointer="/compare_from" if start is None else "/compare_to")
    return []


def range_of(reader: Reader, start: date, end: date, prefix: str = "") -> Range:
    """The range. Raises `Malformed` when it ends before it starts, `FutureDate` when after the business date."""
    reader.check_date(end, f"{prefix}to")
    if start > end:
        raise RangeTheWrongWay(pointer=f"/{prefix}from", start=str(start), end=str(end))
    return Range(start, end)


def _per_currency(reader: Reader, moved: list[dict[UUID, GrossTotals]]) -> dict[str, list[dict[UUID, Decimal]]]:
    found: dict[str, list[dict[UUID, Decimal]]] = {}
    for place, figures in enumerate(moved):
        for account, total in figures.items():
            columns = found.setdefault(reader.accounts[account].currency, [{} for _ in moved])
            columns[place][account] = total.net
    return found


def _translated(
    reader: Reader, dates: Range, moved: Mapping[UUID, GrossTotals], notes: list[str], *, target: str
) -> dict[UUID, Decimal]:
    minor_units = scale_of(reader, target)
    year = Year(*dates)
    pieces = {
        account: Piece(total.net, average(reader.accounts[account].currency, year))
        for account, total in moved.items() if total.net
    }  # fmt: skip
    rates = rates_for(reader, target, {piece.rate for piece in pieces.values()})
    notes += rate_notes(rates)
    factors = Factors(target, rates)
    return {account: rounded(factors.value([one]), minor_units, rates.rounding) for account, one in pieces.items()}


def _lines(
    reader: Reader, columns: list[dict[UUID, Decimal]], exchange: list[Decimal], layout: Columns, *, zeros: bool
) -> list[TreeLine]:
    width = layout.width
    lines, totals = [], []
    for kind, name in SECTIONS.items():
        sign = 1 if kind == "expense" else -1
        mine = sorted({one for column in columns for one in column if reader.accounts[one].type == kind})
        amounts = {
            one: layout.amounts([CONTEXT.multiply(column.get(one, ZERO), sign) for column in columns]) for one in mine
        }
        part = section(name, lines_of(reader.accounts, amounts, zeros=zeros), width)
        lines += part
        totals.append(total_of(part, width))
    result = tuple(CONTEXT.subtract(*pair) for pair in zip(*totals, strict=True))
    if any(exchange) or (zeros and exchange):
        differences = layout.amounts(exchange)
        lines.append(TreeLine("computed", 0, EXCHANGE, None, differences))
        result = added([result, differences], width)
    return [*lines, TreeLine("total", 0, PERIOD_RESULT, None, result)]
