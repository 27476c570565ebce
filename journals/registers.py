"""The register of an account: its lines in recorded order, each with the balance after it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from accounts.models import Account
from ledgerflow.core import canonical
from ledgerflow.core.money import CONTEXT, plain

# The page is cut out before it meets its journals; without dates, it is read straight off the account's own index.
PAGE = """
    SELECT p.account_version, j.id, j.number, j.kind, j.layer, p.effective_date, j.recorded_at, p.event_sequence,
           p.line, p.amount, p.balance_after, coalesce(nullif(p.description, ''), j.description),
           j.external_reference, p.dimensions, j.reverses_id
    FROM (
        SELECT * FROM journals_posting WHERE account_id = %(account)s AND {conditions}
        ORDER BY account_version {direction} LIMIT %(limit)s
    ) p JOIN journals_journal j ON j.id = p.journal_id
    ORDER BY p.account_version {direction}
"""
FORWARD = "account_version > %(after)s"
BACKWARD = "account_version < %(after)s"
FROM_DATE = "effective_date >= %(from_date)s"
TO_DATE = "effective_date <= %(to_date)s"
BEYOND_LAST = 2**63 - 1


class RegisterLine(msgspec.Struct, frozen=True):
    """One line. `version` is its place in the register (1, 2, 3 …); `balance_after` is on the account's normal side.

    `description` is the line's own, or the journal's where the line has none.
    """

    version: int
    journal: UUID
    journal_number: int
    kind: str
    layer: str
    effective_date: date
    recorded_at: datetime
    event_sequence: int
    line: int
    side: str
    amount: str
    balance_after: str
    description: str
    external_reference: str
    dimensions: dict[str, str] | None
    reverses: UUID | None


def register(
    account: Account,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    after: int | None = None,
    limit: int = 100,
    newest_first: bool = False,
) -> list[RegisterLine]:
    """At most `limit` lines of an account in recorded order, or the other way round.

    `after` is the version of the last line seen, the cursor; the dates are effective dates, both inclusive. Amounts
    are decimal strings at the currency's scale, positive, with their side.
    """
    conditions = [BACKWARD if newest_first else FORWARD]
    conditions += [FROM_DATE] if from_date else []
    conditions += [TO_DATE] if to_date else []
    sql = PAGE.format(conditions=" AND ".join(conditions), direction="DESC" if newest_first else "ASC")
    start = BEYOND_LAST if newest_first else 0
    params: dict[str, Any] = {
        "account": account.id,
        "after": start if after is None else after,
        "from_date": from_date,
        "to_date": to_date,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        rows = cursor.execute(sql, params).fetchall()
    return [_line(account, row) for row in rows]


def _line(account: Account, row: tuple[Any, ...]) -> RegisterLine:
    version, journal, number, kind, layer, day, recorded_at, sequence, line, amount, after, *texts = row
    description, reference, dimensions, reverses = texts
    return RegisterLine(
        version, journal, number, kind, layer, day, recorded_at, sequence, line,
        "debit" if amount > 0 else "credit", plain(amount.copy_abs()), plain(_on_normal_side(account, after)),
        description, reference, None if dimensions is None else canonical.decode(dimensions), reverses,
    )  # fmt: skip


def _on_normal_side(account: Account, debits_less_credits: Decimal) -> Decimal:
    return debits_less_credits if account.normal_side == "debit" else CONTEXT.minus(debits_less_credits)
