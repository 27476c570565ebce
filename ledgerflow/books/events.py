"""What happened to a set of books, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from ledgerflow.core.events import Fact


class EntityCreatedFact(Fact, frozen=True):
    """A set of books was opened, on `business_date`: the first event of every log."""

    event_type = "entity.created"

    id: UUID
    code: str
    name: str
    base_currency: str
    time_zone: str
    business_date: date
    dimensions: list[str]
    currencies: dict[str, int] = {}  # those of ISO 4217, code -> minor units


class BusinessDateAdvancedFact(Fact, frozen=True, omit_defaults=True):
    """The books went on to a later business date. A leap has the proposal that another person approved."""

    event_type = "business_date.advanced"

    before: date = msgspec.field(name="from")
    after: date = msgspec.field(name="to")
    proposal: UUID | None = None
