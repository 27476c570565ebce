"""Actual against budget: what was posted between two dates, what was budgeted, and which way they differ.

Of accounts of the balance sheet those that are budgeted are listed below the result, with what they moved. More of them
is neither good nor bad by itself: a loan may be paid back early, a machine bought late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from ledgerflow.core.documents import Column, Document, DocumentRow
from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain
from reports.budgets.errors import BudgetNotFound, RangeCutsBudget
from reports.budgets.specs import check_name, span_of
from reports.currencies.translation import rounded
from reports.errors import RangeTheWrongWay
from reports.heads import STYLES, document_head, head_of
from reports.reading.figures import RESULT_TYPES, VIEWS, GrossTotals, Reader
from reports.reading.tree import TreeLine, lines_of, section, total_of
from reports.reading.values import reading_of
from reports.shapes import PERIOD_RESULT, AmountColumn, Block, TreeReport, TreeRow
from reports.statements.income import SECTIONS, Range

IS_THERE = (
    "SELECT EXISTS (SELECT FROM budgets_budgetline WHERE entity_id = %s AND version = %s AND event_sequence <= %s)"
)
# The newest line of each account, period and value, where one of its days is in the range.
PLANNED = """
    SELECT account_id, starts_on, ends_on, amount FROM (
        SELECT DISTINCT ON (account_id, starts_on, ends_on, dimension, value) *
        FROM budgets_budgetline
        WHERE entity_id = %s AND version = %s AND event_sequence <= %s
        ORDER BY account_id, starts_on, ends_on, dimension, value, event_sequence DESC
    ) newest
    WHERE amount <> 0 AND starts_on <= %s AND ends_on >= %s
      AND (%s::text IS NULL OR (dimension = %s AND value = ANY (%s)))
    ORDER BY starts_on, account_id
