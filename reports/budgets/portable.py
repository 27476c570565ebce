"""Budgets on their way to other books: the lines in force, some hundreds an entry."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.books.idempotency import as_key
from ledgerflow.core import canonical
from ledgerflow.core.money import parse_signed, plain
from ledgerflow.core.plugins import SETTINGS, Portable
from reports.budgets.setting import set_budget
from reports.budgets.specs import BudgetSpec

AT_ONCE = 500
# A line is of a month of the calendar or of a fiscal period, and is set by its name.
IN_FORCE = """
    SELECT version, account, coalesce(period, to_char(starts_on, 'YYYY-MM')), amount, dimension, value
    FROM (
        SELECT DISTINCT ON (b.version, b.account_id, b.starts_on, b.ends_on, b.dimension, b.value)
               b.version, a.code AS account, b.starts_on, b.ends_on, b.dimension, b.value, b.amount, (
                   SELECT p.name FROM periods_period p
                   WHERE p.entity_id = b.entity_id AND p.starts_on = b.starts_on AND p.ends_on = b.ends_on
                   ORDER BY p.kind LIMIT 1) AS period
        FROM budgets_budgetline b JOIN accounts_account a ON a.id = b.account_id
        WHERE b.entity_id = %s
        ORDER BY b.version, b.account_id, b.starts_on, b.ends_on, b.dimension, b.value, b.event_sequence DESC
    ) newest
    WHERE amount <> 0 ORDER BY version, account, starts_on, ends_on, dimension, value
"""


class BudgetLineEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What is budgeted for an account over a period, perhaps for a value of a dimension."""

    account: str
    period: str
    amount: str
    dimension: str = ""
    value: str = ""


class BudgetEntry(msgspec.Struct, forbid_unknown_fields=True):
    """Lines of a budget, all or none of which are set."""

    budget: str
    lines: list[BudgetLineEntry]


def entries(connection: Any, entity_id: UUID) -> Iterator[BudgetEntry]:
    """The lines in force of each budget."""
    rows = connection.execute(IN_FORCE, (entity_id,)).fetchall()
    for budget, of_one in groupby(rows, key=lambda row: str(row[0])):
        lines = [BudgetLineEntry(row[1], row[2], plain(row[3]), row[4], row[5]) for row in of_one]
        for start in range(0, len(lines), AT_ONCE):
            yield BudgetEntry(budget, lines[start : start + AT_ONCE])


def bring(entity_id: UUID, wanted: BudgetEntry, actor: str) -> bool:
    """Set the lines, once. Raises what `set_budget` does."""
    specs = [
        BudgetSpec(
            one.account, one.period, parse_signed(one.amount, f"/lines/{place}/amount"), one.dimension, one.value
        )
        for place, one in enumerate(wanted.lines)
    ]
    key = as_key(f"budget:{wanted.budget[:40]}:{sha256(canonical.encode(wanted)).hexdigest()}")
    return not set_budget(entity_id, wanted.budget, specs, key=key, issuer=SETTINGS, actor=actor).replayed


BUDGET = Portable("budget", BudgetEntry, entries, bring)
