"""Reports in functional currency: the base currency of the books (IAS 21 paragraphs 21, 23 and 28).

A foreign account is worth the sum of its base amounts: income and expenses at the rates of their days, what is not
monetary at its historical cost, and a monetary account together with its valuation at its carrying amount. In base
currency foreign journals balance but for rounding, which is an exchange difference of the result. So what the accounts
of the balance sheet are worth is what was earned, and nothing is left for equity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from accounts.bases.eras import Era
from accounts.bases.rates import six_figures
from fx.deals.role_accounts import CLEARING, RESULTS, ROUNDING
from fx.functional.base_amounts import base_sum, base_totals
from fx.functional.day_rates import FunctionalBooks, LinesOf, at_fixed_rate, books_in
from ledgerflow.core.dates import day_before
from ledgerflow.core.money import CONTEXT, ZERO
from reports.currencies.positions import BalancesInCurrency
from reports.reading.figures import NET_ASSET_TYPES, RESULT_TYPES, VIEWS, GrossTotals, Reader, ReportAccount
from reports.reading.years import Year

FUNCTIONAL = "functional"
RETAINED = "retained_earnings"
STANDING_TYPES = (*NET_ASSET_TYPES, "equity")
EXCHANGE = "Exchange differences"
OPENING = "FX position of the opening balances"
EXCHANGE_ROLES = frozenset({*RESULTS, ROUNDING})
NOTE = "In functional currency: movements at the rates of their days (IAS 21 paragraph 21)"
NOTE_OF_LINES = (
    "Each line at the rate of its day, or of its journal. Revaluations and exchanges carry no values: foreign monetary "
    "accounts are not at closing rates, and parts of an account need not add up to it to the cent."
)
NOTE_MONETARY = "Foreign monetary accounts are shown with their valuation."
PAIRS = "SELECT account_id, valuation_id FROM revaluation_valuationpair WHERE entity_id = %s"
# The last day whose income and expenses were taken to retained earnings, and that was not reopened.
CLOSED_ON = """
    SELECT max(j.effective_date) FROM journals_journal j
    WHERE j.entity_id = %(entity)s AND j.kind IN ('closing', 'imported') AND j.layer = 'closing'
      AND j.reverses_id IS NULL
      AND j.effective_date <= %(as_of)s AND j.event_sequence <= %(known)s
      AND NOT EXISTS (
          SELECT FROM journals_journal r WHERE r.reverses_id = j.id AND r.event_sequence <= %(known)s)
"""
ANY_OPENED = """
    SELECT FROM unnest(%(ids)s::uuid[]) AS a (id) WHERE EXISTS (
        SELECT FROM journals_daytotal t WHERE t.account_id = a.id AND t.effective_date <= %(day)s)
    LIMIT 1
"""
# Of many years, those in which something happened.
MOVING = """
    SELECT y.start, y.finish FROM unnest(%(starts)s::date[], %(ends)s::date[]) AS y (start, finish)
    WHERE EXISTS (
        SELECT FROM journals_journal
        WHERE entity_id = %(entity)s AND effective_date BETWEEN y.start AND y.finish LIMIT 1)
    ORDER BY y.start
