"""Bodies of the endpoint that changes the base currency."""

from __future__ import annotations

from datetime import date

import msgspec

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


def base_change_response(done: Changed) -> BaseChangeResponse:
    """A change as it is shown."""
    fact = done.fact
    return BaseChangeResponse(fact.before, fact.currency, fact.starts_on, fact.rate, done.event_sequence)
