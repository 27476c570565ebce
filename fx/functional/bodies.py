"""Bodies of the endpoint of own rates."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from fx.functional.models import OwnRate
from fx.rates.bodies import Currency
from ledgerflow.core.money import normalised


class OwnRateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What one unit of a foreign currency is worth in a journal, in base currency: digits with a point.

    `currency` may be left out of a journal in one foreign currency.
    """

    journal: UUID
    rate: str
    currency: Currency | None = None


class OwnRateResponse(msgspec.Struct):
    """The rate that a journal is carried at."""

    id: UUID
    journal: UUID
    currency: str
    effective_date: date
    rate: str
    event_sequence: int
    recorded_at: datetime
    actor: str


def own_rate_response(row: OwnRate) -> OwnRateResponse:
    """A rate as it is shown."""
    return OwnRateResponse(
        row.id, row.journal_id, row.currency, row.effective_date, normalised(row.rate), row.event_sequence,
        row.recorded_at, row.actor,
    )  # fmt: skip