"""


class FunctionalRange(NamedTuple):
    """Income and expenses of a range by account, debit positive; exchange differences, credit positive."""

    amounts: dict[UUID, Decimal]
    exchange: Decimal


class FunctionalAmounts(NamedTuple):
    """What stands on each account, debit positive, and what rounding has left of the years that are not closed.

    `earned` is what was earned in foreign currencies, `closed` what of it was by `closed_on`.
    """

    amounts: dict[UUID, Decimal]
    leftover: Decimal
    earned: Decimal
    closed_on: date | None
    closed: Decimal


def is_functional(reader: Reader, currency: str | None, day: date | None = None) -> bool:
    """Whether a report of a day, the business date unless given, is one in functional currency."""
    return currency in {FUNCTIONAL, reader.era_on(day or reader.books.business_date).currency}


def functional(
    reader: Reader, as_of: date, layers: Collection[str], *, with_earnings: bool = False, era: Era | None = None
) -> BalancesInCurrency:
    """What stands on every account in base currency; asked for, earnings per fiscal year as far as not closed.

    In the base currency of `as_of`, unless it stands beside what is of a later `era`.

    `difference` is what rounding has left of the years that are not closed, and part of their earnings. Some lines
    only have none, because their other sides may be elsewhere; no closing entry and no opening position is of them.
    Raises `RateMissing` and `RateTooOld` with pair and date.
    """
    books = functional_books(reader, era or reader.era_on(as_of))
    found = by_account(reader, books, as_of, layers)
    amounts, earned_by = dict(found.amounts), {as_of: found.earned}
    opening = _opening_position(reader, books, as_of) if reader.chosen is None else ZERO
    if opening:
        clearing = _one_of(reader, books, CLEARING, *STANDING_TYPES)
        amounts[clearing] = CONTEXT.subtract(amounts.get(clearing, ZERO), opening)
    of_years = _earnings(reader, books, earned_by, layers, found.closed_on, found.closed) if with_earnings else ()
    own_note = NOTE_MONETARY if reader.chosen is None else NOTE_OF_LINES
    notes = (NOTE, own_note, *notes_on_eras(reader, books.era))
    return BalancesInCurrency(_joined(reader, books, amounts), dict(of_years), found.leftover, notes, opening=opening)


def by_account(reader: Reader, books: FunctionalBooks, as_of: date, layers: Collection[str]) -> FunctionalAmounts:
    """What stands on every account by itself: valuations and clearing are not joined to others. Raises as `functional`.

    Amounts and the negative of what rounding has left add up to zero.
    """
    own = own_accounts(reader, books)
    amounts = {id_: total.net for id_, total in reader.figures(as_of, layers, accounts=own).items()}
    totals = _totals(reader, books, as_of, with_adjustments="adjustment" in layers)
    is_whole = reader.chosen is None
    closed_on = _closed_on(reader, as_of) if is_whole and "closing" in layers else None
    carried = _totals(reader, books, closed_on) if closed_on else {}
    closed = _worth_on_sheet(reader, carried)
    with localcontext(CONTEXT):
        for id_, total in totals.items():
            taken = carried.get(id_, ZERO) if reader.accounts[id_].type in RESULT_TYPES else ZERO
            amounts[id_] = total - taken
        leftover = sum(totals.values(), ZERO) - sum(carried.values(), ZERO) if is_whole else ZERO
    if closed_on:
        retained = _with_role(reader, books, RETAINED, "equity")[0].id
        amounts[retained] = CONTEXT.subtract(amounts.get(retained, ZERO), closed)
    return FunctionalAmounts(amounts, leftover, _worth_on_sheet(reader, totals), closed_on, closed)


def functional_range(
    reader: Reader, start: date, end: date, layers: Collection[str], *, era: Era | None = None
) -> FunctionalRange:
    """Income and expenses dated from `start` to `end` at the rates of their days. Raises as `functional`."""
    books = functional_books(reader, era or reader.era_on(end))
    own = [id_ for id_ in own_accounts(reader, books) if reader.accounts[id_].type in RESULT_TYPES]
    amounts = {id_: total.net for id_, total in reader.movements(start, end, layers, accounts=own).items()}
    with_adjustments = "adjustment" in layers
    after = _totals(reader, books, end, with_adjustments=with_adjustments)
    before = _totals(reader, books, day_before(start), with_adjustments=with_adjustments) if start > date.min else {}
    with localcontext(CONTEXT):
        moved = {id_: total - before.get(id_, ZERO) for id_, total in after.items()}
        amounts |= {id_: total for id_, total in moved.items() if reader.accounts[id_].type in RESULT_TYPES}
        # Of some lines the other sides may be elsewhere: what they leave is no difference.
        exchange = sum(moved.values(), ZERO) if reader.chosen is None else ZERO
        for id_ in [one for one in amounts if reader.accounts[one].role in EXCHANGE_ROLES]:
            exchange -= amounts.pop(id_)
    return FunctionalRange(amounts, exchange)


def notes_on_range(reader: Reader, era: Era) -> list[str]:
    """How the figures of a range were made."""
    return [NOTE, *([NOTE_OF_LINES] if reader.chosen else []), *notes_on_eras(reader, era)]


def notes_on_eras(reader: Reader, era: Era) -> Iterator[str]:
    """At which fixed rates amounts of before are shown, where the base currency has changed."""
    for old, new in pairwise(reader.eras[: reader.eras.index(era) + 1]):
        yield (
            f"Amounts of before {new.starts_on} are shown at the fixed rate, 1 {new.currency} = "
            f"{six_figures(new.rate or ZERO)} {old.currency} (Regulation (EC) No 1103/97)."
        )


def own_movements(
    reader: Reader, books: FunctionalBooks, start: date, end: date, layers: Collection[str]
) -> dict[UUID, GrossTotals]:
    """What was posted in base currency from `start` to `end`, on the lines where `functional` shows it.

    Of a range that begins before the era of the books, what was posted since that began.
    """
    places = joined_places(reader, books)
    found: dict[UUID, GrossTotals] = {}
    since, own = max(start, books.era.starts_on or start), _in_currency(reader, books.base)
    for id_, total in (reader.movements(since, end, layers, accounts=own) if since <= end else {}).items():
        place = places.get(id_, id_)
        so_far = found.get(place, GrossTotals(ZERO, ZERO))
        with localcontext(CONTEXT):
            found[place] = GrossTotals(so_far.debits + total.debits, so_far.credits + total.credits)
    return found


def functional_books(reader: Reader, era: Era) -> FunctionalBooks:
    """The books whose base amounts are read, in the currency of an era, as known by the reader."""
    known = None if reader.known_at is None else reader.known
    books = books_in(era, reader.entity_id, reader.rows, known, reader.known_at)
    chosen = reader.chosen
    return books if chosen is None else books._replace(lines=LinesOf(chosen.dimension, chosen.codes))


def books_before(reader: Reader, books: FunctionalBooks) -> FunctionalBooks:
    """The books of the era before, which there is."""
    return functional_books(reader, reader.eras[reader.eras.index(books.era) - 1])


def own_accounts(reader: Reader, books: FunctionalBooks) -> list[UUID]:
    """The accounts in base currency; none where that has changed, as each holds something of before then."""
    return [] if books.era.starts_on else _in_currency(reader, books.base)


def _in_currency(reader: Reader, currency: str) -> list[UUID]:
    return [one.id for one in reader.accounts.values() if one.currency == currency and not one.is_header]


def _totals(
    reader: Reader,
    books: FunctionalBooks,
    as_of: date,
    *,
    with_adjustments: bool = True,
) -> dict[UUID, Decimal]:
    """The base amounts of all accounts but the own ones, without what closing entries moved."""
    if books.era.starts_on is None:
        return base_totals(books, as_of, with_adjustments=with_adjustments)
    return worth_on(reader, books, as_of, with_adjustments=with_adjustments)


def _sum_of_sheet(reader: Reader, books: FunctionalBooks, as_of: date, *, with_adjustments: bool) -> Decimal:
    if books.era.starts_on is None:
        return base_sum(books, as_of, STANDING_TYPES, with_adjustments=with_adjustments)
    return _worth_on_sheet(reader, worth_on(reader, books, as_of, with_adjustments=with_adjustments))


def worth_on(
    reader: Reader,
    books: FunctionalBooks,
    as_of: date,
    *,
    with_adjustments: bool,
) -> dict[UUID, Decimal]:
    """What all accounts come to in the currency of an era: since it began, and what was before at the fixed rate."""
    starts_on, layers = books.era.starts_on, VIEWS["adjusted" if with_adjustments else "before"]
    own = _in_currency(reader, books.base)
    found: dict[UUID, Decimal] = {}
    if starts_on is None or as_of >= starts_on:
        moved = (
            reader.figures(as_of, layers, accounts=own)
            if starts_on is None
            else reader.movements(starts_on, as_of, layers, accounts=own)
        )
        found = {id_: total.net for id_, total in moved.items()}
        found |= base_totals(books, as_of, with_adjustments=with_adjustments)
    if starts_on is not None:
        old, through = books_before(reader, books), min(as_of, day_before(starts_on))
        for id_, amount in worth_on(reader, old, through, with_adjustments=with_adjustments).items():
            found[id_] = CONTEXT.add(found.get(id_, ZERO), at_fixed_rate(books, old, amount))
    return found


def _closed_on(reader: Reader, as_of: date) -> date | None:
    """None too where no account holds what was earned: it is shown as not closed then."""
    if any((one.role, one.type) == (RETAINED, "equity") and not one.is_header for one in reader.accounts.values()):
        given = {"entity": reader.entity_id, "as_of": as_of, "known": reader.known}
        for (day,) in reader.rows(CLOSED_ON, given):
            return day  # type: ignore[no-any-return]
    return None


def _opening_position(reader: Reader, books: FunctionalBooks, as_of: date) -> Decimal:
    """What opening balances have left on FX clearing, in base currency; debit positive.

    They stand on the day before the first business date, at the rates of that day or their own.
    """
    clearing = {one.id for type_ in STANDING_TYPES for one in _with_role(reader, books, CLEARING, type_)}
    opened_on = day_before(reader.books.first_business_date)
    if books.era.starts_on:
        before = books_before(reader, books)
        return at_fixed_rate(books, before, _opening_position(reader, before, as_of))
    if as_of < opened_on or not clearing or not reader.rows(ANY_OPENED, {"ids": list(clearing), "day": opened_on}):
        return ZERO
    own = [id_ for id_ in own_accounts(reader, books) if id_ in clearing]
    opened = reader.figures(opened_on, ("ordinary",), accounts=own)
    totals = base_totals(books, opened_on, with_adjustments=False)
    with localcontext(CONTEXT):
        foreign = sum((total for id_, total in totals.items() if id_ in clearing), ZERO)
        return foreign + sum((total.net for total in opened.values()), ZERO)


def _worth_on_sheet(reader: Reader, totals: Mapping[UUID, Decimal]) -> Decimal:
    """What the foreign accounts of the balance sheet are worth: all that was earned in foreign currencies."""
    with localcontext(CONTEXT):
        of_sheet = (total for id_, total in totals.items() if reader.accounts[id_].type in STANDING_TYPES)
        return sum(of_sheet, ZERO)


def _earnings(
    reader: Reader,
    books: FunctionalBooks,
    earned_by: Mapping[date, Decimal],
    layers: Collection[str],
    closed_on: date | None,
    closed: Decimal,
) -> Iterator[tuple[Year, Decimal]]:
    """Income less expenses of each fiscal year, exchange differences included, where it is not zero.

    `earned_by` says what was earned in foreign currencies by the date of the report, `closed` by `closed_on`.
    """
    (as_of,) = earned_by
    own = [id_ for id_ in own_accounts(reader, books) if reader.accounts[id_].type in RESULT_TYPES]
    before, foreign = ZERO, closed
    for year in _moving(reader, reader.years(as_of)):
        with localcontext(CONTEXT):
            figures = reader.figures(year.end, layers, accounts=own).values()
            now = -sum((total.net for total in figures), ZERO)
            amount, before = now - before, now
            if closed_on is None or year.end > closed_on:
                worth = earned_by.get(year.end)
                if worth is None:
                    adjusted = "adjustment" in layers
                    worth = _sum_of_sheet(reader, books, year.end, with_adjustments=adjusted)
                amount, foreign = amount + worth - foreign, worth
        if amount:
            yield year, amount


def _moving(reader: Reader, years: Sequence[Year]) -> list[Year]:
    columns = {"starts": [year.start for year in years], "ends": [year.end for year in years]}
    return [Year(*row) for row in reader.rows(MOVING, {"entity": reader.entity_id} | columns)]


def _joined(reader: Reader, books: FunctionalBooks, amounts: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """One line for an account and its valuation, for all clearing, and for all retained earnings."""
    found: dict[UUID, Decimal] = {}
    places = joined_places(reader, books)
    for id_, amount in amounts.items():
        place = places.get(id_, id_)
        found[place] = CONTEXT.add(found.get(place, ZERO), amount)
    return found


def joined_places(reader: Reader, books: FunctionalBooks) -> dict[UUID, UUID]:
    """On the line of which other account an account is shown."""
    pairs = reader.rows(PAIRS, (reader.entity_id,))
    times = Counter(valuation for _, valuation in pairs)
    # A valuation of several accounts stands for itself: no one of them would be right.
    places = {valuation: account for account, valuation in pairs if times[valuation] == 1}
    for role, types in ((CLEARING, STANDING_TYPES), (RETAINED, ("equity",))):
        for type_ in types:
            mine = _with_role(reader, books, role, type_)
            places |= {one.id: mine[0].id for one in mine[1:]}
    return places


def _one_of(reader: Reader, books: FunctionalBooks, role: str, *types: str) -> UUID:
    return next(one.id for type_ in types for one in _with_role(reader, books, role, type_))


def _with_role(reader: Reader, books: FunctionalBooks, role: str, type_: str) -> list[ReportAccount]:
    """Accounts with a role, the one in base currency first."""
    mine = [one for one in reader.accounts.values() if (one.role, one.type) == (role, type_) and not one.is_header]
    return sorted(mine, key=lambda one: (one.currency != books.base, one.code))
