"""The trial balance: every account with its balance on its side; debits and credits are equal per currency.

Accounts of income and expense open at the start of the fiscal year, as they do in the books of an auditor: what earlier
years earned, and no closing entry has taken to equity, stands on one line. Where a range goes over the end of a year,
what that year end takes from these accounts to the line has columns of its own, so that movements are what was posted
and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from ledgerflow.core.dates import day_before
from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.functional import (
    EXCHANGE,
    OPENING,
    functional,
    functional_books,
    is_functional,
    own_movements,
)
from reports.currencies.positions import BalancesInCurrency, scale_of, translated
from reports.errors import OneDateOrRange, RangeInOneCurrency, RangeOfWorksheet, WorksheetInOneCurrency
from reports.heads import head_of
from reports.reading.figures import RESULT_TYPES, VIEWS, GrossTotals, Reader
from reports.reading.tree import Amounts, TreeLine, lines_of, must_be_zero, rows_of, total_of
from reports.reading.values import reading_of
from reports.shapes import PRIOR_YEARS, AmountColumn, Block, TreeReport
from reports.statements.income import Range, range_of

WORKSHEET = "worksheet"
LIFETIME = "lifetime"
SIDES = [AmountColumn("debit", "Debit"), AmountColumn("credit", "Credit")]
SIDE_KEYS = ("debit", "credit", "total_debits", "total_credits")
STAGES = {"before": "Before ", "adjustments": "Adjustments ", "closing": "Closing ", "after": "After "}
OF_RANGE = {"opening": "Opening ", "movement": "", "carried": "Carried ", "closing": "Closing "}
FROM_ROUNDING = f"{EXCHANGE} from rounding"
NOTE_OF_RANGE = "Movements of foreign accounts are net: what the range added to their worth, on one side."
NOTHING = GrossTotals(ZERO, ZERO)
Figures = Mapping[UUID, GrossTotals]


class Content(NamedTuple):
    """What a form of the trial balance shows below its head."""

    blocks: list[Block]
    columns: list[AmountColumn]
    notes: tuple[str, ...] = ()


class Stage(NamedTuple):
    """What stands at a date in functional currency, debit positive: accounts, rounding, and the opening position."""

    amounts: Mapping[UUID, Decimal]
    rounding: Decimal
    opening: Decimal

    def earned(self) -> Decimal:
        """Of accounts of income and expense: all together."""
        with localcontext(CONTEXT):
            return sum(self.amounts.values(), self.rounding)


class Forms:
    """The forms of the trial balance over one reader.

    `by_year`: accounts of income and expense open at the start of the fiscal year; otherwise with the first journal.
    """

    def __init__(self, reader: Reader, *, by_year: bool, zeros: bool) -> None:
        self._reader = reader
        self._is_whole = reader.chosen is None
        self._by_year = by_year
        self._zeros = zeros

    def at_date(self, day: date, layers: Collection[str]) -> Content:
        """The balances, with what moved them."""
        found, before = self._reader.since_opening(day, layers, self._opens_on(day))
        totals = _since(found, before)
        # What moved an account that stands at zero again does not bring it back into the report.
        shown = {one: _sides(total) for one, total in totals.items() if self._zeros or total.net}
        prior = {code: _sides(total) for code, total in self._prior(before).items() if total.net}
        return Content(self._blocks(shown, prior, SIDE_KEYS), SIDES)

    def of_range(self, dates: Range, layers: Collection[str]) -> Content:
        """Opening balances, gross movements, what year ends between the two dates carry on, closing balances."""
        opening, closing = self._reader.before(dates.start, layers), self._reader.figures(dates.end, layers)
        at_start = self._earlier(dates.start, layers)
        at_end = at_start if self._spans_no_year_end(dates) else self._earlier(dates.end, layers)
        opened, left = _since(opening, at_start), _since(closing, at_end)
        carried = {one: _less(at_start.get(one, NOTHING), total) for one, total in at_end.items()}
        found = {
            one: _of_range(opened[one], _less(closing[one], opening[one]), carried.get(one, NOTHING), left[one])
            for one in closing
        }
        first, last = self._prior(at_start), self._prior(at_end)
        prior = {
            code: _of_range(
                first.get(code, NOTHING), NOTHING, _less(total, first.get(code, NOTHING)), last.get(code, NOTHING)
            )
            for code, total in last.items()
        }
        blocks = self._blocks(found, prior, _keys(OF_RANGE))
        return Content(blocks, _columns(OF_RANGE, blocks, "carried"))

    def worksheet(self, day: date) -> Content:
        """Balances before, what adjustments and closing entries moved, balances after."""
        befores = [self._earlier(day, VIEWS[view]) for view in ("before", "adjusted", "after")]
        views = [
            _since(self._reader.figures(day, VIEWS[view]), before)
            for view, before in zip(("before", "adjusted", "after"), befores, strict=True)
        ]
        priors = [self._prior(before) for before in befores]
        found = {one: _stages(*(figures[one] for figures in views)) for one in views[0]}
        prior = {code: _stages(*(figures[code] for figures in priors)) for code in priors[0]}
        blocks = self._blocks(found, prior, _keys(STAGES))
        return Content(blocks, _columns(STAGES, blocks, "closing"))

    def in_one_currency(self, day: date, layers: Collection[str], currency: str) -> Content:
        """The balances of all currencies together: in functional currency, or translated with what that leaves."""
        if is_functional(self._reader, currency, day):
            return self._functional(day, layers)
        position = translated(self._reader, day, layers, currency)
        amounts, prior = dict(position.amounts), ZERO
        if self._by_year:
            amounts |= position.of_this_year
            with localcontext(CONTEXT):
                prior = sum((-amount for year, amount in position.earnings.items() if year.end < day), ZERO)
        lines = self._one_line_each(amounts, prior)
        if self._is_whole:
            lines.append(TreeLine("computed", 0, "Translation difference", None, _credited(position.difference)))
            debits, credits_ = total_of(lines, 2)
            leftover = CONTEXT.subtract(credits_, debits)
            if leftover:
                lines.append(TreeLine("computed", 0, "Rounding", None, _on_side(leftover)))
        return Content([self._block(currency, lines, ("debit", "credit"))], SIDES, position.notes)

    def _functional(self, day: date, layers: Collection[str]) -> Content:
        """What rounding left in earlier years is part of what they earned."""
        reader, era = self._reader, self._reader.era_on(day)
        code = era.currency
        position = functional(reader, day, layers)
        amounts, prior, difference = dict(position.amounts), ZERO, position.difference
        if self._by_year and len(reader.years(day)) > 1:
            before = functional(reader, day_before(reader.year_of(day).start), layers, era=era)
            earned = {one: net for one, net in before.amounts.items() if reader.accounts[one].type in RESULT_TYPES}
            with localcontext(CONTEXT):
                amounts |= {one: amounts.get(one, ZERO) - net for one, net in earned.items()}
                prior = sum(earned.values(), -before.difference)
                difference -= before.difference
        lines = self._one_line_each(amounts, prior)
        if position.opening:
            lines.append(TreeLine("computed", 0, OPENING, None, _on_side(position.opening)))
        if difference:
            lines.append(TreeLine("computed", 0, FROM_ROUNDING, None, _credited(difference)))
        return Content([self._block(code, lines, ("debit", "credit"))], SIDES, position.notes)

    def functional_of_range(self, dates: Range, layers: Collection[str]) -> Content:
        """The same of a range as of one currency; foreign accounts move by what they came to, on one side."""
        reader, era = self._reader, self._reader.era_on(dates.end)
        code = era.currency
        known: dict[date, BalancesInCurrency] = {}

        def on(day: date) -> BalancesInCurrency:
            if day not in known:
                known[day] = functional(reader, day, layers, era=era)
            return known[day]

        def earlier(day: date) -> Stage:
            if not self._by_year or len(reader.years(day)) == 1:
                return Stage({}, ZERO, ZERO)
            before = on(day_before(reader.year_of(day).start))
            earned = {one: net for one, net in before.amounts.items() if reader.accounts[one].type in RESULT_TYPES}
            return Stage(earned, CONTEXT.minus(before.difference), ZERO)

        first, last = on(day_before(dates.start)), on(dates.end)
        stages = [
            Stage(first.amounts, CONTEXT.minus(first.difference), first.opening), earlier(dates.start),
            Stage(last.amounts, CONTEXT.minus(last.difference), last.opening), earlier(dates.end),
        ]  # fmt: skip
        gross = own_movements(reader, functional_books(reader, era), dates.start, dates.end, layers)
        ids = {id_ for stage in stages for id_ in stage.amounts} | gross.keys()
        found = {
            id_: _net_of_range([stage.amounts.get(id_, ZERO) for stage in stages], gross.get(id_, NOTHING))
            for id_ in ids
        }
        lines = lines_of(reader.accounts, found, zeros=self._zeros)
        prior = [stage.earned() for stage in (stages[1], stages[3])]
        computed = {
            PRIOR_YEARS: (
                *_on_side(prior[0]),
                ZERO,
                ZERO,
                *_on_side(CONTEXT.subtract(prior[1], prior[0])),
                *_on_side(prior[1]),
            ),
            OPENING: _net_of_range([stage.opening for stage in stages]),
            FROM_ROUNDING: _net_of_range([stage.rounding for stage in stages]),
        }
        lines += [TreeLine("computed", 0, name, None, amounts) for name, amounts in computed.items() if any(amounts)]
        blocks = [self._block(code, lines, _keys(OF_RANGE))]
        return Content(blocks, _columns(OF_RANGE, blocks, "carried"), (*last.notes, NOTE_OF_RANGE))

    def notes_on(self, dates: Range) -> Iterator[str]:
        """From when on income and expense are counted, where there are years before."""
        if self._by_year and len(self._reader.years(dates.end)) > 1:
            starts = dict.fromkeys(str(self._reader.year_of(day).start) for day in dates)
            yield (
                f"Accounts of income and expense open on {', and again on '.join(starts)}. "
                f"What the years before earned is on the line {PRIOR_YEARS!r}, as far as they are not closed."
            )

    def _spans_no_year_end(self, dates: Range) -> bool:
        year_of = self._reader.year_of
        return year_of(dates.start).start == year_of(dates.end).start

    def _earlier(self, day: date, layers: Collection[str]) -> Figures:
        """Income and expense of the fiscal years before the one that holds `day`; nothing where there are none."""
        start = self._opens_on(day)
        return {} if start is None else self._reader.before(start, layers, types=RESULT_TYPES)

    def _opens_on(self, day: date) -> date | None:
        """Where income and expense begin anew; None with the books."""
        years = self._reader.years(day)
        return years[-1].start if self._by_year and len(years) > 1 else None

    def _prior(self, before: Figures) -> dict[str, GrossTotals]:
        """Those figures added up per currency."""
        found: dict[str, GrossTotals] = {}
        with localcontext(CONTEXT):
            for account, total in before.items():
                currency = self._reader.accounts[account].currency
                so_far = found.get(currency, NOTHING)
                found[currency] = GrossTotals(so_far.debits + total.debits, so_far.credits + total.credits)
        return found

    def _blocks(self, found: Mapping[UUID, Amounts], prior: Mapping[str, Amounts], keys: Iterable[str]) -> list[Block]:
        """A block per currency, each with a total that balances."""
        per_currency: dict[str, dict[UUID, Amounts]] = {}
        for account, amounts in found.items():
            per_currency.setdefault(self._reader.accounts[account].currency, {})[account] = amounts
        blocks = []
        for currency, amounts_of in sorted(per_currency.items()):
            lines = lines_of(self._reader.accounts, amounts_of, zeros=self._zeros)
            if any(prior.get(currency, ())):
                lines.append(TreeLine("computed", 0, PRIOR_YEARS, None, prior[currency]))
            if lines:
                blocks.append(self._block(currency, lines, list(keys)))
        return blocks

    def _block(self, currency: str, lines: list[TreeLine], keys: Sequence[str]) -> Block:
        """Some lines only need not balance: their other sides may be elsewhere."""
        total = total_of(lines, len(keys))
        gaps = [CONTEXT.subtract(*pair) for pair in zip(total[::2], total[1::2], strict=True)]
        must_be_zero(gaps if self._is_whole else (), f"The trial balance in {currency} does not balance.")
        lines = [*lines, TreeLine("total", 0, f"Total {currency}", None, total)]
        return Block(currency, rows_of(lines, list(keys), scale_of(self._reader, currency)))

    def _one_line_each(self, amounts: Mapping[UUID, Decimal], prior: Decimal) -> list[TreeLine]:
        sides = {account: _on_side(net) for account, net in amounts.items()}
        lines = lines_of(self._reader.accounts, sides, zeros=self._zeros)
        if prior:
            lines.append(TreeLine("computed", 0, PRIOR_YEARS, None, _on_side(prior)))
        return lines


def trial_balance(
    entity_id: UUID,
    *,
    as_of: date | None = None,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
    view: str = "after",
    totals: str = "fiscal_year",
    currency: str | None = None,
    dimension: str | None = None,
    zeros: bool = False,
    folded: bool = False,
) -> TreeReport:
    """The trial balance at the end of `as_of` (the business date unless given), or from one date to another.

    From what was recorded by `known_at`. `view`: "before" adjustments, "adjusted", "after" closing entries too, or
    "worksheet": all of them side by side. `totals`: accounts of income and expense open with the "fiscal_year", or hold
    all that was ever posted to them ("lifetime").

    At a date `debit` and `credit` hold the balance, `total_debits` and `total_credits` all that moved it to there from
    where the account opens. Of a range, opening + movement + carried = closing, debit less credit; what is carried at a
    year end is there only where the range goes over one, and without `to_date` it goes to the business date, without
    `from_date` from the first day of the fiscal year. `currency`: "functional", or translated to it.
    `dimension` ("cost_centre:NORTH,SOUTH"): of lines with one of these values or one below them, whose sides need not
    be equal. `folded`: at a date, very many accounts below a header are one line. Raises `FutureDate`,
    `UnknownCurrency`, `UnknownDimension`, `RateMissing`, `RateTooOld`, and `Malformed` for a date beside a range, for a
    range as worksheet, for a range translated, and for a worksheet in one currency.
    """
    is_range = from_date is not None or to_date is not None
    _check(is_range=is_range, has_date=as_of is not None, view=view, currency=currency)
    can_fold = folded and not is_range and view != WORKSHEET
    with reading_of(entity_id, known_at, dimension, currency, folded=can_fold) as reader:
        forms = Forms(reader, by_year=totals != LIFETIME, zeros=zeros)
        if is_range:
            end = to_date or reader.books.business_date
            dates = range_of(reader, from_date or reader.year_of(end).start, end)
            asked: dict[str, Any] = {"from_": dates.start, "to": dates.end}
            if currency and not is_functional(reader, currency, end):
                raise RangeInOneCurrency(pointer="/currency")
            form = forms.functional_of_range if currency else forms.of_range
            content = form(dates, VIEWS[view])
        else:
            day = as_of or reader.books.business_date
            reader.check_date(day, "as_of")
            dates, asked = Range(day, day), {"as_of": day}
            if view == WORKSHEET:
                content = forms.worksheet(day)
            elif currency:
                content = forms.in_one_currency(day, VIEWS[view], currency)
            else:
                content = forms.at_date(day, VIEWS[view])
        notes = (*content.notes, *forms.notes_on(dates), *([reader.chosen.note] if reader.chosen else ()))
        asked |= {"view": view, "totals": totals, "currency": currency, "dimension": dimension}
        head = head_of(reader, "Trial balance", notes, **asked)
        return TreeReport(**head, columns=content.columns, blocks=content.blocks)


def _check(*, is_range: bool, has_date: bool, view: str, currency: str | None) -> None:
    if is_range and has_date:
        raise OneDateOrRange(pointer="/as_of")
    if is_range and view == WORKSHEET:
        raise RangeOfWorksheet(pointer="/view")
    if view == WORKSHEET and currency:
        raise WorksheetInOneCurrency(pointer="/currency")


def _sides(total: GrossTotals) -> Amounts:
    return (*_on_side(total.net), total.debits, total.credits)


def _credited(amount: Decimal) -> tuple[Decimal, Decimal]:
    return _on_side(CONTEXT.minus(amount))


def _on_side(net: Decimal) -> tuple[Decimal, Decimal]:
    return (net, ZERO) if net > 0 else (ZERO, net.copy_abs())


def _keys(stages: Iterable[str]) -> list[str]:
    return [f"{stage}_{side}" for stage in stages for side in ("debit", "credit")]


def _columns(stages: Mapping[str, str], blocks: Iterable[Block], optional: str) -> list[AmountColumn]:
    """Two columns a stage, those of the `optional` one only where something stands in them."""
    has_any = any(Decimal(block.rows[-1].amounts[f"{optional}_debit"]) for block in blocks)
    return [
        AmountColumn(f"{stage}_{side}", f"{title}{side}".capitalize())
        for stage, title in stages.items() if stage != optional or has_any
        for side in ("debit", "credit")
    ]  # fmt: skip


def _of_range(opening: GrossTotals, moved: GrossTotals, carried: GrossTotals, closing: GrossTotals) -> Amounts:
    return (*_on_side(opening.net), *moved, *_on_side(carried.net), *_on_side(closing.net))


def _net_of_range(stages: Sequence[Decimal], own: GrossTotals = NOTHING) -> Amounts:
    """Of balances at both ends, each with what earlier years earned; `own` was posted in base currency, gross."""
    opened, first, closed, last = stages
    with localcontext(CONTEXT):
        debit, credit = _on_side(closed - opened - own.net)
        moved = (own.debits + debit, own.credits + credit)
        return (*_on_side(opened - first), *moved, *_on_side(first - last), *_on_side(closed - last))


def _stages(before: GrossTotals, adjusted: GrossTotals, after: GrossTotals) -> Amounts:
    return (*_on_side(before.net), *_less(adjusted, before), *_less(after, adjusted), *_on_side(after.net))


def _since(totals: Figures, before: Figures) -> dict[UUID, GrossTotals]:
    return {one: _less(total, before[one]) if one in before else total for one, total in totals.items()}


def _less(later: GrossTotals, earlier: GrossTotals) -> GrossTotals:
    return GrossTotals(CONTEXT.subtract(later.debits, earlier.debits), CONTEXT.subtract(later.credits, earlier.credits))
