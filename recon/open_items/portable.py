"""Open items on their way to other books: which accounts keep them, due dates, and what was allocated to what.

Postings are named by the keys that their journals have in an export. All of it comes after the journals: their order is
that of the export, so that the versions of an account count the same postings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from journals.reading.keys import journal_of_key
from ledgerflow.books.idempotency import as_key
from ledgerflow.core.money import parse_signed, plain
from ledgerflow.core.plugins import SETTINGS, Portable
from recon.open_items.keeping import keep_open_items, set_due_date
from recon.open_items.models import DueDate, ItemAccount
from recon.open_items.use_cases import ItemName, Wanted, allocate, undo_allocation

ACCOUNTS = """
    SELECT a.code, min(i.first_version), (array_agg(i.terms_days::int ORDER BY i.number DESC))[1]
    FROM open_items_itemaccount i JOIN accounts_account a ON a.id = i.account_id
    WHERE i.entity_id = %s GROUP BY a.code ORDER BY a.code
"""
# What was declared; and where the terms of an account changed, what those of its time made of an item.
DUE_DATES = """
    SELECT DISTINCT ON (journal_id) journal_id, due_on FROM (
        SELECT journal_id, due_on, number FROM open_items_duedate WHERE entity_id = %(entity)s
        UNION ALL
        SELECT p.journal_id, p.effective_date + t.terms_days, 0
        FROM accounts_account a
        JOIN LATERAL (SELECT terms_days FROM open_items_itemaccount WHERE account_id = a.id
                      ORDER BY number DESC LIMIT 1) last ON true
        JOIN journals_posting p ON p.account_id = a.id AND (p.amount > 0) = (a.normal_side = 'debit')
        JOIN LATERAL (SELECT terms_days FROM open_items_itemaccount
                      WHERE account_id = a.id AND first_version <= p.account_version
                      ORDER BY number DESC LIMIT 1) t ON t.terms_days <> last.terms_days
        WHERE a.entity_id = %(entity)s
    ) due ORDER BY journal_id, number DESC
"""
ALLOCATIONS = """
    SELECT l.id, a.code, d.journal_id, d.line, c.journal_id, c.line, l.amount, l.allocated_on,
           u.undone_on
    FROM open_items_allocation l JOIN accounts_account a ON a.id = l.account_id
    JOIN journals_posting d ON d.account_id = l.account_id AND d.account_version = l.debit_version
    JOIN journals_posting c ON c.account_id = l.account_id AND c.account_version = l.credit_version
    LEFT JOIN open_items_allocationundo u ON u.allocation_id = l.id
    WHERE l.entity_id = %s ORDER BY l.event_sequence, l.place
"""


class ItemAccountEntry(msgspec.Struct, forbid_unknown_fields=True):
    """An account whose postings are open items, from one of them on, and the terms of the next ones."""

    account: str
    first_version: int
    terms_days: int


class DueDateEntry(msgspec.Struct, forbid_unknown_fields=True):
    """When the items of a journal are due; `journal` is its key."""

    journal: str
    due_on: date


class AllocationEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A debit and a credit on an account that settle each other, perhaps until a day.

    `allocation` is the id in the books that it comes from, and makes it one that is made once.
    """

    allocation: str
    account: str
    debit: str
    debit_line: int
    credit: str
    credit_line: int
    amount: str
    allocated_on: date
    undone_on: date | None = None


def _accounts(connection: Any, entity_id: UUID) -> Iterator[ItemAccountEntry]:
    return (ItemAccountEntry(*row) for row in connection.execute(ACCOUNTS, (entity_id,)))


def _bring_account(entity_id: UUID, wanted: ItemAccountEntry, actor: str) -> bool:
    before = ItemAccount.objects.filter(entity=entity_id).count()
    first = wanted.first_version
    keep_open_items(entity_id, wanted.account, wanted.terms_days, first_version=first, actor=actor)
    return ItemAccount.objects.filter(entity=entity_id).count() > before


def _due_dates(connection: Any, entity_id: UUID) -> Iterator[DueDateEntry]:
    for journal, due_on in connection.execute(DUE_DATES, {"entity": entity_id}):
        yield DueDateEntry(f"journal:{journal}", due_on)


def _bring_due_date(entity_id: UUID, wanted: DueDateEntry, actor: str) -> bool:
    journal = journal_of_key(entity_id, wanted.journal)
    rows = DueDate.objects.filter(journal=journal).order_by("-number").values_list("due_on", flat=True)
    if rows.first() == wanted.due_on:
        return False
    set_due_date(entity_id, journal, wanted.due_on, actor=actor)
    return True


def _allocations(connection: Any, entity_id: UUID) -> Iterator[AllocationEntry]:
    for id_, account, debit, debit_line, credit, line, amount, *days in connection.execute(ALLOCATIONS, (entity_id,)):
        sides = (f"journal:{debit}", debit_line, f"journal:{credit}", line)
        yield AllocationEntry(str(id_), account, *sides, plain(amount), *days)


def _bring_allocation(entity_id: UUID, wanted: AllocationEntry, actor: str) -> bool:
    asked = Wanted(
        ItemName(journal_of_key(entity_id, wanted.debit, "/debit"), wanted.debit_line),
        ItemName(journal_of_key(entity_id, wanted.credit, "/credit"), wanted.credit_line),
        parse_signed(wanted.amount, "/amount"),
    )
    key = as_key(f"allocation:{wanted.allocation}")
    made = allocate(
        entity_id, wanted.account, [asked], day=wanted.allocated_on, key=key, issuer=SETTINGS, actor=actor,
        of_other_books=True,
    )  # fmt: skip
    if wanted.undone_on is None:
        return not made.replayed
    id_ = made.allocations[0].pk
    undone = undo_allocation(entity_id, id_, day=wanted.undone_on, key=f"{key}:undone", issuer=SETTINGS, actor=actor)
    return not undone.replayed


PORTABLES = (
    Portable("item_account", ItemAccountEntry, _accounts, _bring_account),
    Portable("due_date", DueDateEntry, _due_dates, _bring_due_date),
    Portable("allocation", AllocationEntry, _allocations, _bring_allocation),
)
