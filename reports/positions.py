"""What stands on every account at the end of a date, with earnings by fiscal year: as it is, or translated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from accounts.errors import UnknownCurrency
from fx.rates.report_rates import Rates, RateWanted
from fx.rates.translation import translation_rates
from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain
from reports.figures import NET_ASSET_TYPES, RESULT_TYPES, GrossTotals, Reader, ReportAccount
from reports.translation import (
    NOTHING,
    Differences,
    Factors,
    Piece,
    YearOf,
    average,
    closing,
    differences,
    rounded,
    terms,
)
from reports.tree import must_be_zero
from reports.years import Year

# Of each equity account and day what was known: whole parts of the day totals, and the lines of the part in between.
EQUITY_MOVES = """
    SELECT m.id, m.effective_date, m.layer = 'closing', sum(m.amount)
    FROM (
        SELECT a.id, t.effective_date, t.layer, t.debits - t.credits AS amount
        FROM accounts_account a CROSS JOIN LATERAL journals_version_at(a.id, %(known)s) v (version)
        JOIN journals_daytotal t ON t.account_id = a.id AND t.part < v.version / 256
        WHERE a.entity_id = %(entity)s AND a.type = 'equity' AND NOT a.is_header
        UNION ALL
        SELECT a.id, p.effective_date, j.layer, p.amount
        FROM accounts_account a CROSS JOIN LATERAL journals_version_at(a.id, %(known)s) v (version)
        JOIN journals_posting p ON p.account_id = a.id
         AND p.account_version BETWEEN v.version / 256 * 256 AND v.version
        JOIN journals_journal j ON j.id = p.journal_id
        WHERE a.entity_id = %(entity)s AND a.type = 'equity' AND NOT a.is_header
    ) m
    WHERE m.effective_date <= %(as_of)s AND m.layer = ANY (%(layers)s)
    GROUP BY 1, 2, 3 HAVING sum(m.amount) <> 0 ORDER BY 2
