"""Bringing the views of an entity on by a run of its events.

The events are gone through in their order, in plain Python; then each table is written by one statement. So it does not
matter how a history is cut into runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import localcontext
from typing import Any
from uuid import UUID

import psycopg

from accounts.bases.events import BaseCurrencyChangedFact
from accounts.events import (
    AccountChangedFact,
    AccountClosedFact,
    AccountFrozenFact,
    AccountOpenedFact,
    AccountUnfrozenFact,
    CurrencyAddedFact,
)
from journals.events import JournalFact
from journals.hold_events import HoldCapturedFact, HoldExpiredFact, HoldPlacedFact, HoldReleasedFact
from journals.views import rows
from journals.views.facts import ViewedJournal, ViewedLine, read_journal, read_lines
from journals.views.gathering import Gathered
from ledgerflow.books.events import BusinessDateAdvancedFact, EntityCreatedFact
from ledgerflow.core.events import Fact, RecordedEvent
from ledgerflow.core.money import CONTEXT

Connection = psycopg.Connection[Any]
Journal = tuple[ViewedJournal, list[ViewedLine]]


def apply(connection: Connection, entity_id: UUID, events: Sequence[RecordedEvent]) -> None:
    """Bring the views of an entity on by these events, on a connection in a transaction."""
    journals = {event.sequence: _read(event.data) for event in events if event.type == JournalFact.event_type}
    run = Gathered(entity_id, _names(connection, entity_id, journals.values()))
    with localcontext(CONTEXT):
        for event in events:
            found = journals.get(event.sequence)
            if found is not None:
                run.journal(event, *found)
            else:
                OTHERS[event.type](run, event)
    run.write(connection)


def _read(data: str) -> Journal:
    fact = read_journal(data)
    return fact, read_lines(fact.lines)


def _names(connection: Connection, entity_id: UUID, journals: Iterable[Journal]) -> dict[str, str]:
    """What the accounts of these journals are called before the run."""
    codes = {line.account for _, lines in journals for line in lines}
    if not codes:
        return {}
    found: list[Any] = connection.execute(rows.LOAD_NAMES, (entity_id, rows.text_array_of(codes))).fetchall()
    return dict(found)


def _business_date(run: Gathered, event: RecordedEvent) -> None:
    run.business_date(BusinessDateAdvancedFact.read(event.data).after.isoformat())


def _currency(run: Gathered, event: RecordedEvent) -> None:
    fact = CurrencyAddedFact.read(event.data)
    run.currency(fact.code, fact.minor_units)


def _base_currency(run: Gathered, event: RecordedEvent) -> None:
    fact = BaseCurrencyChangedFact.read(event.data)
    run.base_currency(fact.starts_on.isoformat(), fact.currency)


# What each fact does, by its type; a journal's is in `apply`, because its accounts are looked up before.
BY_FACT: dict[type[Fact], Callable[[Gathered, RecordedEvent], object]] = {
    EntityCreatedFact: Gathered.entity,
    BusinessDateAdvancedFact: _business_date,
    CurrencyAddedFact: _currency,
    BaseCurrencyChangedFact: _base_currency,
    AccountOpenedFact: Gathered.open_account,
    AccountChangedFact: Gathered.change_account,
    AccountFrozenFact: Gathered.change_account,
    AccountUnfrozenFact: Gathered.change_account,
    AccountClosedFact: Gathered.close_account,
    HoldPlacedFact: Gathered.hold,
    HoldCapturedFact: Gathered.hold,
    HoldReleasedFact: Gathered.hold,
    HoldExpiredFact: Gathered.hold,
}
OTHERS = {fact.event_type: does for fact, does in BY_FACT.items()}
FACTS: tuple[type[Fact], ...] = (JournalFact, *BY_FACT)
