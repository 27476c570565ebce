"""What comes near its last day, and what has expired: told each night, after the lots that were over have expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from accounts.models import Account
from apps.credits.models import NoticeKind
from apps.credits.owners.notices import NoticeOf, tell
from apps.credits.owners.wallets import Units, units_of
from apps.credits.wallets import WALLET
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.money import ZERO

# The nearest threshold of a lot counts: one that is granted for five days is told of once, at that of seven.
EXPIRING = """
    SELECT 'expiring', l.account_id, a.code, a.owner_id, a.currency, d.days::numeric, l.arrival, l.expires_on,
           l.remaining - l.pinned
    FROM lots_lot l JOIN accounts_account a ON a.id = l.account_id AND a.role = 'wallet' AND a.currency = %(unit)s
    CROSS JOIN LATERAL (
        SELECT min(days) AS days FROM unnest(%(days)s::int[]) t (days) WHERE t.days >= l.expires_on - %(day)s::date
    ) d
    WHERE l.entity_id = %(entity)s AND l.is_open AND l.remaining > l.pinned
      AND l.expires_on BETWEEN %(day)s AND %(day)s::date + %(most)s::int
      AND NOT EXISTS (
          SELECT FROM credits_notice n
          WHERE n.account_id = l.account_id AND n.kind = 'expiring' AND n.threshold = d.days AND n.place = l.arrival
      )
"""
# What was told before of a wallet is not told again, also where a night was cut off in the middle.
EXPIRED = """
    SELECT e.account_id, a.code, a.owner_id, a.currency, max(e.event_sequence), sum(e.amount), b.place
    FROM journals_journal j JOIN lots_lotentry e ON e.journal_id = j.id AND e.action = 'expired'
    JOIN accounts_account a ON a.id = e.account_id AND a.role = 'wallet' AND a.currency = ANY (%s)
    CROSS JOIN LATERAL (
        SELECT coalesce(max(n.place), 0) AS place FROM credits_notice n
        WHERE n.account_id = e.account_id AND n.kind = 'expired' AND n.threshold = 0
    ) b
    WHERE j.entity_id = %s AND j.kind = 'lot_expiry' AND j.effective_date = %s AND e.event_sequence > b.place
    GROUP BY e.account_id, a.code, a.owner_id, a.currency, b.place
"""


def tell_of_expiry(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """Tell owners what expired in this night, and which lots come near their last day; gives how many of each.

    Books in which nobody has credits cost one query.
    """
    if not Account.objects.filter(entity_id=entity_id, role=WALLET).exists():
        return {}
    units = units_of(entity_id)
    return {
        "credits_expired": tell(entity_id, _expired(entity_id, units, business_date), actor),
        "credits_expiring": tell(entity_id, _expiring(entity_id, units, business_date), actor),
    }


def _expired(entity_id: UUID, units: Units, day: date) -> Iterator[NoticeOf]:
    for account, code, owner, unit, place, amount, since in _rows(EXPIRED, (list(units.minor_units), entity_id, day)):
        yield NoticeOf(NoticeKind.EXPIRED, account, code, owner, unit, ZERO, place, day, amount, since)


def _expiring(entity_id: UUID, units: Units, day: date) -> Iterator[NoticeOf]:
    for unit in units.minor_units:
        days = units.expiring_days(unit)
        if days:
            given = {"entity": entity_id, "unit": unit, "days": days, "most": max(days), "day": day}
            yield from (NoticeOf(*row) for row in _rows(EXPIRING, given))


def _rows(sql: str, given: Any) -> Iterator[tuple[Any, ...]]:
    """Rows as they are needed, from a snapshot: a night may have hundreds of thousands."""
    with snapshot() as connection, connection.cursor(name="credit_notices") as cursor:
        connection.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")
        cursor.itersize = 5_000
        cursor.execute(sql, given)
        yield from cursor