"""


class LeavingOut(NamedTuple):
    """Of which types the accounts with a role are left out, and why."""

    types: tuple[str, ...]
    reason: str


# Roles whose accounts hold in base currency, or between two currencies, what rates did to accounts that are translated
# at the closing rate anyway: beside those it would stand a second time.
LEFT_OUT = {
    "valuation": LeavingOut(NET_ASSET_TYPES, "Their foreign accounts at the closing rate include it."),
    "fx_clearing": LeavingOut(
        (*NET_ASSET_TYPES, "equity"), "At the rates of their settlements they come to nothing in base currency."
    ),
}
MOST_NAMED = 10  # accounts in a note


class BalancesInCurrency(NamedTuple):
    """Balances in one currency, debit positive; earnings per fiscal year, credit positive, as far as not closed.

    `difference` is the translation difference, credit positive.
    """

    amounts: dict[UUID, Decimal]
    earnings: dict[Year, Decimal]
    difference: Decimal = ZERO
    notes: tuple[str, ...] = ()


class _Move(NamedTuple):
    account: UUID
    day: date
    is_closing: bool
    amount: Decimal


def positions(reader: Reader, as_of: date, layers: Collection[str]) -> dict[str, BalancesInCurrency]:
    """The position of each currency that has accounts."""
    found: dict[str, BalancesInCurrency] = {}
    for account, total in reader.figures(as_of, layers).items():
        currency = reader.accounts[account].currency
        found.setdefault(currency, BalancesInCurrency({}, {})).amounts[account] = total.net
    for year, currency, amount in _earnings(reader, as_of, layers):
        found[currency].earnings[year] = amount
    return found


def translated(reader: Reader, as_of: date, layers: Collection[str], target: str) -> BalancesInCurrency:
    """The position of all currencies together in `target` (IAS 21 paragraphs 39 to 41).

    Without the accounts of `LEFT_OUT`: what they come to is taken from the computed translation difference. Raises
    `UnknownCurrency`, and `RateMissing` or `RateTooOld` by the name of the pair and date.
    """
    minor_units = scale_of(reader, target)
    at_ends = [(year, reader.figures(year.end, layers)) for year in reader.years(as_of)]
    moves = [_Move(*row) for row in _equity_moves(reader, as_of, layers)]
    pieces = dict(_pieces(reader, as_of, at_ends, moves))
    per_currency = _years_of(reader, at_ends, moves)
    wanted = {piece.rate for parts in pieces.values() for piece in parts}
    wanted |= {piece.rate for code, years in per_currency.items() for _, piece in terms(code, years)}
    factors = Factors(target, rates_for(reader, target, wanted))
    found = [differences(code, years, factors) for code, years in per_currency.items() if code != target]
    values = {account: factors.value(parts) for account, parts in pieces.items()}
    left_out = {account: values.pop(account) for account in pieces if is_left_out(reader.accounts[account])}
    difference = sum((one.total for one in found), NOTHING) - sum(left_out.values(), NOTHING)
    must_be_zero([sum(values.values(), -difference)], "The translated accounts do not leave the computed difference.")
    rounding = factors.rates.rounding
    return BalancesInCurrency(
        {account: rounded(value, minor_units, rounding) for account, value in values.items()},
        {
            year: rounded(-value, minor_units, rounding)
            for year, value in _by_year(reader, pieces, at_ends, factors).items()
        },
        rounded(difference, minor_units, rounding),
        (
            *_difference_notes(found, minor_units, rounding),
            *_left_out_notes(reader, left_out, minor_units, rounding),
            *rate_notes(factors.rates),
        ),
    )


def is_left_out(account: ReportAccount) -> bool:
    """Whether translated reports leave this account out."""
    return account.role in LEFT_OUT and account.type in LEFT_OUT[account.role].types


def rates_for(reader: Reader, target: str, wanted: Iterable[RateWanted]) -> Rates:
    """The rates into `target`. Raises `RateMissing` and `RateTooOld`."""
    foreign = sorted({one for one in wanted if one.currency != target}, key=_place)
    if not foreign:
        return Rates({})
    return translation_rates(reader.entity_id, target, foreign, known_at=reader.known_at, fetch=reader.rows)


def rate_notes(rates: Rates) -> Iterator[str]:
    """The rates used, one line each."""
    for wanted, used in rates.used.items():
        span = f"{wanted.since} to {wanted.on}" if wanted.since else str(wanted.on)
        yield f"{wanted.currency} {wanted.kind} {span}: {used.shown}"


def _place(wanted: RateWanted) -> tuple[str, date, str, date]:
    return wanted.currency, wanted.on, wanted.kind, wanted.since or wanted.on


def scale_of(reader: Reader, currency: str) -> int:
    """Minor units of a currency of these books. Raises `UnknownCurrency`."""
    if currency not in reader.scales:
        raise UnknownCurrency(pointer="/currency", currency=currency[:12])
    return reader.scales[currency]


def _earnings(reader: Reader, as_of: date, layers: Collection[str]) -> Iterator[tuple[Year, str, Decimal]]:
    """Income less expenses of each fiscal year and currency, where it is not zero; closing entries take it away."""
    before: dict[str, Decimal] = {}
    for year in reader.years(as_of):
        now: dict[str, Decimal] = {}
        for account, total in reader.figures(year.end, layers, types=RESULT_TYPES).items():
            currency = reader.accounts[account].currency
            now[currency] = CONTEXT.subtract(now.get(currency, ZERO), total.net)
        for currency, amount in now.items():
            if earned := CONTEXT.subtract(amount, before.get(currency, ZERO)):
                yield year, currency, earned
        before = now


def _equity_moves(reader: Reader, as_of: date, layers: Collection[str]) -> list[tuple[UUID, date, bool, Decimal]]:
    given = {"entity": reader.entity_id, "known": reader.known, "as_of": as_of, "layers": list(layers)}
    return reader.rows(EQUITY_MOVES, given)


def _pieces(
    reader: Reader, as_of: date, at_ends: list[tuple[Year, dict[UUID, GrossTotals]]], moves: Iterable[_Move]
) -> Iterator[tuple[UUID, list[Piece]]]:
    """The balance of each account in parts, one per rate."""
    years = [year for year, _ in at_ends]
    of_equity: dict[UUID, list[Piece]] = {}
    for move in moves:
        currency = reader.accounts[move.account].currency
        rate = average(currency, _year_of(years, move.day)) if move.is_closing else closing(currency, move.day)
        of_equity.setdefault(move.account, []).append(Piece(move.amount, rate))
    for account, total in at_ends[-1][1].items():
        one = reader.accounts[account]
        if one.type in NET_ASSET_TYPES:
            parts = [Piece(total.net, closing(one.currency, as_of))]
        elif one.type in RESULT_TYPES:
            parts = [Piece(amount, average(one.currency, year)) for year, amount in _by_years(account, at_ends)]
        else:
            parts = of_equity.get(account, [])
        yield account, [part for part in parts if part.amount]


def _by_years(account: UUID, at_ends: list[tuple[Year, dict[UUID, GrossTotals]]]) -> Iterator[tuple[Year, Decimal]]:
    before = ZERO
    for year, figures in at_ends:
        net = figures[account].net
        yield year, CONTEXT.subtract(net, before)
        before = net


def _years_of(
    reader: Reader, at_ends: list[tuple[Year, dict[UUID, GrossTotals]]], moves: Iterable[_Move]
) -> dict[str, list[YearOf]]:
    """The years of each currency, for the differences."""
    moved = list(moves)
    found: dict[str, list[YearOf]] = {}
    for currency in sorted({account.currency for account in reader.accounts.values()}):
        opening, earned = ZERO, ZERO
        for year, figures in at_ends:
            assets = _net(reader, figures, currency, NET_ASSET_TYPES)
            result = _net(reader, figures, currency, RESULT_TYPES)
            mine = [
                one for one in moved
                if reader.accounts[one.account].currency == currency and year.start <= one.day <= year.end
            ]  # fmt: skip
            with localcontext(CONTEXT):
                carried = sum((one.amount for one in mine if one.is_closing), ZERO)
                equity = [(one.day, -one.amount) for one in mine if not one.is_closing]
                # Debit positive here, credit positive there: a profit is a negative balance of the result accounts.
                years_result = earned - result - carried
            found.setdefault(currency, []).append(YearOf(year, opening, assets, years_result, equity))
            opening, earned = assets, result
    return found


def _net(reader: Reader, figures: Mapping[UUID, GrossTotals], currency: str, types: Collection[str]) -> Decimal:
    of_kind = (
        total.net for account, total in figures.items()
        if reader.accounts[account].currency == currency and reader.accounts[account].type in types
    )  # fmt: skip
    with localcontext(CONTEXT):
        return sum(of_kind, ZERO)


def _by_year(
    reader: Reader,
    pieces: Mapping[UUID, list[Piece]],
    at_ends: list[tuple[Year, dict[UUID, GrossTotals]]],
    factors: Factors,
) -> dict[Year, Fraction]:
    """The translated balances of income and expenses by the year they are of, debit positive."""
    years = {(year.start, year.end): year for year, _ in at_ends}
    found: dict[Year, Fraction] = {}
    for account, parts in pieces.items():
        if reader.accounts[account].type in RESULT_TYPES:
            for part in parts:
                year = years[part.rate.since or part.rate.on, part.rate.on]
                found[year] = found.get(year, NOTHING) + factors.value([part])
    return found


def _difference_notes(found: Iterable[Differences], minor_units: int, rounding: str) -> Iterator[str]:
    for one in found:
        if any(one[1:]):
            names = ("opening net assets", "the result", "equity movements")
            texts = [plain(at_scale(rounded(part, minor_units, rounding), minor_units)) for part in one[1:]]
            shown = ", ".join(f"on {name} {text}" for name, text in zip(names, texts, strict=True))
            yield f"Translation difference from {one.currency}: {shown}"


def _left_out_notes(
    reader: Reader, left_out: Mapping[UUID, Fraction], minor_units: int, rounding: str
) -> Iterator[str]:
    """Which accounts are not shown, why, and what that does to the difference; those at zero are not missed."""
    for role, leaving in LEFT_OUT.items():
        mine = {one: value for one, value in left_out.items() if value and reader.accounts[one].role == role}
        if mine:
            codes = [reader.accounts[one].code for one in mine]
            named = ", ".join(sorted(codes)) if len(codes) <= MOST_NAMED else f"{len(codes)} accounts"
            amount = plain(at_scale(rounded(-sum(mine.values(), NOTHING), minor_units, rounding), minor_units))
            yield f"Translation difference from {role} accounts, left out: {amount} ({named}). {leaving.reason}"


def _year_of(years: Iterable[Year], day: date) -> Year:
    return next(year for year in years if year.start <= day <= year.end)
