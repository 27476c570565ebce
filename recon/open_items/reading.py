"""What is open at the end of a date, and what was allocated, as known at an event."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from recon.open_items.models import Allocation, DueDate, ItemAccount

EVER = "infinity"
# Everything that was recorded: event sequences stay below it.
NOW = 2**63 - 1
# An item is what is posted from the account's first version on. A reversal of what came before is none, so that what
# is no item comes to nothing with it. A journal that was reversed has nothing open, and of its reversal is open what
# was allocated of the first otherwise: `m` is what was allocated of an item, or of the one that it reverses.
ITEMS = """
    WITH kept AS (
        SELECT account_id, min(first_version) AS first_version FROM open_items_itemaccount
        WHERE entity_id = %(entity)s AND event_sequence <= %(known)s
          AND (%(accounts)s::uuid[] IS NULL OR account_id = ANY (%(accounts)s))
        GROUP BY account_id
    ), items AS (
        SELECT p.account_id, p.account_version AS version, p.journal_id, p.line, j.number, j.kind, p.effective_date,
               coalesce((SELECT d.due_on FROM open_items_duedate d
                         WHERE d.journal_id = p.journal_id AND d.event_sequence <= %(known)s
                         ORDER BY d.number DESC LIMIT 1),
                        p.effective_date + CASE WHEN (p.amount > 0) = (a.normal_side = 'debit') THEN (
                            SELECT t.terms_days FROM open_items_itemaccount t
                            WHERE t.account_id = p.account_id AND t.first_version <= p.account_version
                              AND t.event_sequence <= %(known)s
                            ORDER BY t.number DESC LIMIT 1) ELSE 0 END) AS due_on,
               j.external_reference, coalesce(nullif(p.description, ''), j.description) AS description,
               coalesce(p.dimensions ->> 'party', '') AS party, p.amount,
               CASE WHEN r.id IS NOT NULL THEN 0
                    WHEN o.account_id IS NOT NULL THEN coalesce(m.amount, 0)
                    ELSE abs(p.amount) - coalesce(m.amount, 0) END AS open
        FROM kept k JOIN accounts_account a ON a.id = k.account_id
        JOIN journals_posting p ON p.account_id = k.account_id AND p.account_version >= k.first_version
        JOIN journals_journal j ON j.id = p.journal_id
        LEFT JOIN journals_journal r ON r.reverses_id = j.id AND r.effective_date <= %(as_of)s::date
                                    AND r.event_sequence <= %(known)s
        LEFT JOIN journals_posting o ON o.journal_id = j.reverses_id AND o.line = p.line
        LEFT JOIN LATERAL (
            SELECT sum(l.amount) AS amount FROM (
                SELECT id, amount, allocated_on, event_sequence FROM open_items_allocation
                WHERE account_id = k.account_id AND debit_version = coalesce(o.account_version, p.account_version)
                UNION ALL
                SELECT id, amount, allocated_on, event_sequence FROM open_items_allocation
                WHERE account_id = k.account_id AND credit_version = coalesce(o.account_version, p.account_version)
            ) l
            WHERE l.allocated_on <= %(as_of)s::date AND l.event_sequence <= %(known)s
              AND NOT EXISTS (
                  SELECT FROM open_items_allocationundo u
                  WHERE u.allocation_id = l.id AND u.undone_on <= %(as_of)s::date AND u.event_sequence <= %(known)s)
        ) m ON true
        WHERE p.effective_date <= %(as_of)s::date AND p.event_sequence <= %(known)s
          AND (j.reverses_id IS NULL OR o.account_version >= k.first_version)
          AND (%(party)s::text IS NULL OR coalesce(p.dimensions ->> 'party', '') = %(party)s)
    )
    SELECT account_id, version, journal_id, line, number, kind, effective_date, due_on, external_reference,
           description, party, amount, CASE WHEN amount > 0 THEN open ELSE -open END
    FROM items WHERE open <> 0 ORDER BY account_id, party, due_on, version
"""
# What was posted before, with its reversals: the part of a balance that no item makes up.
BEFORE = """
    SELECT k.account_id, coalesce(sum(p.amount), 0)
    FROM (SELECT account_id, min(first_version) AS first_version FROM open_items_itemaccount
          WHERE entity_id = %(entity)s AND event_sequence <= %(known)s GROUP BY account_id) k
    LEFT JOIN LATERAL (
        SELECT p.amount FROM journals_posting p
        WHERE p.account_id = k.account_id AND p.account_version < k.first_version
          AND p.effective_date <= %(as_of)s AND p.event_sequence <= %(known)s
        UNION ALL
        SELECT p.amount FROM journals_posting o
        JOIN journals_journal r ON r.reverses_id = o.journal_id
        JOIN journals_posting p ON p.journal_id = r.id AND p.line = o.line
        WHERE o.account_id = k.account_id AND o.account_version < k.first_version
          AND p.account_version >= k.first_version
          AND p.effective_date <= %(as_of)s AND p.event_sequence <= %(known)s
    ) p ON true
    GROUP BY k.account_id
"""

Fetch = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]


class OpenItem(NamedTuple):
    """An item of which something is open; `amount` and `open` are debit positive, in the account's currency."""

    account: UUID
    version: int
    journal: UUID
    line: int
    number: int
    kind: str
    day: date
    due_on: date
    reference: str
    description: str
    party: str
    amount: Decimal
    open: Decimal


def open_items(
    entity_id: UUID,
    fetch: Fetch,
    *,
    as_of: date | None = None,
    known: int = NOW,
    accounts: Collection[UUID] | None = None,
    party: str | None = None,
) -> list[OpenItem]:
    """The items that are open at the end of `as_of` (None: when all is done that is dated), by account and party.

    `party` "" is that of items without one.
    """
    given = {
        "entity": entity_id, "as_of": EVER if as_of is None else as_of, "known": known, "party": party,
        "accounts": None if accounts is None else list(accounts),
    }  # fmt: skip
    return [OpenItem(*row) for row in fetch(ITEMS, given)]


def before_items(entity_id: UUID, fetch: Fetch, *, as_of: date, known: int) -> dict[UUID, Decimal]:
    """What stands on each account that keeps open items and is no item; debit positive."""
    return dict(fetch(BEFORE, {"entity": entity_id, "as_of": as_of, "known": known}))


def item_accounts(entity_id: UUID) -> QuerySet[ItemAccount]:
    """How accounts keep open items, each setting of each."""
    return ItemAccount.objects.filter(entity_id=entity_id).select_related("account")


def due_dates(entity_id: UUID, journal_id: UUID | None = None) -> QuerySet[DueDate]:
    """Due dates that were declared, corrected ones too."""
    rows = DueDate.objects.filter(entity_id=entity_id)
    return rows if journal_id is None else rows.filter(journal_id=journal_id)


def allocations(entity_id: UUID, account: str | None = None) -> QuerySet[Allocation]:
    """What was allocated, also where it was undone."""
    rows = Allocation.objects.filter(entity_id=entity_id).select_related("account", "undo")
    return rows if account is None else rows.filter(account__code=account)
