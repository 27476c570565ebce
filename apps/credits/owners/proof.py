"""What owners were told, against its events and against the books."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from apps.credits.events import NOTICES, CreditsExpiredFact, CreditsExpiringFact, CreditsLowFact
from apps.credits.models import NoticeKind
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts
from ledgerflow.core.money import ZERO

TABLE = "credits_notice"
ROWS = """
    SELECT n.*, a.code AS wallet, a.owner_id, a.currency AS unit
    FROM credits_notice n JOIN accounts_account a ON a.id = n.account_id WHERE n.entity_id = %s
"""
# The balance of the version that a wallet fell by, the last day of a lot, and what has expired since it was told last.
IN_THE_BOOKS = """
    SELECT n.id, n.day, n.amount,
           CASE n.kind WHEN 'expiring' THEN l.expires_on ELSE n.day END,
           CASE n.kind
               WHEN 'low' THEN CASE a.normal_side WHEN 'debit' THEN p.balance_after ELSE -p.balance_after END
               WHEN 'expired' THEN (
                   SELECT sum(e.amount) FROM lots_lotentry e
                   WHERE e.account_id = n.account_id AND e.action = 'expired' AND e.event_sequence <= n.place
                     AND e.effective_date = n.day AND e.event_sequence > coalesce((
                         SELECT max(o.place) FROM credits_notice o
                         WHERE o.account_id = n.account_id AND o.kind = 'expired' AND o.place < n.place
                     ), 0)
               )
               ELSE least(n.amount, l.amount) END
    FROM credits_notice n JOIN accounts_account a ON a.id = n.account_id
    LEFT JOIN journals_posting p ON n.kind = 'low' AND p.account_id = n.account_id AND p.account_version = n.place
    LEFT JOIN lots_lot l ON n.kind = 'expiring' AND l.account_id = n.account_id AND l.arrival = n.place
    WHERE n.entity_id = %s
"""


def check_notices(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """All notices of an entity."""
    faults: list[Fault] = []
    expected = {event.fact.id: _notice(event) for event in events_with_facts(connection, entity_id, NOTICES, faults)}
    yield from faults
    rows = connection.cursor(row_factory=dict_row).execute(ROWS, (entity_id,))
    yield from compare_rows(TABLE, expected, keyed(rows, lambda row: row["id"]))
    for id_, day, amount, its_day, its_amount in connection.execute(IN_THE_BOOKS, (entity_id,)):
        yield from compare_rows(
            TABLE, {id_: {"day": its_day, "amount": its_amount}}, {id_: {"day": day, "amount": amount}}
        )


def _notice(event: EventWithFact) -> dict[str, Any]:
    fact: CreditsLowFact | CreditsExpiringFact | CreditsExpiredFact = event.fact
    return {
        "wallet": fact.wallet, "owner_id": fact.owner_id, "unit": fact.unit, **_members(fact),
        "event_sequence": event.sequence, "recorded_at": event.recorded_at, "actor": event.actor,
    }  # fmt: skip


def _members(fact: CreditsLowFact | CreditsExpiringFact | CreditsExpiredFact) -> dict[str, Any]:
    if isinstance(fact, CreditsLowFact):
        told = (NoticeKind.LOW, Decimal(fact.threshold), fact.version, fact.effective_date, fact.balance)
    elif isinstance(fact, CreditsExpiringFact):
        told = (NoticeKind.EXPIRING, Decimal(fact.days), fact.arrival, fact.expires_on, fact.amount)
    else:
        told = (NoticeKind.EXPIRED, ZERO, fact.through, fact.day, fact.amount)
    kind, threshold, place, day, amount = told
    return {"kind": str(kind), "threshold": threshold, "place": place, "day": day, "amount": Decimal(amount)}
