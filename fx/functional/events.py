"""What happened to base amounts and own rates, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class MeasuredCurrency(msgspec.Struct, frozen=True):
    """One currency in a measuring: `total` and `sha256` are of the snapshots of `accounts` accounts."""

    currency: str
    since: date | None
    accounts: int
    total: str
    sha256: str


class MeasuringRate(msgspec.Struct, frozen=True):
    """The rate at which the movements of a currency on a date were measured."""

    currency: str
    day: date
    chain: list[dict[str, Any]]


class BaseAmountsMeasuredFact(Fact, frozen=True):
    """A close took what foreign accounts were worth in base currency; the subject is its day, `number` its run.

    `rounding` is the mode of the policy then.
    """

    event_type = "functional.measured"

    day: date
    number: int
    rounding: str
    measured: list[MeasuredCurrency]
    pinned: list[MeasuringRate]


class CarriedAmount(msgspec.Struct, frozen=True):
    """What a journal moved on an account, and its base amount; debit positive."""

    account: str
    amount: str
    value: str


class CarriedAtFact(Fact, frozen=True):
    """A journal was given a rate of its own: one unit of `currency` is worth `rate` in base currency."""

    event_type = "functional.carried_at"

    journal: UUID
    currency: str
    effective_date: date
    rate: str
    rounding: str
    lines: list[CarriedAmount]
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT
    id: UUID | None = None
