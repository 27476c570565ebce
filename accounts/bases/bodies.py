"""Bodies of the endpoints of the base currency."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from accounts.bases.rates import six_figures
from accounts.bases.reading import EraWithSource
from accounts.bases.use_cases import Changed
from accounts.bodies import Currency


class BaseChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The new base currency, its first day, and what one unit of it is in the old one: six significant figures."""

    currency: Currency
    date: date
    rate: str


class BaseChangeResponse(msgspec.Struct):
    """A change of the base currency."""

    before: str
    currency: str
    date: date
    rate: str
    event_sequence: int


class EraResponse(msgspec.Struct):
    """From when to when the books are kept in `currency`: `rate` units of `before` are one unit of it.

    The first era has no first day and no rate, the last one no last day. `event_sequence`: the event that tells of it.
    """

    currency: str
    starts_on: date | None
    ends_on: date | None
    before: str | None
    rate: str | None
    event_sequence: int
    recorded_at: datetime
    actor: str


class ErasResponse(msgspec.Struct):
    """The eras of the books, the first one first."""

    results: list[EraResponse]


def era_response(one: EraWithSource) -> EraResponse:
    """An era as it is shown."""
    fields = one._asdict() | {"rate": None if one.rate is None else six_figures(one.rate)}
    return EraResponse(**fields)


def base_change_response(done: Changed) -> BaseChangeResponse:
    """A change as it is shown."""
    fact = done.fact
    return BaseChangeResponse(fact.before, fact.currency, fact.starts_on, fact.rate, done.event_sequence)
