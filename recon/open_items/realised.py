"""What exchange rates made of an item between its day and that of what settled it: realised differences.

The base amount of an item is its amount at the spot rate of its day, at its deal's rate or at a rate of its own, as in
reports in functional currency (IAS 21 paragraphs 21 and 28). An allocation takes its share of both items along; the
shares of all that was allocated of an item add up to its base amount. The difference stands in the result already, by
revaluations and in functional statements: nothing more is posted for it.

What was settled after a change of the base currency has realised in the new one: items of before come over at the
fixed rate. Between a base currency and one that it was before nothing is realised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from accounts.bases.eras import Era, era_on, eras_of
from fx.functional.day_rates import FunctionalBooks, books_in, books_through, brought_over, day_rates
from fx.functional.own_rates import carried_value
from fx.rates.conversion import Leg, converted
from fx.rates.policies import fetch_default
from fx.revaluation.runs import fetch_on
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO
from recon.open_items.models import Allocation
from recon.open_items.settling import shares

# All that stands of the items of some allocations, in the order in which shares are taken.
IN_FORCE = """
    WITH wanted AS (
        SELECT account_id, debit_version, credit_version FROM open_items_allocation WHERE id = ANY (%(ids)s::uuid[])
    ), touched AS (
        SELECT account_id, debit_version AS version FROM wanted
        UNION
        SELECT account_id, credit_version FROM wanted
    )
    SELECT a.id, a.account_id, a.debit_version, a.credit_version, a.amount, a.allocated_on, a.event_sequence, a.place
    FROM (
        SELECT a.* FROM touched t JOIN open_items_allocation a
          ON a.account_id = t.account_id AND a.debit_version = t.version
        UNION
        SELECT a.* FROM touched t JOIN open_items_allocation a
          ON a.account_id = t.account_id AND a.credit_version = t.version
    ) a
    WHERE a.event_sequence <= %(until)s AND NOT EXISTS (
        SELECT FROM open_items_allocationundo u WHERE u.allocation_id = a.id AND u.event_sequence <= %(until)s)
    ORDER BY a.allocated_on, a.event_sequence, a.place
"""
# All that moved the accounts on the days of some items; an own rate of a journal, or the value of a settlement's leg,
# where there is one. What closes measure together stands together: the ordinary layer, then adjustments.
POSTINGS = """
    WITH wanted AS (
        SELECT DISTINCT p.account_id, p.effective_date
        FROM unnest(%(accounts)s::uuid[], %(versions)s::bigint[]) AS w (account, version)
        JOIN journals_posting p ON p.account_id = w.account AND p.account_version = w.version
        JOIN accounts_account a ON a.id = p.account_id
        WHERE p.currency <> ALL (%(own)s)
          AND NOT EXISTS (SELECT FROM accounts_currency u
                          WHERE u.entity_id = a.entity_id AND u.code = a.currency AND NOT u.is_money)
    )
    SELECT p.account_id, p.account_version, p.currency, p.amount, p.effective_date, r.rate, l.value
    FROM wanted w
    JOIN journals_posting p ON p.account_id = w.account_id AND p.effective_date = w.effective_date
    JOIN journals_journal j ON j.id = p.journal_id AND j.layer <> 'closing'
    LEFT JOIN functional_ownrate r ON r.journal_id = p.journal_id AND r.currency = p.currency
    LEFT JOIN LATERAL (
        SELECT s.sell_amount AS amount, s.sell_base AS value FROM deals_settlement s
        WHERE s.sell_journal_id = coalesce(j.reverses_id, j.id) AND s.sell_account_id = p.account_id
        UNION ALL
        SELECT s.buy_amount, s.buy_base FROM deals_settlement s
        WHERE s.buy_journal_id = coalesce(j.reverses_id, j.id) AND s.buy_account_id = p.account_id
    ) l ON abs(p.amount) = l.amount
    WHERE p.event_sequence <= %(until)s
    ORDER BY p.account_id, p.effective_date, j.layer DESC, p.account_version
"""

Key = tuple[UUID, int]


class InForce(NamedTuple):
    """An allocation that stands."""

    id: UUID
    account: UUID
    debit: int
    credit: int
    amount: Decimal
    allocated_on: date
    sequence: int
    place: int


class _Moved(NamedTuple):
    """A posting of a foreign account; `value` is that of a settlement's leg, without its sign."""

    account: UUID
    version: int
    currency: str
    amount: Decimal
    day: date
    own_rate: Decimal | None
    value: Decimal | None


class ItemWorth(NamedTuple):
    """The amount of an item and its base amount, both debit positive."""

    amount: Decimal
    base: Decimal


class Realised(NamedTuple):
    """What an allocation settles, in base currency: of the debit, of the credit, and the gain (a loss is negative)."""

    debit: Decimal
    credit: Decimal
    gain: Decimal


