"""What Home looks at on accounts: money that should have gone on, unusual sides, limits, and the trial balance.

Balances are told on the normal side of their account, as lists show them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop

from ledgerflow.core.plugins import HOME_MOST, Cure, HomeEntry, HomeLook

# Books with more accounts than that are looked at in part each minute; `verify_ledger` looks at all each night.
MOST_ACCOUNTS = 100_000
MOST_DAYS = 400  # on which an account moved, counted back to where it last stood at zero
# Of these it says nothing on which side they stand.
EITHER_SIDE = ["suspense", "transit", "fx_clearing", "rounding", "valuation"]
# The day from which on it has not stood at zero: totals of days are added up backwards, and no posting is read.
UNCLEARED = """
    SELECT a.id, a.code, a.name, (b.debits - b.credits) * b.normal_sign, a.currency, coalesce(since.risen, since.oldest)
    FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id
    CROSS JOIN LATERAL (
        SELECT max(day) FILTER (WHERE before = 0), min(day) FROM (
            SELECT day, b.debits - b.credits - sum(moved) OVER (ORDER BY day DESC) AS before FROM (
                SELECT effective_date AS day, sum(debits - credits) AS moved FROM journals_daytotal
                WHERE account_id = a.id GROUP BY effective_date ORDER BY effective_date DESC LIMIT %(days)s
            ) AS moves
        ) AS standing
    ) AS since (risen, oldest)
    WHERE a.entity_id = %(entity)s AND a.role IN ('suspense', 'transit') AND a.role <> '' AND b.debits <> b.credits
    ORDER BY 6, a.code LIMIT %(most)s
"""
# An account that may be overdrawn stands where it may, and one beyond its limits is told of as that.
WRONG_SIDE = """
    SELECT a.id, a.code, a.name, (b.debits - b.credits) * b.normal_sign, a.currency
    FROM (
        SELECT id, code, name, currency, role, type FROM accounts_account
        WHERE entity_id = %(entity)s ORDER BY code LIMIT %(accounts)s
    ) AS a
    JOIN accounts_balance b ON b.account_id = a.id
    WHERE (b.debits - b.credits) * b.normal_sign < 0 AND a.type IN ('asset', 'liability')
      AND coalesce(b.min_balance, 0) >= 0 AND NOT b.overridden AND NOT a.role = ANY (%(either)s)
    ORDER BY a.code LIMIT %(most)s
"""
BROKEN_LIMITS = """
    SELECT a.id, a.code, a.name, (b.debits - b.credits) * b.normal_sign, a.currency
    FROM accounts_balance b JOIN accounts_account a ON a.id = b.account_id
    WHERE b.overridden AND a.entity_id = %(entity)s ORDER BY a.code LIMIT %(most)s
"""
SUMS = """
    SELECT a.currency, sum(b.debits - b.credits), count(*)
    FROM (
        SELECT id, currency FROM accounts_account WHERE entity_id = %(entity)s ORDER BY code LIMIT %(accounts)s + 1
    ) AS a
    JOIN accounts_balance b ON b.account_id = a.id
    GROUP BY a.currency HAVING sum(b.debits) <> 0 OR sum(b.credits) <> 0 ORDER BY a.currency
"""
STANDS = gettext_noop("{account} stands at {amount} {currency} since {since}.")
ON_OTHER_SIDE = gettext_noop("{account} stands at {amount} {currency}, on the side where it usually does not.")
BEYOND_LIMITS = gettext_noop("{account} stands at {amount} {currency}, beyond its limits, by permission.")
NOT_ZERO = gettext_noop("Debits and credits in {currency} differ by {amount}.")
ZERO = gettext_noop("0 in {currencies}")


def uncleared(entity_id: UUID) -> HomeLook:
    """Suspense and transit accounts that do not stand at zero, the oldest first."""
    rows = _rows(UNCLEARED, entity_id, days=MOST_DAYS)
    return HomeLook([_of_account(STANDS, row[:5], since=row[5]) for row in rows])


def on_the_wrong_side(entity_id: UUID) -> HomeLook:
    """Assets in credit and liabilities in debit."""
    rows = _rows(WRONG_SIDE, entity_id, accounts=MOST_ACCOUNTS, either=EITHER_SIDE)
    return HomeLook([_of_account(ON_OTHER_SIDE, row) for row in rows])


def beyond_limits(entity_id: UUID) -> HomeLook:
    """Accounts that a permitted journal has left beyond their limits."""
    return HomeLook([_of_account(BEYOND_LIMITS, row) for row in _rows(BROKEN_LIMITS, entity_id)])


def trial_balance(entity_id: UUID) -> HomeLook:
    """Whether balances add up to zero in each currency; books of very many accounts are left to the proof."""
    sums = _rows(SUMS, entity_id, accounts=MOST_ACCOUNTS)
    if sum(count for _, _, count in sums) > MOST_ACCOUNTS:
        return HomeLook(is_told=False)
    cure = (Cure("Entity", "books_entity_change", entity_id),)
    wrong = [
        HomeEntry(NOT_ZERO, {"currency": currency, "amount": amount}, cure) for currency, amount, _ in sums if amount
    ]
    currencies = " ".join(currency for currency, _, _ in sums)
    return HomeLook(wrong, calm=HomeEntry(ZERO, {"currencies": currencies}) if sums and not wrong else None)


def _of_account(sentence: str, row: Any, **more: Any) -> HomeEntry:
    account_id, code, name, amount, currency = row
    figures = {"account": f"{code} {name}", "amount": amount, "currency": currency} | more
    return HomeEntry(sentence, figures, (Cure(code, "accounts_account_change", account_id),))


def _rows(sql: str, entity_id: UUID, **given: Any) -> list[Any]:
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"entity": entity_id, "most": HOME_MOST + 1} | given
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
