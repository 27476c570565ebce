"""Looking rates up, and converting with them: which rate, how old it may be, and by which way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from accounts.bases.eras import Era
from accounts.errors import NotMoney
from fx.rates.conversion import FIXED, REGULATION, Leg, Rounding, converted
from fx.rates.errors import CurrencyWithoutUnits, RateMissing, RateTooOld
from fx.rates.events import FxPolicyFact
from fx.rates.policies import Fetch, fetch_default, policy_of
from fx.rates.quotes import CLOSING, KINDS, SPOT, pair_of
from ledgerflow.core.errors import LedgerError, NotOneOf
from ledgerflow.core.money import ZERO, normalised

EURO = "EUR"
# The spot rate at the end of the period is the closing rate (IAS 21 paragraph 8): where none is recorded as such,
# the spot rate of the same day stands in, and the chain says so.
INSTEAD = {CLOSING: [CLOSING, SPOT]}

# Pairs with rates, and those whose rate a change of the base currency has fixed by a day: for ever, and for both ways.
LOAD_PAIRS = """
    SELECT base, quote, NULL::date, NULL::numeric FROM rates_pair
    WHERE entity_id = %(entity)s AND (base = ANY (%(codes)s) OR quote = ANY (%(codes)s))
    UNION ALL
    SELECT currency, before, starts_on, rate FROM bases_basechange
    WHERE entity_id = %(entity)s AND (currency = ANY (%(codes)s) OR before = ANY (%(codes)s))
"""
FIND = """
    SELECT rate_date, kind, value, version, source FROM rates_rate
    WHERE entity_id = %s AND base = %s AND quote = %s AND rate_date BETWEEN %s AND %s AND kind = ANY (%s)
      AND recorded_at <= coalesce(%s::timestamptz, 'infinity')
    ORDER BY rate_date DESC, kind, version DESC LIMIT 1
