"""Figures of the small charts on Home, from totals of days and from the numbers of events."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from ledgerflow.core import clocks
from ledgerflow.core.money import CONTEXT, plain

DAYS = 91  # thirteen weeks
HOURS = 24
MOST_ACCOUNTS = 100_000  # that are looked through for those of cash
MOST_CASH = 200
# Accounts of cash in base currency: by their role, by what they declare, or by what a header above them declares.
CASH = """
    WITH RECURSIVE listed AS MATERIALIZED (
        SELECT id, parent_id, role, cash_flow, currency, is_header, type FROM accounts_account
        WHERE entity_id = %(entity)s ORDER BY code LIMIT %(accounts)s
    ), cash AS (
        SELECT id, currency, is_header FROM listed
        WHERE (cash_flow = 'cash' OR cash_flow = '' AND role = 'cash') AND type IN ('asset', 'liability')
        UNION
        SELECT l.id, l.currency, l.is_header FROM listed l JOIN cash c ON c.id = l.parent_id AND c.is_header
        WHERE l.cash_flow = '' AND l.role IN ('', 'cash')
    )
    SELECT e.business_date, base.currency, chosen.ids, coalesce(now.balance, 0), elsewhere.amounts
    FROM books_entity e
    CROSS JOIN LATERAL (SELECT bases_currency_on(e.id, e.business_date)) AS base (currency)
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(id), '{}') FROM (
            SELECT id FROM cash WHERE NOT is_header AND currency = base.currency LIMIT %(cash)s
        ) AS own
    ) AS chosen (ids)
    CROSS JOIN LATERAL (
        SELECT sum(debits - credits) FROM accounts_balance WHERE account_id = ANY (chosen.ids)
    ) AS now (balance)
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(ARRAY[currency, balance::text] ORDER BY currency), '{}') FROM (
            SELECT other.currency, sum(b.debits - b.credits) AS balance
            FROM (SELECT id, currency FROM cash WHERE NOT is_header AND currency <> base.currency LIMIT %(cash)s) other
            JOIN accounts_balance b ON b.account_id = other.id
            GROUP BY other.currency HAVING sum(b.debits - b.credits) <> 0
        ) AS summed
    ) AS elsewhere (amounts)
    WHERE e.id = %(entity)s
"""
MOVED = """
    SELECT effective_date, sum(debits), sum(credits) FROM journals_daytotal
    WHERE account_id = ANY (%s) AND effective_date > %s GROUP BY effective_date
"""
# One probe of an index for the end of each hour.
HEADS = """
    SELECT at, coalesce((
        SELECT sequence FROM books_event
        WHERE entity_id = %(entity)s AND recorded_at <= at ORDER BY recorded_at DESC, sequence DESC LIMIT 1
    ), 0)
    FROM generate_series(%(first)s::timestamptz, %(last)s::timestamptz, '1 hour') AS at ORDER BY at
"""


def cash_by_day(entity_id: UUID) -> dict[str, Any]:
    """Balances of cash in base currency at the end of each of the last days, and what came in and went out by week.

    Empty where no account is one of cash. What went from one account of cash to another came in and went out. Cash in
    other currencies is `elsewhere`, with what stands there now: a chart of it would be one of rates as well.
    """
    with connection.cursor() as cursor:
        cursor.execute(CASH, {"entity": entity_id, "accounts": MOST_ACCOUNTS, "cash": MOST_CASH})
        ((last, currency, accounts, balance, elsewhere),) = cursor.fetchall()
        if not accounts:
            return {}
        first = last - timedelta(days=DAYS - 1)
        cursor.execute(MOVED, (accounts, first - timedelta(days=1)))
        moved = {day: (debits, credits_) for day, debits, credits_ in cursor.fetchall()}
    days = [first + timedelta(days=number) for number in range(DAYS)]
    with localcontext(CONTEXT):  # the default one would round to 28 digits
        balances, weeks = _balances(days, moved, balance), _weeks(days, moved)
    return {
        "currency": currency,
        "days": [[str(day), plain(amount)] for day, amount in balances],
        "weeks": weeks,
        "elsewhere": elsewhere,
    }


def events_by_hour(entity_id: UUID) -> dict[str, Any]:
    """How many events were recorded in each of the last hours; the last one is not over."""
    now = clocks.now()
    last = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    given: dict[str, Any] = {"entity": entity_id, "first": last - timedelta(hours=HOURS), "last": last}
    with connection.cursor() as cursor:
        cursor.execute(HEADS, given)
        heads = cursor.fetchall()
    return {"hours": [[f"{at:%Y-%m-%d %H}:00", sequence - before] for (at, before), (_, sequence) in pairwise(heads)]}


Moved = dict[date, tuple[Decimal, Decimal]]


def _balances(days: list[date], moved: Moved, balance: Decimal) -> list[tuple[date, Decimal]]:
    """Back from what stands there now, which has all that was dated since."""
    found = []
    for day in reversed(days):
        found.append((day, balance))
        debits, credits_ = moved.get(day, (Decimal(0), Decimal(0)))
        balance += credits_ - debits
    return found[::-1]


def _weeks(days: list[date], moved: Moved) -> list[list[str]]:
    """First day, in, out of each seven days."""
    weeks = []
    for start in range(0, len(days), 7):
        some = [moved[day] for day in days[start : start + 7] if day in moved]
        came_in, went_out = (sum((pair[side] for pair in some), Decimal(0)) for side in (0, 1))
        weeks.append([str(days[start]), plain(came_in), plain(went_out)])
    return weeks
