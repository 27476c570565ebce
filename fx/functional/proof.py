"""Proof of base amounts and own rates: rows and events tell the same, and the amounts are found again.

They are computed once more from the postings, the rates that are pinned and the deals, for all closes in force; of the
others, the SHA-256 of their rows says that nobody changed them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from accounts.bases.eras import Era, era_on, eras_of
from fx.deals.quoting import chain_from
from fx.functional.base_amounts import measured, with_special
from fx.functional.day_rates import Chains, FunctionalBooks, books_in
from fx.functional.events import BaseAmountsMeasuredFact, CarriedAtFact, MeasuredCurrency
from fx.functional.measuring import BaseTotal, hashed, summed
from fx.functional.moves import Move
from fx.functional.own_rates import carried_value
from fx.rates.conversion import FIXED
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.dates import day_before
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO

MEASURE, PINNED, SNAPSHOT = "functional_basemeasure", "functional_measuredrate", "functional_basesnapshot"
RATE, LINE = "functional_ownrate", "functional_carriedline"
ROWS = {
    MEASURE: "SELECT * FROM functional_basemeasure WHERE entity_id = %s",
    PINNED: "SELECT * FROM functional_measuredrate WHERE entity_id = %s",
    RATE: "SELECT * FROM functional_ownrate WHERE entity_id = %s",
    LINE: "SELECT * FROM functional_carriedline WHERE entity_id = %s",
}
KEYS = {
    MEASURE: ("number", "currency"), PINNED: ("number", "currency", "day"), RATE: ("journal_id", "currency"),
    LINE: ("journal_id", "account_id"),
}  # fmt: skip
ACCOUNTS = "SELECT code, id FROM accounts_account WHERE entity_id = %s"
ENTITY = "SELECT FROM books_entity WHERE id = %s"
SNAPSHOTS = """
    SELECT s.number, a.currency, s.day, a.code, s.base_total, a.id
    FROM functional_basesnapshot s JOIN accounts_account a ON a.id = s.account_id
    WHERE a.entity_id = %s ORDER BY a.code COLLATE "C"
"""
IN_FORCE = "SELECT currency, day, number FROM functional_coverage(%(entity)s, %(through)s, %(cut_off)s)"
POSTED = """
    SELECT p.account_id, p.currency, p.effective_date, sum(p.amount)
    FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id AND j.layer = 'ordinary'
    JOIN accounts_account a ON a.id = p.account_id
    WHERE a.entity_id = %(entity)s AND a.currency <> %(base)s AND p.effective_date <= %(until)s
      AND NOT EXISTS (SELECT FROM accounts_currency u
                      WHERE u.entity_id = a.entity_id AND u.code = a.currency AND NOT u.is_money)
      AND p.effective_date > coalesce(%(before)s::date, '-infinity')
    GROUP BY p.account_id, p.currency, p.effective_date ORDER BY p.effective_date
"""
CARRIED = """
    SELECT p.journal_id, p.currency, a.code, sum(p.amount)
    FROM journals_posting p JOIN accounts_account a ON a.id = p.account_id
    WHERE p.journal_id = ANY (%(journals)s::uuid[]) GROUP BY p.journal_id, p.currency, a.code
"""
RATES = """
    SELECT base, quote, rate_date, kind, version, value FROM rates_rate
    WHERE entity_id = %(entity)s AND rate_date = ANY (%(days)s::date[])
"""
# What converting comes to where a row holds what the books never would, NaN for one.
NO_AMOUNT = (LedgerError, KeyError, ArithmeticError)
FACTS = (BaseAmountsMeasuredFact, CarriedAtFact)

Row = dict[str, Any]
Snapshots = dict[tuple[int, str], list[tuple[date, BaseTotal, UUID]]]


class CurrencyMeasuring(NamedTuple):
    """A measuring of one currency as its event tells it."""

    fact: BaseAmountsMeasuredFact
    one: MeasuredCurrency


def check_functional(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Measurings, pinned rates, snapshots and own rates of an entity against their events and what they follow from."""
    accounts = dict(connection.execute(ACCOUNTS, (entity_id,)).fetchall())
    faults: list[Fault] = []
    expected: dict[str, dict[Any, Row]] = {table: {} for table in ROWS}
    facts: list[BaseAmountsMeasuredFact | CarriedAtFact] = []
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        facts.append(event.fact)
        rows = _carried(event, accounts) if isinstance(event.fact, CarriedAtFact) else _measured(event)
        for table, row in rows:
            expected[table][_key(table, row)] = row
    yield from faults
    cursor = connection.cursor(row_factory=dict_row)
    for table, sql in ROWS.items():
        found = keyed(cursor.execute(sql.encode(), (entity_id,)), partial(_key, table))
        yield from compare_rows(table, expected[table], found)
    told = {
        (fact.number, one.currency): CurrencyMeasuring(fact, one)
        for fact in facts if isinstance(fact, BaseAmountsMeasuredFact) for one in fact.measured
    }  # fmt: skip
    snapshots = _snapshots(connection, entity_id)
    yield from _check_sums(told, snapshots)
    if connection.execute(ENTITY, (entity_id,)).fetchone() is None:
        return  # named where the entity's row is compared
    with suppress(LedgerError):  # what the books lack is named where it is missing
        yield from _check_eras(connection, entity_id, facts, told, snapshots)


