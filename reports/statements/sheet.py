"""The balance sheet: assets, liabilities, equity at the end of a date; earnings not yet closed on lines of their own.

What closing entries carried to retained earnings is gone from the income and expense accounts, so that the earnings
computed from those accounts never count it a second time.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, localcontext
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.functional import functional, is_functional
from reports.currencies.positions import BalancesInCurrency, positions, scale_of, translated
from reports.errors import ComparisonIncomplete
from reports.heads import head_of
from reports.reading.figures import VIEWS, Reader, reading
from reports.reading.tree import Amounts, TreeLine, added, lines_of, must_be_zero, rows_of, section, total_of
from reports.reading.years import Year
from reports.shapes import PERIOD_RESULT, PRIOR_YEARS, AmountColumn, Block, TreeReport

SECTIONS = {"asset": "Assets", "liability": "Liabilities", "equity": "Equity"}
DIFFERENCE = "Translation difference"
KEYS = ("amount", "compare", "change")


def balance_sheet(
    entity_id: UUID,
    *,
    as_of: date | None = None,
    compare: date | None = None,
    known_at: datetime | None = None,
    view: str = "after",
    currency: str | None = None,
    zeros: bool = False,
) -> TreeReport:
    """The balance sheet at the end of `as_of` (the business date unless given), beside that of `compare`.

    Assets are debit positive, liabilities and equity credit positive; contra accounts subtract. `view` as for the
    trial balance, `currency` too. Raises `FutureDate`, `UnknownCurrency`, `RateMissing`, `RateTooOld`.
    """
    with reading(entity_id, known_at) as reader:
        day = as_of or reader.books.business_date
        days = [day] if compare is None else [day, compare]
        for one, name in zip(days, ("as_of", "compare"), strict=False):
            reader.check_date(one, name)
        found_on = [_found_on(reader, one, VIEWS[view], currency) for one in days]
        blocks = []
        for code in sorted({code for found in found_on for code in found}):
            columns = [found.get(code, BalancesInCurrency({}, {})) for found in found_on]
            sheet = _Sheet(reader, days, columns, is_exact=currency is None or is_functional(reader, currency))
            blocks.append(Block(code, rows_of(sheet.lines(zeros=zeros), KEYS[: sheet.width], scale_of(reader, code))))
        notes = [note for found in found_on for position in found.values() for note in position.notes]
        head = head_of(reader, "Balance sheet", notes, as_of=day, compare=compare, view=view, currency=currency)
        return TreeReport(**head, columns=columns_of([str(one) for one in days]), blocks=blocks)


def columns_of(titles: list[str]) -> list[AmountColumn]:
    """One column, or two and the change from the second to the first."""
    titles = [*titles, "Change"] if len(titles) > 1 else titles
    return [AmountColumn(key, title) for key, title in zip(KEYS, titles, strict=False)]


def with_change(amounts: list[Decimal]) -> Amounts:
    """The amount; or the amount, the one compared with, and the change."""
    return (*amounts, CONTEXT.subtract(*amounts)) if len(amounts) > 1 else tuple(amounts)


def check_comparison(given: date | None, needed: date | None) -> None:
    """Raise `Malformed` when only one end of the range to compare with is given."""
    if (given is None) != (needed is None):
        raise ComparisonIncomplete(pointer="/compare_from" if given is None else "/compare_to")


def _found_on(
    reader: Reader, day: date, layers: tuple[str, ...], currency: str | None
) -> dict[str, BalancesInCurrency]:
    if is_functional(reader, currency):
        # What rounding has left is in the earnings.
        return {
            reader.books.base_currency: functional(reader, day, layers, with_earnings=True)._replace(difference=ZERO)
        }
    return {currency: translated(reader, day, layers, currency)} if currency else positions(reader, day, layers)


class _Sheet:
    """The lines of one currency; a position per column."""

    def __init__(self, reader: Reader, days: list[date], found_on: list[BalancesInCurrency], *, is_exact: bool) -> None:
        self._reader = reader
        self._found_on = found_on
        self._starts = [reader.year_of(day).start for day in days]
        self.width = len(with_change([ZERO] * len(days)))
        self._is_exact = is_exact

    def lines(self, *, zeros: bool) -> list[TreeLine]:
        """All sections with their totals. Raises `ReportsDisagreeError` when the two sides differ."""
        parts = {kind: self._accounts(kind, zeros=zeros) for kind in SECTIONS}
        parts["equity"] += self._earned(zeros=zeros)
        leftover = self._gap(parts)
        if self._is_exact:
            must_be_zero(leftover, "The balance sheet does not balance.")
        elif any(leftover):
            parts["equity"].append(TreeLine("computed", 0, "Rounding", None, leftover))
        lines = [line for kind, name in SECTIONS.items() for line in section(name, parts[kind], self.width)]
        other_side = added([total_of(parts[kind], self.width) for kind in ("liability", "equity")], self.width)
        return [*lines, TreeLine("total", 0, "Total liabilities and equity", None, other_side)]

    def _accounts(self, kind: str, *, zeros: bool) -> list[TreeLine]:
        accounts = self._reader.accounts
        mine = sorted({one for found in self._found_on for one in found.amounts if accounts[one].type == kind})
        sign = 1 if kind == "asset" else -1
        amounts = {
            one: with_change([CONTEXT.multiply(found.amounts.get(one, ZERO), sign) for found in self._found_on])
            for one in mine
        }
        return lines_of(accounts, amounts, zeros=zeros)

    def _earned(self, *, zeros: bool) -> list[TreeLine]:
        """Profit or loss of each year that is not closed; that of the current one under one name in all columns."""
        rows: dict[str, list[Decimal]] = {}
        are_many = len(self._prior_years()) > 1
        for place, (found, start) in enumerate(zip(self._found_on, self._starts, strict=True)):
            for year, amount in sorted(found.earnings.items()):
                prior = f"{PRIOR_YEARS}, {year.name}" if are_many else PRIOR_YEARS
                name = PERIOD_RESULT if year.start == start else prior
                if amount or name == PERIOD_RESULT:
                    rows.setdefault(name, [ZERO] * len(self._found_on))[place] = amount
            rows.setdefault(DIFFERENCE, [ZERO] * len(self._found_on))[place] = found.difference
        ordered = sorted(rows.items(), key=lambda row: (row[0] == DIFFERENCE, row[0] == PERIOD_RESULT, row[0]))
        lines = [TreeLine("computed", 0, name, None, with_change(amounts)) for name, amounts in ordered]
        return [line for line in lines if any(line.amounts or ()) or (zeros and line.name == PERIOD_RESULT)]

    def _prior_years(self) -> set[Year]:
        """The earlier years, of all columns, that are not closed."""
        return {
            year for found, start in zip(self._found_on, self._starts, strict=True)
            for year, amount in found.earnings.items() if amount and year.start < start
        }  # fmt: skip

    def _gap(self, parts: dict[str, list[TreeLine]]) -> Amounts:
        """What assets exceed the other side by."""
        assets, liabilities, equity = (total_of(parts[kind], self.width) for kind in SECTIONS)
        with localcontext(CONTEXT):
            return tuple(a - b - c for a, b, c in zip(assets, liabilities, equity, strict=True))
