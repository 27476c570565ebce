"""Changing the base currency at a date, by a fixed rate (Council Regulation (EC) No 1103/97)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import psycopg

from accounts.bases.eras import Era, eras_of
from accounts.bases.errors import (
    BaseNotMoney,
    BeforeTheBooks,
    NotAfterTheLastChange,
    SameBaseCurrency,
)
from accounts.bases.events import BaseCurrencyChangedFact
from accounts.bases.rates import fixed_rate
from accounts.errors import CurrencyWithdrawn, UnknownCurrency
from accounts.iso4217 import WITHDRAWN_IN, is_withdrawn_on
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.models import Event
from ledgerflow.books.refusals import named_refusal
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.dates import check_day, day_before
from ledgerflow.core.texts import is_storable

CURRENCY = "SELECT is_money FROM accounts_currency WHERE entity_id = %s AND code = %s"
INSERT = """
    INSERT INTO bases_basechange (entity_id, starts_on, before, currency, rate, event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


# Accounts that take postings, by their currency.
ACCOUNTS = """
    SELECT currency, count(*) FROM accounts_account
    WHERE entity_id = %s AND NOT is_header AND closed_at IS NULL GROUP BY currency ORDER BY currency
"""


class Preview(NamedTuple):
    """What a change would be: `before` until `ends_on`; open accounts by currency."""

    before: str
    currency: str
    ends_on: date
    starts_on: date
    rate: str
    accounts: list[tuple[str, int]]


class _PreviewedError(Exception):
    """Ends the transaction of a preview."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview


class Changed(NamedTuple):
    """A change of the base currency, and whether it was there already under this key."""

    fact: BaseCurrencyChangedFact
    event_sequence: int
    is_replayed: bool


def change_base_currency(
    entity_id: UUID, currency: str, starts_on: date, rate: str, *, key: str, issuer: str = CLIENT, actor: str
) -> Changed:
    """Keep the books in `currency` from `starts_on` on, one unit of which is `rate` units of the one before.

    It is said before the day begins: no journal is dated on it or later, and it is neither closed nor closing. What is
    dated before stays in the currency it was in. The same key and request replays. Raises `SixSignificantFigures`,
    `UnknownCurrency`, `CurrencyWithdrawn`, `NotMoney`, and `BaseChangeRefused` with the reason; `IdempotencyKeyReused`.
    """
    check_day(starts_on, "/date")
    value = fixed_rate(rate)
    claim = claim_of(key, ["base_currency", currency, starts_on, rate], issuer)

    def work(tx: Transaction, _: None) -> Changed:
        once.take(tx, claim)
        before = _checked(tx, currency, starts_on)
        fact = BaseCurrencyChangedFact(before, currency, starts_on, rate, **claim.fact())
        sequence = tx.record(fact, str(starts_on), actor)
        tx.remember(*claim, sequence)
        _insert(tx, starts_on, before, currency, value, sequence, actor)
        return Changed(fact, sequence, is_replayed=False)

    return once.once(entity_id, claim, lambda: write(entity_id, work), lambda sequence: _earlier(entity_id, sequence))


def preview_change(entity_id: UUID, currency: str, starts_on: date, rate: str) -> Preview:
    """What `change_base_currency` would do; nothing is written. Raises as that does."""
    check_day(starts_on, "/date")
    value = fixed_rate(rate)

    def work(tx: Transaction, _: None) -> None:
        before = _checked(tx, currency, starts_on)
        _insert(tx, starts_on, before, currency, value, 1, "preview")
        accounts = tx.query(ACCOUNTS, (entity_id,)).fetchall()
        raise _PreviewedError(Preview(before, currency, day_before(starts_on), starts_on, rate, accounts))

    try:
        write(entity_id, work)
    except _PreviewedError as shown:
        return shown.preview
    raise AssertionError  # pragma: no cover - the work never returns


def _insert(
    tx: Transaction, starts_on: date, before: str, currency: str, rate: Decimal, sequence: int, actor: str
) -> None:
    """What stands on the day the database looks for itself. Raises what it refuses."""
    try:
        tx.query(INSERT, (tx.entity_id, starts_on, before, currency, rate, sequence, tx.recorded_at, actor))
    except psycopg.IntegrityError as error:
        refusal = named_refusal(error)
        if refusal is None:
            raise
        raise refusal(pointer="/date", day=str(starts_on)) from error


def _checked(tx: Transaction, currency: str, starts_on: date) -> str:
    """The currency that the new one follows. Raises the reason for which it cannot."""
    known = tx.query(CURRENCY, (tx.entity_id, currency)).fetchone() if is_storable(currency) else None
    if known is None:
        raise UnknownCurrency(pointer="/currency", currency=currency[:12])
    if not known[0]:
        raise BaseNotMoney(pointer="/currency", currency=currency)
    if is_withdrawn_on(currency, starts_on):
        month = WITHDRAWN_IN[currency]
        raise CurrencyWithdrawn(pointer="/currency", currency=currency, month=f"{month:%Y-%m}")
    last: Era = eras_of(tx.entity_id, lambda sql, params: tx.query(sql, params).fetchall())[-1]
    if starts_on <= tx.entity.first_business_date:
        first = str(tx.entity.first_business_date)
        raise BeforeTheBooks(pointer="/date", first_business_date=first, currency=currency)
    if last.starts_on is not None and starts_on <= last.starts_on:
        raise NotAfterTheLastChange(pointer="/date", currency=last.currency, day=str(last.starts_on))
    if last.currency == currency:
        raise SameBaseCurrency(pointer="/currency", currency=currency)
    return last.currency


def _earlier(entity_id: UUID, sequence: int) -> Changed:
    event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    return Changed(BaseCurrencyChangedFact.read(event.data), sequence, is_replayed=True)