def _check_eras(
    connection: psycopg.Connection[Any],
    entity_id: UUID,
    facts: list[BaseAmountsMeasuredFact | CarriedAtFact],
    told: dict[tuple[int, str], CurrencyMeasuring],
    snapshots: Snapshots,
) -> Iterator[Fault]:
    """What was measured in each base currency that the books have had."""
    eras = eras_of(entity_id, lambda sql, params: connection.execute(sql.encode(), params).fetchall())
    ends = [day_before(one.starts_on) if one.starts_on else date.max for one in (*eras[1:], Era(""))]
    for era, through in zip(eras, ends, strict=True):
        books = books_in(era, entity_id, lambda sql, params: connection.execute(sql.encode(), params).fetchall())
        measured_in = {key: one for key, one in told.items() if era_on(eras, one.fact.day) == era}
        carried_in = [
            fact for fact in facts if isinstance(fact, CarriedAtFact) and era_on(eras, fact.effective_date) == era
        ]
        yield from _check_rates(books, measured_in)
        yield from _check_lines(books, carried_in)
        yield from _check_amounts(books, measured_in, snapshots, through)


def _key(table: str, row: Row) -> str:
    return " ".join(str(row[name]) for name in KEYS[table])


def _measured(event: EventWithFact) -> Iterator[tuple[str, Row]]:
    fact: BaseAmountsMeasuredFact = event.fact
    for one in fact.measured:
        row = msgspec.structs.asdict(one) | {"day": fact.day, "number": fact.number, "total": Decimal(one.total)}
        yield MEASURE, row | _event(event)
    for pin in fact.pinned:
        yield PINNED, {"currency": pin.currency, "day": pin.day, "number": fact.number, "chain": pin.chain}


def _carried(event: EventWithFact, accounts: dict[str, UUID]) -> Iterator[tuple[str, Row]]:
    fact: CarriedAtFact = event.fact
    own = {"journal_id": fact.journal, "currency": fact.currency, "effective_date": fact.effective_date}
    yield RATE, own | {"id": fact.id, "rate": Decimal(fact.rate)} | _event(event)
    for line in fact.lines:
        row = {"amount": Decimal(line.amount), "value": Decimal(line.value), "event_sequence": event.sequence}
        yield LINE, own | row | {"account_id": accounts.get(line.account, line.account)}


def _event(event: EventWithFact) -> Row:
    return {"event_sequence": event.sequence, "recorded_at": event.recorded_at, "actor": event.actor}


def _snapshots(connection: psycopg.Connection[Any], entity_id: UUID) -> Snapshots:
    found: Snapshots = defaultdict(list)
    for number, currency, day, code, total, id_ in connection.execute(SNAPSHOTS, (entity_id,)):
        found[number, currency].append((day, BaseTotal(code, total), id_))
    return found


def _check_sums(told: dict[tuple[int, str], CurrencyMeasuring], snapshots: Snapshots) -> Iterator[Fault]:
    """The rows of every measuring, of closes that are in force no more too."""
    for number, currency in sorted(told.keys() | snapshots.keys()):
        one, rows = told.get((number, currency)), snapshots.get((number, currency), [])
        key = f"{currency} of close {number}"
        if one is None:
            yield Fault(SNAPSHOT, key, "rows", "0", str(len(rows)))
            continue
        days = {day for day, _, _ in rows} - {one.fact.day}
        if days:
            yield Fault(SNAPSHOT, key, "day", str(one.fact.day), ", ".join(sorted(map(str, days))))
        totals = [total for _, total, _ in rows]
        found = hashed(totals, currency, one.fact.day)
        if (len(rows), found) != (one.one.accounts, one.one.sha256):
            yield Fault(SNAPSHOT, key, "sha256", one.one.sha256, found)
        elif summed(totals) != Decimal(one.one.total):
            yield Fault(MEASURE, key, "total", one.one.total, str(summed(totals)))


