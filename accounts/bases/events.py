"""What happened to the base currency of a set of books, as events tell it. Pure."""

from __future__ import annotations

from datetime import date

from ledgerflow.core.events import Fact


class BaseCurrencyChangedFact(Fact, frozen=True):
    """From `starts_on` on the books are kept in `currency`, of which one unit is `rate` units of the one `before`."""

    event_type = "base_currency.changed"

    before: str
    currency: str
    starts_on: date
    rate: str
    idempotency_key: str
    fingerprint: str
    key_issuer: str