def realised(books: FunctionalBooks, ids: Collection[UUID]) -> dict[UUID, Realised]:
    """The realised differences of allocations that stand, by their ids, in the currency of the era of the books.

    Left out are those in base currency or in what is not money, those that were undone, and those for whose days there
    is no rate.
    """
    if not ids:
        return {}
    until = 2**63 - 1 if books.known is None else books.known
    in_force = [InForce(*row) for row in books.rows(IN_FORCE, ids=list(ids), until=until)]
    worth = _worth(books, {(one.account, version) for one in in_force for version in (one.debit, one.credit)}, until)
    parts: dict[Key, list[InForce]] = defaultdict(list)
    for one in in_force:
        parts[one.account, one.debit].append(one)
        parts[one.account, one.credit].append(one)
    found: dict[tuple[UUID, int], Decimal] = {}
    for key, item in worth.items():
        of_item = parts[key]
        amounts = [one.amount for one in of_item]
        base = shares(item.base, item.amount.copy_abs(), amounts, books.minor_units)
        found |= {(one.id, key[1]): share for one, share in zip(of_item, base, strict=True)}
    wanted = set(ids)
    return {
        one.id: _realised(found[one.id, one.debit], found[one.id, one.credit])
        for one in in_force
        if one.id in wanted and {(one.account, one.debit), (one.account, one.credit)} <= worth.keys()
    }


def total(realised_differences: Iterable[Realised]) -> Decimal:
    """The gain of all of them together."""
    found = ZERO
    for one in realised_differences:
        found = CONTEXT.add(found, one.gain)
    return found


def _realised(debit: Decimal, credit: Decimal) -> Realised:
    return Realised(debit, credit, CONTEXT.minus(CONTEXT.add(debit, credit)))


def _worth(books: FunctionalBooks, items: Collection[Key], until: int) -> dict[Key, ItemWorth]:
    """The base amounts of items: those of an account and day add up to what is measured of them together."""
    through = books_through(books)
    eras = eras_of(books.entity_id, books.fetch)
    given = {"accounts": [account for account, _ in items], "versions": [version for _, version in items]}
    own = own_currencies(eras, books.era)
    rows = [_Moved(*row) for row in books.rows(POSTINGS, **given, own=own, until=until)]
    found: dict[Key, ItemWorth] = {}
    for one in through:
        of_era = [row for row in rows if era_on(eras, row.day) == one.era]
        for (account, version), day, worth in _worth_in(one, of_era):
            base = brought_over(through, day, worth.base)
            found[account, version] = worth._replace(base=base)
    return {key: found[key] for key in items if key in found}


def _worth_in(books: FunctionalBooks, rows: Collection[_Moved]) -> Iterator[tuple[Key, date, ItemWorth]]:
    """The base amounts of postings of the era of the books, in its currency."""
    rates = day_rates(books, {(row.currency, row.day) for row in rows if row.own_rate is None and row.value is None})
    for _, of_day in groupby(rows, key=lambda row: (row.account, row.day)):
        reached = worth_before = ZERO
        for row in of_day:
            with suppress(LedgerError):
                if row.own_rate is not None:
                    base = carried_value(row.amount, row.own_rate, books.minor_units, books.policy.rounding)
                elif row.value is not None:
                    base = row.value.copy_sign(row.amount)
                else:
                    reached = CONTEXT.add(reached, row.amount)
                    worth = _converted(books, rates[row.currency, row.day], reached)
                    base, worth_before = CONTEXT.subtract(worth, worth_before), worth
                yield (row.account, row.version), row.day, ItemWorth(row.amount, base)


def _converted(books: FunctionalBooks, chain: list[Leg] | LedgerError, amount: Decimal) -> Decimal:
    if isinstance(chain, LedgerError):
        raise chain
    return converted(amount, chain, books.minor_units, books.rounding)


def realised_now(entity_id: UUID, rows: Iterable[Allocation]) -> dict[UUID, Realised]:
    """The same of allocations of one page, at the rates of now, each in the base currency of its date.

    Those in base currency cost one query.
    """
    eras, found = eras_of(entity_id, fetch_default), dict[UUID, Realised]()
    foreign: dict[Era, list[UUID]] = defaultdict(list)
    for row in rows:
        era = era_on(eras, row.allocated_on)
        if row.account.currency not in own_currencies(eras, era):
            foreign[era].append(row.pk)
    if foreign:
        with snapshot() as connection:  # it reads the rates of closed days as JSON, which Django's own does not
            for era, ids in foreign.items():
                found |= realised(books_in(era, entity_id, fetch_on(connection)), ids)
    return found


def own_currencies(eras: Sequence[Era], era: Era) -> list[str]:
    """The base currency of an era and those that it was before: between them rates are fixed."""
    return [one.currency for one in eras[: eras.index(era) + 1]]