"""
COLUMNS = [
    AmountColumn("actual", "Actual"), AmountColumn("budget", "Budget"), AmountColumn("difference", "Difference"),
    AmountColumn("percent", "Difference in %"), AmountColumn("effect", "Effect"),
]  # fmt: skip
FAVOURABLE, ADVERSE = "favourable", "adverse"
HALF_UP = "ROUND_HALF_UP"
WIDTH = 3
DEBIT_POSITIVE = frozenset({"asset", "expense"})
MOVED = {"asset": "Movements of assets", "liability": "Movements of liabilities", "equity": "Movements of equity"}


class Compared(NamedTuple):
    """Actual, budget, and the first less the second."""

    actual: Decimal
    budget: Decimal
    difference: Decimal


def budget_variance(
    entity_id: UUID,
    budget: str,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
    view: str = "adjusted",
    dimension: str | None = None,
    zeros: bool = False,
) -> TreeReport:
    """What was posted to income and expense between two dates, and to budgeted other accounts, beside a budget.

    Without `from_date`: from the first day of the fiscal year; without `to_date`: to the end of the month of the
    business date. Dates may lie ahead: the budget of a month is compared with what is posted of it so far. `dimension`:
    lines and budgets with a value or one below it; otherwise all lines, and all budgets of an account together. More
    income or less expense than budgeted is favourable. Raises `NotFound`, `Malformed`, `UnknownDimension`, and
    `BudgetRefused` where a date cuts the period of a budget.
    """
    check_name(budget)
    with reading_of(entity_id, known_at, dimension) as reader:
        today = reader.books.business_date
        end = to_date or span_of(f"{today:%Y-%m}", {}, "").end
        dates = Range(from_date or reader.year_of(min(end, today)).start, end)
        if dates.start > dates.end:
            raise RangeTheWrongWay(pointer="/from", start=str(dates.start), end=str(dates.end))
        layers = VIEWS["before" if view == "before" else "adjusted"]
        planned = _planned(reader, budget, dates)
        moved = reader.movements(*dates, layers, types=RESULT_TYPES)
        moved |= reader.movements(*dates, layers, accounts=planned.keys() - moved.keys())
        blocks = [
            Block(currency, list(_rows(reader, currency, moved, planned, zeros=zeros)))
            for currency in sorted({reader.accounts[one].currency for one in (*moved, *planned)})
        ]
        head = head_of(
            reader, "Budget variance", budget=budget, from_=dates.start, to=dates.end, view=view, dimension=dimension
        )
        return TreeReport(**head, columns=COLUMNS, blocks=blocks)


def _planned(reader: Reader, budget: str, dates: Range) -> dict[UUID, Decimal]:
    """What each account is to move, assets and expenses debit positive, all else credit positive."""
    ((is_there,),) = reader.rows(IS_THERE, (reader.entity_id, budget, reader.known))
    if not is_there:
        raise BudgetNotFound(pointer="/budget", version=budget)
    chosen = reader.chosen
    name, codes = (chosen.dimension, chosen.codes) if chosen else (None, [])
    found: dict[UUID, Decimal] = {}
    given = (reader.entity_id, budget, reader.known, dates.end, dates.start, name, name, codes)
    for account, start, end, amount in reader.rows(PLANNED, given):
        if start < dates.start or end > dates.end:
            code = reader.accounts[account].code
            pointer = "/from" if start < dates.start else "/to"
            raise RangeCutsBudget(pointer=pointer, account=code, start=str(start), end=str(end))
        found[account] = CONTEXT.add(found.get(account, ZERO), amount)
    return found


def _rows(
    reader: Reader,
    currency: str,
    moved: Mapping[UUID, GrossTotals],
    planned: Mapping[UUID, Decimal],
    *,
    zeros: bool,
) -> Iterator[TreeRow]:
    scale = reader.scales[currency]
    totals: list[Compared] = []
    for kind, name in SECTIONS.items():
        part = section(
            name, lines_of(reader.accounts, _of_type(reader, kind, currency, moved, planned), zeros=zeros), WIDTH
        )
        totals.append(Compared(*total_of(part, WIDTH)))
        for line in part:
            yield _row(line, scale, better=-1 if kind == "expense" else 1)
    income, expense = totals
    result = Compared(*(CONTEXT.subtract(*pair) for pair in zip(income, expense, strict=True)))
    yield _row(TreeLine("total", 0, PERIOD_RESULT, None, result), scale, better=1)
    for kind, name in MOVED.items():
        amounts = _of_type(reader, kind, currency, moved, planned)
        for line in section(name, lines_of(reader.accounts, amounts, zeros=zeros), WIDTH) if amounts else ():
            yield _row(line, scale, better=0)


def _of_type(
    reader: Reader, kind: str, currency: str, moved: Mapping[UUID, GrossTotals], planned: Mapping[UUID, Decimal]
) -> dict[UUID, Compared]:
    sign = 1 if kind in DEBIT_POSITIVE else -1
    return {
        id_: _compared(CONTEXT.multiply(total.net, sign), planned.get(id_, ZERO))
        for id_, total in moved.items()
        if (reader.accounts[id_].type, reader.accounts[id_].currency) == (kind, currency)
    }


def _compared(actual: Decimal, budget: Decimal) -> Compared:
    return Compared(CONTEXT.plus(actual), budget, CONTEXT.subtract(actual, budget))


def _row(line: TreeLine, scale: int, *, better: int) -> TreeRow:
    """`better`: whether more (1) or less (-1) than budgeted is favourable, or neither (0)."""
    if line.amounts is None:
        return TreeRow(line.kind, line.level, line.name, line.account, {})
    found = Compared(*line.amounts)
    texts = {name: plain(at_scale(CONTEXT.plus(amount), scale)) for name, amount in found._asdict().items()}
    texts |= {"percent": _percent(found), "effect": _effect(CONTEXT.multiply(found.difference, better))}
    return TreeRow(line.kind, line.level, line.name, line.account, texts)


def _percent(found: Compared) -> str:
    """The difference in percent of the budget, to one decimal; nothing where nothing was budgeted."""
    if not found.budget:
        return ""
    return plain(rounded(Fraction(found.difference) * 100 / Fraction(found.budget.copy_abs()), 1, HALF_UP))


def _effect(gain: Decimal) -> str:
    if not gain:
        return ""
    return FAVOURABLE if gain > 0 else ADVERSE


def variance_document(report: TreeReport) -> Document:
    """The report as a table."""
    columns = (
        Column("Account", width=34), Column("Code", width=12), Column("Currency", width=8),
        *(Column(column.title, "text" if column.key == "effect" else "amount", 16) for column in report.columns),
    )  # fmt: skip
    rows = [
        DocumentRow(
            (row.name, row.account, block.currency if row.amounts else None,
             *(row.amounts.get(column.key) or None for column in report.columns)),
            STYLES[row.kind], row.level,
        )
        for block in report.blocks for row in block.rows
    ]  # fmt: skip
    return Document(**document_head(report), columns=columns, rows=rows, is_tree=True)
