"""The balance sheet: assets, liabilities, equity at the end of a date; earnings not yet closed on lines of their own.

What closing entries carried to retained earnings is gone from the income and expense accounts, so that the earnings
computed from those accounts never count it a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from uuid import UUID

from accounts.bases.eras import Era
from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.functional import FUNCTIONAL, OPENING, functional
from reports.currencies.positions import BalancesInCurrency, positions, scale_of, translated
from reports.errors import ComparedAndInParts, TooManyColumns
from reports.heads import head_of
from reports.reading.columns import MOST_COMPARED, Columns, compared, in_parts
from reports.reading.declared import declared_terms
from reports.reading.figures import VIEWS, Reader
from reports.reading.tree import Amounts, TreeLine, added, lines_of, must_be_zero, section, total_of
from reports.reading.values import reading_of
from reports.reading.years import Year
from reports.shapes import PERIOD_RESULT, PRIOR_YEARS, Block, TreeReport

SECTIONS = {"asset": "Assets", "liability": "Liabilities", "equity": "Equity"}
DIFFERENCE = "Translation difference"
WHOLE = "whole"
# IAS 1 paragraph 60. What nobody has classified stands apart, so that it is seen.
TERMS = {
    "asset": {"current": "Current assets", "non_current": "Non-current assets", "": "Assets not classified"},
    "liability": {
        "current": "Current liabilities",
        "non_current": "Non-current liabilities",
        "": "Liabilities not classified",
    },
}


def balance_sheet(
    entity_id: UUID,
    *,
    as_of: date | None = None,
    compare: date | Sequence[date] = (),
    columns: str = WHOLE,
    change: str = "usual",
    known_at: datetime | None = None,
    view: str = "after",
    currency: str | None = None,
    zeros: bool = False,
    folded: bool = False,
) -> TreeReport:
    """The balance sheet at the end of `as_of` (the business date unless given), beside those of `compare`.

    Assets are debit positive, liabilities and equity credit positive; contra accounts subtract. Where an account or a
    header says that it is current or not, assets and liabilities have a part for each. `columns`: the ends of the
    months or quarters of the fiscal year, or of the years, up to `as_of`. `change` as in `columns.compared`. `view` as
    for the trial balance, `currency` and `folded` too. Raises `Malformed`, `FutureDate`, `UnknownCurrency`,
    `RateMissing`, `RateTooOld`.
    """
    others = [compare] if isinstance(compare, date) else list(compare)
    check_columns(columns, len(others), "/compare")
    with reading_of(entity_id, known_at, None, currency, folded=folded) as reader:
        day = as_of or reader.books.business_date
        days = [day, *others]
        for one, name in zip(days, ("as_of", *["compare"] * len(others)), strict=True):
            reader.check_date(one, name)
        if columns != WHOLE:
            start = reader.year_of(day).start if columns != "year" else reader.years(day)[0].start
            days = [one.end for one in reader.periods(start, day, columns)][-MOST_COMPARED:]
        titles = [str(one) for one in days]
        layout = compared(titles, change) if columns == WHOLE else in_parts(titles)
        era = reader.era_on(max(days))  # what is of before it is shown at the fixed rate
        found_on = [_found_on(reader, one, VIEWS[view], currency, era) for one in days]
        blocks = []
        for code in sorted({code for found in found_on for code in found}):
            per_column = [found.get(code, BalancesInCurrency({}, {})) for found in found_on]
            is_exact = currency is None or currency in {FUNCTIONAL, era.currency}
            sheet = _Sheet(reader, days, per_column, layout, is_exact=is_exact)
            blocks.append(Block(code, layout.rows(sheet.lines(zeros=zeros), scale_of(reader, code))))
        notes = layout.notes([[note for one in found.values() for note in one.notes] for found in found_on])
        head = head_of(
            reader, "Balance sheet", notes, as_of=day, compare=", ".join(map(str, others)),
            columns=None if columns == WHOLE else columns, view=view, currency=currency,
        )  # fmt: skip
        return TreeReport(**head, columns=layout.printed(), blocks=blocks)


def check_columns(columns: str, others: int, pointer: str) -> None:
    """Raise `Malformed` for too many columns to compare with, and for these beside periods."""
    if others > MOST_COMPARED:
        raise TooManyColumns(pointer=pointer, most=MOST_COMPARED)
    if others and columns != WHOLE:
        raise ComparedAndInParts(pointer="/columns")


def _found_on(
    reader: Reader, day: date, layers: tuple[str, ...], currency: str | None, era: Era
) -> dict[str, BalancesInCurrency]:
    if currency in {FUNCTIONAL, era.currency}:
        # What rounding has left is in the earnings.
        found = functional(reader, day, layers, with_earnings=True, era=era)
        return {era.currency: found._replace(difference=ZERO)}
    return {currency: translated(reader, day, layers, currency)} if currency else positions(reader, day, layers)


class _Sheet:
    """The lines of one currency; a position per column."""

    def __init__(
        self,
        reader: Reader,
        days: list[date],
        found_on: list[BalancesInCurrency],
        layout: Columns,
        *,
        is_exact: bool,
    ) -> None:
        self._reader = reader
        self._found_on = found_on
        self._starts = [reader.year_of(day).start for day in days]
        self._layout = layout
        self._is_exact = is_exact
        self._terms = {one: term for one, term in declared_terms(reader.accounts).items() if term}

    def lines(self, *, zeros: bool) -> list[TreeLine]:
        """All sections with their totals. Raises `ReportsDisagreeError` when the two sides differ."""
        width = self._layout.width
        parts = {kind: self._accounts(kind, zeros=zeros) for kind in SECTIONS}
        parts["equity"] += self._earned(zeros=zeros)
        leftover = self._gap(parts)
        if self._is_exact:
            must_be_zero(leftover, "The balance sheet does not balance.")
        elif any(leftover):
            parts["equity"].append(TreeLine("computed", 0, "Rounding", None, leftover))
        lines = [line for kind, name in SECTIONS.items() for line in section(name, parts[kind], width)]
        other_side = added([total_of(parts[kind], width) for kind in ("liability", "equity")], width)
        return [*lines, TreeLine("total", 0, "Total liabilities and equity", None, other_side)]

    def _accounts(self, kind: str, *, zeros: bool) -> list[TreeLine]:
        accounts = self._reader.accounts
        mine = sorted({one for found in self._found_on for one in found.amounts if accounts[one].type == kind})
        sign = 1 if kind == "asset" else -1
        amounts = {
            one: self._layout.amounts(
                [CONTEXT.multiply(found.amounts.get(one, ZERO), sign) for found in self._found_on]
            )
            for one in mine
        }
        is_split = kind in TERMS and any(any(amounts[one]) or zeros for one in self._terms.keys() & amounts.keys())
        if not is_split:
            return lines_of(accounts, amounts, zeros=zeros)
        found: list[TreeLine] = []
        for term, name in TERMS[kind].items():
            of_term = {one: values for one, values in amounts.items() if self._terms.get(one, "") == term}
            if lines := lines_of(accounts, of_term, zeros=zeros):
                found += section(name, lines, self._layout.width)
        return found

    def _earned(self, *, zeros: bool) -> list[TreeLine]:
        """Profit or loss of each year that is not closed; that of the current one under one name in all columns."""
        rows: dict[str, list[Decimal]] = {}
        are_many = len(self._prior_years()) > 1
        for place, (found, start) in enumerate(zip(self._found_on, self._starts, strict=True)):
            for year, amount in sorted(found.earnings.items()):
                prior = f"{PRIOR_YEARS}, {year.name}" if are_many else PRIOR_YEARS
                name = PERIOD_RESULT if year.start == start else prior
                if amount or name == PERIOD_RESULT:
                    rows.setdefault(name, self._layout.nothing())[place] = amount
            rows.setdefault(OPENING, self._layout.nothing())[place] = CONTEXT.minus(found.opening)
            rows.setdefault(DIFFERENCE, self._layout.nothing())[place] = found.difference
        ordered = sorted(
            rows.items(), key=lambda row: (row[0] != OPENING, row[0] == DIFFERENCE, row[0] == PERIOD_RESULT, row[0])
        )
        lines = [TreeLine("computed", 0, name, None, self._layout.amounts(amounts)) for name, amounts in ordered]
        return [line for line in lines if any(line.amounts or ()) or (zeros and line.name == PERIOD_RESULT)]

    def _prior_years(self) -> set[Year]:
        """The earlier years, of all columns, that are not closed."""
        return {
            year for found, start in zip(self._found_on, self._starts, strict=True)
            for year, amount in found.earnings.items() if amount and year.start < start
        }  # fmt: skip

    def _gap(self, parts: dict[str, list[TreeLine]]) -> Amounts:
        """What assets exceed the other side by."""
        assets, liabilities, equity = (total_of(parts[kind], self._layout.width) for kind in SECTIONS)
        with localcontext(CONTEXT):
            return tuple(a - b - c for a, b, c in zip(assets, liabilities, equity, strict=True))
