"""Giving a journal a rate of its own: one agreed in a contract, or what balances were carried at when books begin."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from accounts.bases.eras import base_currency_on
from fx.deals.exchange_amounts import exactly
from fx.deals.kinds import SETTLEMENT
from fx.functional.errors import (
    HasOwnRate,
    LateForOwnRate,
    NothingForeign,
    OwnRateRefused,
    RateOfReversal,
    RateOfSettlement,
    WhichCurrency,
)
from fx.functional.events import CarriedAmount, CarriedAtFact
from fx.functional.models import OwnRate
from fx.rates.conversion import Leg, Rounding, converted
from fx.rates.finding import check_money, minor_units_of
from fx.rates.policies import fetch_within, policy_of
from fx.rates.quotes import parse_rate
from journals.errors import JournalNotFound
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.models import Event
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import normalised, plain

JOURNAL = """
    SELECT j.effective_date, j.layer, j.kind, coalesce(o.kind, '') FROM journals_journal j
    LEFT JOIN journals_journal o ON o.id = j.reverses_id WHERE j.id = %s AND j.entity_id = %s
"""
LINES = """
    SELECT a.id, a.code, p.currency, sum(p.amount)
    FROM journals_posting p JOIN accounts_account a ON a.id = p.account_id
    WHERE p.journal_id = %s AND p.currency <> %s
      AND NOT EXISTS (SELECT FROM accounts_currency u
                      WHERE u.entity_id = a.entity_id AND u.code = a.currency AND NOT u.is_money)
    GROUP BY a.id, a.code, p.currency ORDER BY a.code
"""
THROUGH = """
    SELECT closed_through, ordinary_through FROM days_daycutoff WHERE entity_id = %s ORDER BY number DESC LIMIT 1
"""
GIVEN = """
    SELECT o.rate, o.journal_id = j.id FROM journals_journal j JOIN functional_ownrate o ON o.currency = %s
       AND o.journal_id IN (j.id, j.reverses_id, (SELECT b.id FROM journals_journal b WHERE b.reverses_id = j.id))
    WHERE j.id = %s
"""
INSERT_RATE = """
    INSERT INTO functional_ownrate (id, journal_id, entity_id, currency, effective_date, rate, event_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_LINES = """
    INSERT INTO functional_carriedline (journal_id, account_id, entity_id, currency, effective_date, amount, value,
        event_sequence)
    SELECT %s, l.id, %s, %s, %s, l.amount, l.value, %s
    FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS l (id, amount, value)
"""


class Carried(NamedTuple):
    """A rate that a journal was given, and whether it was there already under this key."""

    rate: OwnRate
    replayed: bool


class _Line(NamedTuple):
    account: UUID
    code: str
    currency: str
    amount: Decimal


def carry_at(
    entity_id: UUID, journal_id: UUID, rate: str, *, currency: str = "", key: str, issuer: str = CLIENT, actor: str
) -> Carried:
    """Have one unit of `currency` in a journal be worth `rate` units of the base currency, whatever the rates say.

    `currency` may be left out of a journal in one foreign currency. A rate is given once, while the journal's day is
    open; the same key and request replays. Raises `Malformed` for the rate, `NotFound`, `DayClosed` (the day is cut
    off), `OwnRateRefused` with the reason, `NotMoney`, `AmountTooLarge`, `IdempotencyKeyReused`.
    """
    claim = claim_of(key, ["carry_at", journal_id, currency, normalised(parse_rate(rate, "/rate"))], issuer)

    def work(tx: Transaction, _: None) -> UUID:
        once.take(tx, claim)
        day = _open_day(tx, journal_id)
        base = base_currency_on(entity_id, day, fetch_within(tx))
        lines = _lines(tx, journal_id, currency, base)
        value = parse_rate(rate, "/rate")
        policy, units = (
            policy_of(entity_id, fetch=fetch_within(tx))[0],
            minor_units_of(entity_id, base, fetch=fetch_within(tx)),
        )
        carried = [(line, carried_value(line.amount, value, units, policy.rounding)) for line in lines]
        fact = CarriedAtFact(
            journal_id, lines[0].currency, day, normalised(value), policy.rounding,
            [CarriedAmount(line.code, plain(line.amount), plain(worth)) for line, worth in carried], **claim.fact(),
            id=uuid7(),
        )  # fmt: skip
        sequence = tx.record(fact, str(journal_id), actor)
        tx.remember(*claim, sequence)
        row = (fact.id, journal_id, entity_id, fact.currency, day, value, sequence, tx.recorded_at, actor)
        tx.query(INSERT_RATE, row)
        columns = ([line.account for line in lines], [line.amount for line in lines], [worth for _, worth in carried])
        tx.query(INSERT_LINES, (journal_id, entity_id, fact.currency, day, sequence, *columns))
        return journal_id

    def do() -> Carried:
        write(entity_id, work)
        found = OwnRate.objects.filter(entity_id=entity_id, journal_id=journal_id).order_by("-event_sequence")
        return Carried(found[0], replayed=False)

    return once.once(entity_id, claim, do, lambda sequence: _earlier(entity_id, sequence))


def _earlier(entity_id: UUID, sequence: int) -> Carried:
    event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    return Carried(OwnRate.objects.get(entity_id=entity_id, event_sequence=event.sequence), replayed=True)


def _open_day(tx: Transaction, journal_id: UUID) -> date:
    row = tx.query(JOURNAL, (journal_id, tx.entity_id)).fetchone()
    if row is None:
        raise JournalNotFound(pointer="/journal")
    day, layer, *kinds = row
    for closed, cut_off in tx.query(THROUGH, (tx.entity_id,)).fetchall():
        if cut_off is not None and day <= cut_off:
            state = "closed" if closed is not None and day <= closed else "closing"
            raise LateForOwnRate(pointer="/journal", day=str(day), state=state)
    if layer != "ordinary":
        raise OwnRateRefused(pointer="/journal")
    if SETTLEMENT.name in kinds:
        raise RateOfSettlement(pointer="/journal")
    return day  # type: ignore[no-any-return]


def _lines(tx: Transaction, journal_id: UUID, currency: str, base: str) -> list[_Line]:
    """The lines of the one currency that is carried."""
    foreign = [_Line(*row) for row in tx.query(LINES, (journal_id, base)).fetchall()]
    currencies = {line.currency for line in foreign}
    if not currency and len(currencies) > 1:
        raise WhichCurrency(pointer="/currency", count=len(currencies))
    wanted = currency or next(iter(currencies), base)
    lines = [line for line in foreign if line.currency == wanted]
    if not lines:
        check_money(tx.entity_id, [wanted], "/currency", fetch=fetch_within(tx))
        raise NothingForeign(pointer="/currency", currency=wanted[:12])
    for given, is_mine in tx.query(GIVEN, (wanted, journal_id)).fetchall():
        refusal = HasOwnRate if is_mine else RateOfReversal
        raise refusal(pointer="/journal", rate=normalised(given), currency=wanted)
    return lines


def carried_value(amount: Decimal, rate: Decimal, minor_units: int, rounding: str) -> Decimal:
    """The base amount of a line at a rate of its own; `rounding` is a mode of the policy."""
    leg = Leg("", "", date.min, "own", rate, 0, "own rate", "multiply")
    return converted(amount, [leg], minor_units, exactly(Rounding(rounding)))
