"""What stands on every account at the end of a date, with earnings by fiscal year: as it is, or translated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from accounts.errors import UnknownCurrency
from fx.rates.report_rates import Rates, RateWanted
from fx.rates.translation import translation_rates
from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain
from reports.currencies.translation import (
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
from reports.reading.figures import NET_ASSET_TYPES, RESULT_TYPES, Reader, ReportAccount
from reports.reading.tree import must_be_zero
from reports.reading.years import Year, year_of

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


EQUITY_MOVES_OF_LINES = """
    SELECT p.account_id, p.effective_date, j.layer = 'closing', sum(p.amount)
    FROM accounts_account a
    JOIN journals_posting p ON p.account_id = a.id AND p.effective_date <= %(as_of)s AND p.event_sequence <= %(known)s
                           AND p.dimensions ->> %(dimension)s = ANY (%(codes)s)
    JOIN journals_journal j ON j.id = p.journal_id AND j.layer = ANY (%(layers)s)
    WHERE a.entity_id = %(entity)s AND a.type = 'equity' AND NOT a.is_header
    GROUP BY 1, 2, 3 HAVING sum(p.amount) <> 0 ORDER BY 2
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
PRESENTED = "Translated for presentation (IAS 21 paragraphs 39 to 41), which is not how the books are kept."


class BalancesInCurrency(NamedTuple):
    """Balances in one currency, debit positive; earnings per fiscal year, credit positive, as far as not closed.

    `difference` is the translation difference, credit positive. `opening` is what opening balances have left on FX
    clearing, debit positive, which only `functional` gives. `of_this_year` is what the fiscal year moved on the
    accounts of income and expense; only `translated` gives it, since it is translated by itself.
    """

    amounts: dict[UUID, Decimal]
    earnings: dict[Year, Decimal]
    difference: Decimal = ZERO
    notes: tuple[str, ...] = ()
    of_this_year: Mapping[UUID, Decimal] = MappingProxyType({})
    opening: Decimal = ZERO


class _Move(NamedTuple):
    account: UUID
    day: date
    is_closing: bool
    amount: Decimal


@dataclass(slots=True)
class _Change:
    """What a year did to a currency: net assets debit positive, result and equity movements credit positive."""

    net_assets: Decimal = ZERO
    result: Decimal = ZERO
    equity: list[tuple[date, Decimal]] = field(default_factory=list)


def positions(reader: Reader, as_of: date, layers: Collection[str]) -> dict[str, BalancesInCurrency]:
    """The position of each currency that has accounts."""
    found: dict[str, BalancesInCurrency] = {}
    totals = reader.figures(as_of, layers)
    for account, total in totals.items():
        currency = reader.accounts[account].currency
        found.setdefault(currency, BalancesInCurrency({}, {})).amounts[account] = total.net
    for account, by_year in reader.by_year(totals, reader.years(as_of), layers, types=RESULT_TYPES).items():
        earnings = found[reader.accounts[account].currency].earnings
        for year, net in by_year.items():
            earnings[year] = CONTEXT.subtract(earnings.get(year, ZERO), net)
    return found