def _check_rates(books: FunctionalBooks, told: dict[tuple[int, str], CurrencyMeasuring]) -> Iterator[Fault]:
    """Every rate that was used is among the rates, in the version it was."""
    legs = [
        (fact.number, pin.currency, pin.day, leg)
        for fact in {one.fact.number: one.fact for one in told.values()}.values()
        for pin in fact.pinned for leg in chain_from(pin.chain)
    ]  # fmt: skip
    days = sorted({leg.rate_date for *_, leg in legs})
    known = set(books.rows(RATES, days=days)) if days else set()
    eras = eras_of(books.entity_id, books.fetch)
    fixed = {(new.currency, old.currency, new.starts_on): new.rate for old, new in pairwise(eras)}
    for number, currency, day, leg in legs:
        if leg.kind == FIXED:
            known_as_fixed = fixed.get((leg.base, leg.quote, leg.rate_date))
            if known_as_fixed != leg.value:
                yield Fault(PINNED, f"{number} {currency} {day}", "rate", str(known_as_fixed), str(leg.value))
        elif (leg.base, leg.quote, leg.rate_date, leg.kind, leg.version, leg.value) not in known:
            wanted = f"version {leg.version} of {leg.base}/{leg.quote} {leg.rate_date}, {leg.value}"
            yield Fault(PINNED, f"{number} {currency} {day}", "rate", wanted, "no such rate")


def _check_lines(books: FunctionalBooks, facts: list[CarriedAtFact]) -> Iterator[Fault]:
    """What journals with a rate of their own moved, and what that is worth."""
    posted: dict[tuple[UUID, str], dict[str, Decimal]] = defaultdict(dict)
    for journal, currency, code, amount in books.rows(CARRIED, journals=[fact.journal for fact in facts]):
        posted[journal, currency][code] = amount
    for fact in facts:
        for line in fact.lines:
            amount = posted[fact.journal, fact.currency].pop(line.account, ZERO)
            try:
                worth: object = carried_value(amount, Decimal(fact.rate), books.minor_units, fact.rounding)
            except NO_AMOUNT as error:
                worth = repr(error)
            if (amount, worth) != (Decimal(line.amount), Decimal(line.value)):
                yield Fault(LINE, f"{fact.journal} {line.account}", "value", str(worth), line.value)
        for code in posted[fact.journal, fact.currency]:
            yield Fault(LINE, f"{fact.journal} {code}", "row", "a row", "absent")


def _check_amounts(
    books: FunctionalBooks, told: dict[tuple[int, str], CurrencyMeasuring], snapshots: Snapshots, through: date
) -> Iterator[Fault]:
    """The snapshots of all closes in force, from the postings, the pinned rates and the deals."""
    rows = books.rows(IN_FORCE, through=through)
    in_force = {currency: _chain_of(told, currency, day, number) for currency, day, number in rows}
    until = max((chain[-1].fact.day for chain in in_force.values() if chain), default=None)
    if until is None:
        return
    moved: dict[tuple[int, str], list[Move]] = defaultdict(list)
    for account, currency, day, amount in books.rows(POSTED, until=until):
        chain = in_force.get(currency, [])
        place = bisect_left(chain, day, key=lambda one: one.fact.day)
        if place < len(chain):
            move = Move(account, currency, day, amount, ZERO, is_measured=False)
            moved[chain[place].fact.number, currency].append(move)
    for currency, chain in in_force.items():
        running: dict[UUID, Decimal] = {}
        for one in chain:
            key = one.fact.number, currency
            yield from _check_measuring(books, one, moved[key], snapshots.get(key, []), running)


def _chain_of(
    told: dict[tuple[int, str], CurrencyMeasuring], currency: str, day: date | None, number: int
) -> list[CurrencyMeasuring]:
    """The measurings of a currency in force, the first one first: each goes on from the day of the one before."""
    chain: list[CurrencyMeasuring] = []
    while day is not None:
        numbers = [key[0] for key, one in told.items() if key[1] == currency and one.fact.day == day]
        newest = max((one for one in numbers if one <= number), default=None)
        if newest is None:
            break
        chain.append(told[newest, currency])
        day, number = told[newest, currency].one.since, newest
    return chain[::-1]


def _check_measuring(
    books: FunctionalBooks,
    told: CurrencyMeasuring,
    moves: list[Move],
    snapshots: list[tuple[date, BaseTotal, UUID]],
    running: dict[UUID, Decimal],
) -> Iterator[Fault]:
    """The snapshots of one measuring; `running` is what the accounts stood at before it, and stand at after it."""
    fact, currency = told.fact, told.one.currency
    rates: Chains = {(pin.currency, pin.day): chain_from(pin.chain) for pin in fact.pinned}
    then = books._replace(policy=msgspec.structs.replace(books.policy, rounding=fact.rounding))
    try:
        values = measured(then, with_special(then, moves), rates)
    except NO_AMOUNT as error:
        yield Fault(MEASURE, f"{currency} of close {fact.number}", "rates", "a rate of each day", repr(error))
        return
    rows = {id_: total for _, total, id_ in snapshots}
    for account, value in values.items():
        running[account] = CONTEXT.add(running.get(account, ZERO), value)
    for account in values.keys() | rows.keys():
        wanted, found = running.get(account, ZERO), rows.get(account)
        if found is None or found.total != wanted:
            code, total = (found.code, found.total) if found else (account, "absent")
            yield Fault(SNAPSHOT, f"{code} {fact.day}", "base_total", str(wanted), str(total))
