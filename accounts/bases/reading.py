"""The eras of a set of books, with the events that tell of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from accounts.bases.models import BaseChange
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.dates import day_before


class ToldEra(NamedTuple):
    """An era from its first to its last day, and the event that tells of it.

    The first era has no first day, the last one no last day. `rate`: so many units of `before` are one of `currency`.
    """

    currency: str
    starts_on: date | None
    ends_on: date | None
    before: str | None
    rate: Decimal | None
    event_sequence: int
    recorded_at: datetime
    actor: str


def told_eras(entity_id: UUID) -> list[ToldEra]:
    """The eras of a set of books, the first one first; one that is still to come is among them."""
    changes = list(BaseChange.objects.filter(entity_id=entity_id).order_by("starts_on"))
    founded = Entity.objects.values_list("base_currency", flat=True).get(pk=entity_id)
    first = Event.objects.filter(entity_id=entity_id).order_by("sequence").only("sequence", "recorded_at", "actor")[0]
    ends: list[date | None] = [*(day_before(one.starts_on) for one in changes), None]
    found = [ToldEra(founded, None, ends[0], None, None, first.sequence, first.recorded_at, first.actor)]
    for one, ends_on in zip(changes, ends[1:], strict=True):
        told = one.event_sequence, one.recorded_at, one.actor
        found.append(ToldEra(one.currency, one.starts_on, ends_on, one.before, one.rate, *told))
    return found
