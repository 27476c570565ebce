"""What a close looks at: currencies used after they were withdrawn, and the last day in the old base currency."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import connection

from accounts.bases.eras import era_on, eras_of
from accounts.iso4217 import WITHDRAWN_IN, is_withdrawn_on
from ledgerflow.core.dates import day_before

# Most books have no such currency, and no account is looked at.
USED = """
    SELECT a.code, a.currency FROM accounts_currency c
    JOIN accounts_account a ON a.entity_id = c.entity_id AND a.currency = c.code
    WHERE c.entity_id = %s AND c.code = ANY (%s)
      AND EXISTS (SELECT FROM journals_daytotal t WHERE t.account_id = a.id AND t.effective_date = %s)
    ORDER BY a.code LIMIT 100
"""
CLOSED = "SELECT days_closed_through(%s)"


def withdrawn_currencies(entity_id: UUID, day: date) -> list[str]:
    """Accounts that moved in a currency after it was withdrawn: wound up, or a slip."""
    withdrawn = [code for code in WITHDRAWN_IN if is_withdrawn_on(code, day)]
    with connection.cursor() as cursor:
        cursor.execute(USED, (entity_id, withdrawn, day))
        rows = cursor.fetchall()
    return [f"{code} moved in {currency}, withdrawn in {WITHDRAWN_IN[currency]:%Y-%m}." for code, currency in rows]


def base_change_day_open(entity_id: UUID, day: date) -> list[str]:
    """The last day in the old base currency closes by itself, so that what moved through it is measured in it."""
    era = era_on(eras_of(entity_id), day)
    if era.starts_on is None:
        return []
    last = day_before(era.starts_on)
    with connection.cursor() as cursor:
        ((through,),) = cursor.execute(CLOSED, (entity_id,)).fetchall()
    if through is not None and through >= last:
        return []
    return [f"Close {last} first: from {era.starts_on} on these books are kept in {era.currency}."]
