"""Roll-up balances: an account with everything below it, per currency.

Amounts are measured on the normal side of the account at the top, so a contra account below it (accumulated
depreciation under fixed assets) subtracts by itself. The tree is the one that stands now, also for past dates.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import msgspec
from django.db import connection

from accounts.balances import figures, no_account
from ledgerflow.core.texts import is_storable

# UNION, not UNION ALL: were there ever a circle in the tree, this still ends. One look-up after the other (OFFSET 0):
# nobody can estimate how many accounts are below one, and joins read all that there are, of all entities.
SUBTREE = """
    WITH RECURSIVE subtree AS (
        SELECT a.id FROM accounts_account a WHERE a.entity_id = %s AND a.code = %s
        UNION
        SELECT child.id FROM subtree CROSS JOIN LATERAL (
            SELECT id FROM accounts_account WHERE parent_id = subtree.id OFFSET 0
        ) child
    ),
    listed AS (
        SELECT a.id, a.code, a.currency, a.normal_side, c.minor_units
        FROM subtree CROSS JOIN LATERAL (SELECT * FROM accounts_account WHERE id = subtree.id OFFSET 0) a
        JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
    )
"""
TOTALS = """
    SELECT l.currency, l.minor_units, max(l.normal_side) FILTER (WHERE l.code = %s), count(*),
           sum(b.debits), sum(b.credits)
    FROM listed l CROSS JOIN LATERAL (SELECT * FROM accounts_balance WHERE account_id = l.id OFFSET 0) b
    GROUP BY l.currency, l.minor_units ORDER BY l.currency
"""
ROLLUP = f"{SUBTREE}{TOTALS}"


class CurrencyTotal(msgspec.Struct, frozen=True):
    """Totals of one currency over `accounts` accounts; `balance` is on the top account's normal side."""

    currency: str
    accounts: int
    debits: str
    credits: str
    balance: str


class Rollup(msgspec.Struct, frozen=True):
    account: str
    normal_side: str
    totals: list[CurrencyTotal]


Row = tuple[str, int, str | None, int, Decimal, Decimal]


def rollup_now(entity_id: UUID, code: str) -> Rollup:
    """The account `code` with all accounts below it as they stand now. Raises `NotFound`."""
    if not is_storable(code):
        raise no_account(code)
    with connection.cursor() as cursor:
        rows = cursor.execute(ROLLUP, (entity_id, code, code)).fetchall()
    return rollup_from(code, rows)


def rollup_from(code: str, rows: list[Row]) -> Rollup:
    """The roll-up from rows of (currency, minor units, the top's normal side or None, accounts, debits, credits)."""
    if not rows:
        raise no_account(code)
    side = next(row[2] for row in rows if row[2] is not None)
    totals = []
    for currency, minor_units, _, accounts, debits, credit_total in rows:
        total = figures(debits, credit_total, side, minor_units)
        totals.append(CurrencyTotal(currency, accounts, total.debits, total.credits, total.balance))
    return Rollup(code, side, totals)