def translated(reader: Reader, as_of: date, layers: Collection[str], target: str) -> BalancesInCurrency:
    """The position of all currencies together in `target` (IAS 21 paragraphs 39 to 41).

    Without the accounts of `LEFT_OUT`: what they come to is taken from the computed translation difference. Lines with
    some values of a dimension have no such difference, because their other sides may be elsewhere. Raises
    `UnknownCurrency`, and `RateMissing` or `RateTooOld` by the name of the pair and date.
    """
    minor_units = scale_of(reader, target)
    years = reader.years(as_of)
    moved = reader.by_year(reader.figures(as_of, layers), years, layers)
    moves = [_Move(*row) for row in _equity_moves(reader, as_of, layers)]
    pieces = dict(_pieces(reader, years, moved, moves))
    per_currency = {} if reader.chosen else _years_of(reader, years, moved, moves)
    wanted = {piece.rate for parts in pieces.values() for piece in parts}
    wanted |= {piece.rate for code, years in per_currency.items() for _, piece in terms(code, years)}
    factors = Factors(target, rates_for(reader, target, wanted))
    found = [differences(code, years, factors) for code, years in per_currency.items() if code != target]
    values = {account: factors.value(parts) for account, parts in pieces.items()}
    left_out = {account: values.pop(account) for account in pieces if is_left_out(reader.accounts[account])}
    difference = NOTHING
    if reader.chosen is None:
        difference = sum((one.total for one in found), NOTHING) - sum(left_out.values(), NOTHING)
        gap = sum(values.values(), -difference)
        must_be_zero([gap], "The translated accounts do not leave the computed difference.")
    rounding = factors.rates.rounding
    of_this_year = {
        account: [part for part in parts if part.rate.on == as_of]
        for account, parts in pieces.items() if reader.accounts[account].type in RESULT_TYPES
    }  # fmt: skip
    return BalancesInCurrency(
        {account: rounded(value, minor_units, rounding) for account, value in values.items()},
        {
            year: rounded(-value, minor_units, rounding)
            for year, value in _by_year(reader, pieces, years, factors).items()
        },
        rounded(difference, minor_units, rounding),
        (
            *_difference_notes(found, minor_units, rounding),
            *_left_out_notes(reader, left_out, minor_units, rounding),
            *rate_notes(factors.rates),
            PRESENTED,
        ),
        {account: rounded(factors.value(parts), minor_units, rounding) for account, parts in of_this_year.items()},
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


def _equity_moves(reader: Reader, as_of: date, layers: Collection[str]) -> list[tuple[UUID, date, bool, Decimal]]:
    given = {"entity": reader.entity_id, "known": reader.known, "as_of": as_of, "layers": list(layers)}
    if reader.chosen is None:
        rows = reader.rows(EQUITY_MOVES, given)
    else:
        chosen = {"dimension": reader.chosen.dimension, "codes": list(reader.chosen.codes)}
        rows = reader.rows(EQUITY_MOVES_OF_LINES, given | chosen)
    return [row for row in rows if row[0] in reader.accounts]


def _pieces(
    reader: Reader, years: Sequence[Year], moved: Mapping[UUID, Mapping[Year, Decimal]], moves: Iterable[_Move]
) -> Iterator[tuple[UUID, list[Piece]]]:
    """The balance of each account in parts, one per rate."""
    of_equity: dict[UUID, list[Piece]] = {}
    for move in moves:
        currency = reader.accounts[move.account].currency
        rate = average(currency, year_of(years, move.day)) if move.is_closing else closing(currency, move.day)
        of_equity.setdefault(move.account, []).append(Piece(move.amount, rate))
    for account, one in reader.accounts.items():
        if one.is_header:
            continue
        by_year = moved.get(account, {})
        if one.type in NET_ASSET_TYPES:
            with localcontext(CONTEXT):
                parts = [Piece(sum(by_year.values(), ZERO), closing(one.currency, years[-1].end))]
        elif one.type in RESULT_TYPES:
            parts = [Piece(amount, average(one.currency, year)) for year, amount in by_year.items()]
        else:
            parts = of_equity.get(account, [])
        yield account, [part for part in parts if part.amount]


def _years_of(
    reader: Reader,
    years: Sequence[Year],
    moved: Mapping[UUID, Mapping[Year, Decimal]],
    moves: Iterable[_Move],
) -> dict[str, list[YearOf]]:
    """The years of each currency that moved it, and the last one, for the differences.

    The others need no rates: from one closing rate to the next over years is the sum of the steps from year to year.
    """
    changes: dict[tuple[str, Year], _Change] = {}
    with localcontext(CONTEXT):
        for account, by_year in moved.items():
            one = reader.accounts[account]
            for year, amount in by_year.items():
                change = changes.setdefault((one.currency, year), _Change())
                change.net_assets += amount if one.type in NET_ASSET_TYPES else ZERO
                change.result -= amount if one.type in RESULT_TYPES else ZERO
        for move in moves:
            change = changes[reader.accounts[move.account].currency, year_of(years, move.day)]
            # Debit positive here, credit positive there: a profit is a negative balance of the result accounts.
            if move.is_closing:
                change.result -= move.amount
            else:
                change.equity.append((move.day, -move.amount))
        found: dict[str, list[YearOf]] = {}
        for currency in sorted({account.currency for account in reader.accounts.values()}):
            opening = ZERO
            for year in years:
                if (currency, year) in changes or year == years[-1]:
                    change = changes.get((currency, year), _Change())
                    closing_ = opening + change.net_assets
                    of_year = YearOf(year, opening, closing_, change.result, change.equity)
                    found.setdefault(currency, []).append(of_year)
                    opening = closing_
    return found


def _by_year(
    reader: Reader, pieces: Mapping[UUID, list[Piece]], years: Iterable[Year], factors: Factors
) -> dict[Year, Fraction]:
    """The translated balances of income and expenses by the year they are of, debit positive."""
    by_end = {year.end: year for year in years}
    found: dict[Year, Fraction] = {}
    for account, parts in pieces.items():
        if reader.accounts[account].type in RESULT_TYPES:
            for part in parts:
                year = by_end[part.rate.on]
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
