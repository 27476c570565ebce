"""From which account to which account journals move money: one account of each side, or that there are several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db import connection

# Two probes for each side: its first line, and whether a line of it is on another account.
SIDES = """
    SELECT wanted.id, side.is_debit, a.id, a.code, a.name, EXISTS (
        SELECT FROM journals_posting other
        WHERE other.journal_id = wanted.id AND (other.amount > 0) = side.is_debit AND other.account_id <> a.id
          AND (%(currency)s::text IS NULL OR other.currency = %(currency)s)
    )
    FROM unnest(%(journals)s::uuid[]) AS wanted (id) CROSS JOIN (VALUES (true), (false)) AS side (is_debit)
    CROSS JOIN LATERAL (
        SELECT account_id FROM journals_posting p
        WHERE p.journal_id = wanted.id AND (p.amount > 0) = side.is_debit
          AND (%(currency)s::text IS NULL OR p.currency = %(currency)s)
        ORDER BY p.line LIMIT 1
    ) AS first
    JOIN accounts_account a ON a.id = first.account_id
"""


class SideOfJournal(NamedTuple):
    """The account of the first line on a side; with `is_several` other lines are on others."""

    account: UUID
    code: str
    name: str
    is_several: bool


class SidesOfJournal(NamedTuple):
    debit: SideOfJournal
    credit: SideOfJournal


def sides_of(journals: Iterable[UUID], currency: str | None = None) -> dict[UUID, SidesOfJournal]:
    """Both sides of each journal, or of its lines in one currency. One query."""
    found: dict[UUID, dict[bool, SideOfJournal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SIDES, {"journals": list(journals), "currency": currency})
        for journal, is_debit, *side in cursor.fetchall():
            found.setdefault(journal, {})[is_debit] = SideOfJournal(*side)
    return {journal: SidesOfJournal(sides[True], sides[False]) for journal, sides in found.items()}
