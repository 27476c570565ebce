"""The figures of a statement of changes in equity: per currency, in functional currency, or translated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

from fx.functional.day_rates import FunctionalBooks, at_fixed_rate, day_rates
from fx.functional.moves import special_moves
from fx.rates.conversion import converted
from ledgerflow.core.dates import day_before
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.functional import (
    books_before,
    functional,
    functional_books,
    functional_range,
    joined_places,
)
from reports.currencies.positions import BalancesInCurrency, positions, rates_for, scale_of, translated
from reports.currencies.translation import Factors, Piece, average, closing, rounded
from reports.equity.moves import EquityMove, equity_moves
from reports.reading.figures import RESULT_TYPES, Reader
from reports.reading.years import year_of

EARNINGS, DIFFERENCE = "earnings", "difference"  # columns beside those of accounts
PROFIT, TRANSFER, WITHIN, SEVERAL = "profit", "transfer", "within", "several"
TRANSLATION, ROUNDING = "translation", "rounding"
ColumnOf = UUID | str
RowOf = UUID | str
Matrix = dict[tuple[RowOf, ColumnOf], Decimal]


class EquityFigures(NamedTuple):
    """Of one currency, credit positive: by column, and what moved by row and column."""

    opening: dict[ColumnOf, Decimal]
    moved: Matrix
    closing: dict[ColumnOf, Decimal]
    notes: tuple[str, ...] = ()


class EquityRange(NamedTuple):
    """The range, and which layers count."""

    start: date
    end: date
    layers: Collection[str]

    @property
    def of_result(self) -> tuple[str, ...]:
        """The layers that make profit or loss: closing entries do not."""
        return tuple(layer for layer in self.layers if layer != "closing")


def per_currency(reader: Reader, asked: EquityRange) -> dict[str, EquityFigures]:
    """The changes in each currency that has accounts of equity or earnings."""
    before = positions(reader, day_before(asked.start), asked.layers)
    after = positions(reader, asked.end, asked.layers)
    profits = reader.movements(asked.start, asked.end, asked.of_result, types=RESULT_TYPES)
    moves = equity_moves(reader, *asked)
    found = {}
    for currency, position in after.items():
        mine = [one for one in moves if reader.accounts[one.account].currency == currency]
        with localcontext(CONTEXT):
            results = (one.net for id_, one in profits.items() if reader.accounts[id_].currency == currency)
            profit = -sum(results, ZERO)
        moved = _moved((one.account, one, one.amount) for one in mine)
        moved[PROFIT, EARNINGS] = profit
        opening = _balances(reader, before.get(currency, BalancesInCurrency({}, {})))
        figures = EquityFigures(opening, moved, _balances(reader, position))
        found[currency] = _with_rest(figures, TRANSFER, [EARNINGS])
    return found


def in_functional_currency(reader: Reader, asked: EquityRange) -> EquityFigures:
    """The changes of all currencies together, movements at the rates of their days. Raises as `functional`.

    What the end of a year takes from earnings, retained earnings get. What is left are parts of cents. In the base
    currency of the end; what was before a change of it at the fixed rate.
    """
    era = reader.era_on(asked.end)
    books = functional_books(reader, era)
    before = functional(reader, day_before(asked.start), asked.layers, with_earnings=True, era=era)
    after = functional(reader, asked.end, asked.layers, with_earnings=True)
    result = functional_range(reader, asked.start, asked.end, asked.of_result)
    places = joined_places(reader, books)
    moves = [one for one in equity_moves(reader, *asked) if not one.is_closing]
    moved = _moved_in_base(reader, books, moves, places)
    with localcontext(CONTEXT):
        moved[PROFIT, EARNINGS] = result.exchange - sum(result.amounts.values(), ZERO)
    # Rounding is in the earnings of a functional balance sheet.
    opening, last = (_balances(reader, one._replace(difference=ZERO)) for one in (before, after))
    figures = _with_rest(EquityFigures(opening, moved, last, after.notes), TRANSFER, [EARNINGS])
    taken = figures.moved.get((TRANSFER, EARNINGS), ZERO)
    if taken:
        mine = (one for one in reader.accounts.values() if one.role == "retained_earnings" and not one.is_header)
        retained = next(places.get(one.id, one.id) for one in mine if one.type == "equity")
        figures.moved[TRANSFER, retained] = CONTEXT.minus(taken)
    return _with_rest(figures, ROUNDING, _columns(figures))


def in_presentation_currency(reader: Reader, asked: EquityRange, target: str) -> EquityFigures:
    """The changes translated: equity at the rates of its days, earnings at average rates. Raises as `translated`."""
    units = scale_of(reader, target)
    before = translated(reader, day_before(asked.start), asked.layers, target)
    after = translated(reader, asked.end, asked.layers, target)
    years, pieces = reader.years(asked.end), []
    for move in equity_moves(reader, *asked):
        currency = reader.accounts[move.account].currency
        at_average = average(currency, year_of(years, move.day))
        rate = at_average if move.is_closing else closing(currency, move.day)
        pieces.append((move, Piece(move.amount, rate)))
    factors = Factors(target, rates_for(reader, target, {piece.rate for _, piece in pieces}))
    moved = _moved(
        (move.account, move, rounded(factors.value([piece]), units, factors.rates.rounding)) for move, piece in pieces
    )
    with localcontext(CONTEXT):
        taken = -sum((amount for (row, _), amount in moved.items() if row == TRANSFER), ZERO)
    if taken:
        moved[TRANSFER, EARNINGS] = taken
    figures = EquityFigures(_balances(reader, before), moved, _balances(reader, after), after.notes)
    figures = _with_rest(_with_rest(figures, PROFIT, [EARNINGS]), TRANSLATION, [DIFFERENCE])
    return _with_rest(figures, ROUNDING, _columns(figures))


def _columns(figures: EquityFigures) -> list[ColumnOf]:
    return list({*figures.opening, *figures.closing, *(column for _, column in figures.moved)})


def _balances(reader: Reader, position: BalancesInCurrency) -> dict[ColumnOf, Decimal]:
    with localcontext(CONTEXT):
        found: dict[ColumnOf, Decimal] = {
            id_: -amount for id_, amount in position.amounts.items() if reader.accounts[id_].type == "equity"
        }
        found[EARNINGS] = sum(position.earnings.values(), ZERO)
    if position.difference:
        found[DIFFERENCE] = position.difference
    return found


def _moved_in_base(
    reader: Reader, books: FunctionalBooks, moves: Collection[EquityMove], places: Mapping[UUID, UUID]
) -> Matrix:
    """The movements in base currency; what was before its era comes over once for each row and column."""
    since = books.era.starts_on or date.min
    mine = [one for one in moves if one.day >= since]
    worth = InBase(reader, books, mine)
    found = _moved((places.get(one.account, one.account), one, worth(one)) for one in mine)
    earlier = [one for one in moves if one.day < since]
    if earlier:
        before = books_before(reader, books)
        for place, amount in _moved_in_base(reader, before, earlier, places).items():
            found[place] = CONTEXT.add(found.get(place, ZERO), at_fixed_rate(books, before, amount))
    return found


def _moved(moves: Iterable[tuple[UUID, EquityMove, Decimal]]) -> Matrix:
    """The movements by row and column, from amounts that are debit positive."""
    found: Matrix = {}
    for column, move, amount in moves:
        row: RowOf = move.other or (SEVERAL if move.others else WITHIN)
        place = (TRANSFER if move.is_closing else row, column)
        found[place] = CONTEXT.subtract(found.get(place, ZERO), amount)
    return found


def _with_rest(figures: EquityFigures, row: str, columns: Collection[ColumnOf]) -> EquityFigures:
    """The same, with what else moved these columns in a row."""
    with localcontext(CONTEXT):
        for column in columns:
            known = sum((amount for (_, of), amount in figures.moved.items() if of == column), ZERO)
            rest = figures.closing.get(column, ZERO) - figures.opening.get(column, ZERO) - known
            if rest:
                figures.moved[row, column] = figures.moved.get((row, column), ZERO) + rest
    return figures


class InBase:
    """What a movement comes to in base currency."""

    def __init__(self, reader: Reader, books: FunctionalBooks, moves: Collection[EquityMove]) -> None:
        self._reader = reader
        self._books = books
        foreign = [one for one in moves if self._currency(one) != self._books.base]
        self._rates = day_rates(self._books, {(self._currency(one), one.day) for one in foreign})
        self._special = special_moves(self._books, {one.day for one in foreign}) if foreign else {}

    def __call__(self, move: EquityMove) -> Decimal:
        """Raises `RateMissing` and `RateTooOld`."""
        if self._currency(move) == self._books.base:
            return move.amount
        special = self._special.get((move.account, move.day))
        if special is not None and special.amount == move.amount:
            return special.value
        chain = self._rates[self._currency(move), move.day]
        if isinstance(chain, LedgerError):
            raise chain
        return converted(move.amount, chain, self._books.minor_units, self._books.rounding)

    def _currency(self, move: EquityMove) -> str:
        return self._reader.accounts[move.account].currency


def sum_of(amounts: Mapping[ColumnOf, Decimal], columns: Collection[ColumnOf]) -> Decimal:
    """The sum over some columns."""
    with localcontext(CONTEXT):
        return sum((amounts.get(one, ZERO) for one in columns), ZERO)