"""
MINOR_UNITS = "SELECT minor_units::int, is_money FROM accounts_currency WHERE entity_id = %s AND code = %s"
UNITS = "SELECT code FROM accounts_currency WHERE entity_id = %s AND code = ANY (%s) AND NOT is_money LIMIT 1"

Step = tuple[str, str, Literal["multiply", "divide"]]
Pair = tuple[str, str]
Found = TypeVar("Found")


class RateSearch(NamedTuple):
    """Which rates are looked for: of which date and kind, recorded by when, at most how many days old."""

    entity_id: UUID
    on: date
    kind: str
    known_at: datetime | None
    max_age: int
    fetch: Fetch
    fixed: Mapping[Pair, Era] = MappingProxyType({})


class RoundingResponse(msgspec.Struct, frozen=True):
    """How the result got its minor units; `between`: decimals of the amount in between, null when all were kept."""

    mode: str
    minor_units: int
    between: int | None


class Conversion(msgspec.Struct, frozen=True, rename={"from_currency": "from", "to_currency": "to"}):
    """An amount in another currency, and all that it was made of. Amounts are in major units."""

    amount: Decimal
    from_currency: str
    converted: Decimal
    to_currency: str
    on: date
    kind: str
    known_at: datetime | None
    chain: list[Leg]
    rounding: RoundingResponse


def convert(
    entity_id: UUID,
    amount: Decimal,
    from_currency: str,
    to_currency: str,
    on: date,
    *,
    kind: str = SPOT,
    known_at: datetime | None = None,
    fetch: Fetch = fetch_default,
) -> Conversion:
    """`amount` (any sign) in `to_currency` at the rates of `on`, rounded once, per the entity's policy.

    Raises `UnknownCurrency` when the entity does not have the target (its minor units are needed; the source needs
    only rates), and what `rate_chain` raises.
    """
    policy, _ = policy_of(entity_id, fetch=fetch)
    minor_units = minor_units_of(entity_id, to_currency, fetch=fetch)
    chain = rate_chain(
        entity_id, from_currency, to_currency, on, kind=kind, known_at=known_at, policy=policy, fetch=fetch
    )
    rounding = Rounding(policy.rounding)
    between = rounding.between if rounding.mode == REGULATION and len(chain) > 1 else None
    return Conversion(
        amount, from_currency, converted(amount, chain, minor_units, rounding), to_currency, on, kind, known_at,
        chain, RoundingResponse(rounding.mode, minor_units, between),
    )  # fmt: skip


def minor_units_of(entity_id: UUID, currency: str, *, fetch: Fetch = fetch_default) -> int:
    """Decimal places of money of the entity. Raises `UnknownCurrency` and `NotMoney`."""
    for minor_units, is_money in fetch(MINOR_UNITS, (entity_id, currency)):
        if not is_money:
            raise NotMoney(pointer="/to", currency=currency)
        return int(minor_units)
    raise CurrencyWithoutUnits(pointer="/to", currency=currency[:12])


def check_money(entity_id: UUID, codes: Sequence[str], pointer: str, *, fetch: Fetch = fetch_default) -> None:
    """Raise `NotMoney` for a unit of the entity that is none; what is no currency of it may have rates."""
    for (unit,) in fetch(UNITS, (entity_id, list(codes))):
        raise NotMoney(pointer=pointer, currency=unit)


def rate_chain(
    entity_id: UUID,
    from_currency: str,
    to_currency: str,
    on: date,
    *,
    kind: str = SPOT,
    known_at: datetime | None = None,
    policy: FxPolicyFact | None = None,
    fetch: Fetch = fetch_default,
) -> list[Leg]:
    """The steps from one currency to the other, each with the newest version of the newest rate not after `on`.

    The pair itself, in whichever direction it is stored; else two steps over a currency that has rates with both,
    one that is the base of both (the euro of the ECB) before others. `known_at`: as recorded by that moment.
    Empty for one currency. Raises `RateMissing` and `RateTooOld`, naming pair and date, `NotMoney`, and `Malformed` for
    the kind.
    """
    if kind not in KINDS:
        raise NotOneOf(pointer="/kind", choices=", ".join(KINDS), what="kind of rate")
    if from_currency == to_currency:
        return []
    max_age = (policy or policy_of(entity_id, fetch=fetch)[0]).max_age_days
    search = RateSearch(entity_id, on, kind, known_at, max_age, fetch)
    return first_way(search, from_currency, to_currency, leg_of)


def first_way(search: RateSearch, start: str, end: str, find: Callable[[RateSearch, Step], Found]) -> list[Found]:
    """What `find` gives for each step of the best way from one currency to the other on which it gives all.

    Raises `RateMissing` or `RateTooOld` as `find` did on the best way of all, `NotMoney` for a unit.
    """
    pairs, fixed = pairs_of(search.entity_id, [start, end], search.on, search.fetch)
    search = search._replace(fixed=fixed)
    refusals: list[LedgerError] = []
    for way in ways(pairs, start, end):
        try:
            return [find(search, step) for step in way]
        except (RateMissing, RateTooOld) as refusal:
            refusals.append(refusal)
    if not refusals:  # units have no rates, so that a way that is found needs no look at them
        check_money(search.entity_id, [start, end], "", fetch=search.fetch)
    raise refusals[0] if refusals else _missing(pair_of(start, end), search.on, search.kind)


def pairs_of(entity_id: UUID, codes: list[str], on: date, fetch: Fetch) -> tuple[set[Pair], dict[Pair, Era]]:
    """The pairs with one of these currencies, and those of them whose rate is fixed on a day."""
    pairs: set[Pair] = set()
    fixed: dict[Pair, Era] = {}
    for base, quote, starts_on, rate in fetch(LOAD_PAIRS, {"entity": entity_id, "codes": codes}):
        if starts_on is None:
            pairs.add((base, quote))
        elif starts_on <= on:
            fixed[base, quote] = Era(base, starts_on, rate)
    against = {(quote, base) for base, quote in fixed}
    return (pairs - against) | fixed.keys(), fixed


def fixed_leg(era: Era, before: str, operation: Literal["multiply", "divide"]) -> Leg:
    """The step between a base currency and the one before it."""
    rate = Decimal(normalised(era.rate or ZERO))
    return Leg(era.currency, before, era.starts_on or date.min, FIXED, rate, 1, "fixed rate", operation)


def ways(pairs: set[tuple[str, str]], start: str, end: str) -> list[list[Step]]:
    """Every way of at most two steps from `start` to `end` along stored pairs, the best first."""
    direct = _step(pairs, start, end)
    found: list[list[Step]] = [[direct]] if direct else []
    between = {code for pair in pairs for code in pair} - {start, end}
    # The source's own base first: it stands left in both pairs. The euro before others, then by name: always the same.
    own_base_first = sorted(
        between, key=lambda code: ((code, start) not in pairs or (code, end) not in pairs, code != EURO, code)
    )
    for code in own_base_first:
        first, second = _step(pairs, start, code), _step(pairs, code, end)
        if first and second:
            found.append([first, second])
    return found


def _step(pairs: set[tuple[str, str]], start: str, end: str) -> Step | None:
    if (start, end) in pairs:
        return start, end, "multiply"
    return (end, start, "divide") if (end, start) in pairs else None


def leg_of(search: RateSearch, step: Step) -> Leg:
    """The rate of one step. Raises `RateMissing`, `RateTooOld`."""
    base, quote, operation = step
    if (base, quote) in search.fixed:
        return fixed_leg(search.fixed[base, quote], quote, operation)
    on, kinds = search.on, INSTEAD.get(search.kind, [search.kind])
    oldest = on - timedelta(days=search.max_age) if on.toordinal() > search.max_age else date.min
    for row in search.fetch(FIND, (search.entity_id, base, quote, oldest, on, kinds, search.known_at)):
        return _made(base, quote, row, operation)
    pair = pair_of(base, quote)
    for row in search.fetch(FIND, (search.entity_id, base, quote, date.min, on, kinds, search.known_at)):
        raise _too_old(pair, on, search.kind, row[0], search.max_age)
    raise _missing(pair, on, search.kind)


def _made(base: str, quote: str, row: Sequence[Any], operation: Literal["multiply", "divide"]) -> Leg:
    rate_date, kind, value, version, source = row
    return Leg(base, quote, rate_date, kind, Decimal(normalised(value)), version, source, operation)


def _missing(pair: str, on: date, kind: str) -> RateMissing:
    return RateMissing(pointer="/on", pair=pair, on=str(on), kind=kind)


def _too_old(pair: str, on: date, kind: str, newest: date, max_age: int) -> RateTooOld:
    return RateTooOld(pointer="/on", pair=pair, on=str(on), kind=kind, rate_date=str(newest), max_age_days=max_age)
