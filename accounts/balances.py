"""Reading balances: what stands on an account now, and on all accounts of an owner."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from accounts.errors import AccountNotFound
from ledgerflow.core.errors import NotFound
from ledgerflow.core.money import CONTEXT, at_scale, plain
from ledgerflow.core.texts import is_storable

NOW = """
    SELECT a.code, a.currency, a.normal_side, c.minor_units, b.debits, b.credits, b.held, b.version, b.overridden
    FROM accounts_account a
    JOIN accounts_balance b ON b.account_id = a.id
    JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
    WHERE a.entity_id = %s AND
"""
OF_ACCOUNT = f"{NOW} a.code = %s"
OF_OWNER = f"{NOW} a.owner_id = %s AND a.owner_id <> '' AND a.code > %s ORDER BY a.code LIMIT %s"


class BalanceFigures(msgspec.Struct, frozen=True):
    """Decimal strings at the currency's scale; `balance` is measured on the normal side it was asked for."""

    debits: str
    credits: str
    balance: str


class BalanceNow(msgspec.Struct, frozen=True):
    """The stored balance of an account: available = balance - held, version = number of its postings."""

    account: str
    currency: str
    normal_side: str
    debits: str
    credits: str
    balance: str
    held: str
    available: str
    version: int
    overridden: bool


def balance_now(entity_id: UUID, code: str) -> BalanceNow:
    """What stands on an account at this moment. Raises `NotFound`."""
    with connection.cursor() as cursor:
        row = cursor.execute(OF_ACCOUNT, (entity_id, code)).fetchone() if is_storable(code) else None
    if row is None:
        raise no_account(code)
    return _balance_now(*row)


def balances_of_owner(entity_id: UUID, owner_id: str, *, after: str = "", limit: int = 100) -> list[BalanceNow]:
    """The accounts of an owner with their balances, by code, at most `limit` of those after the code `after`."""
    if not is_storable(owner_id + after):
        return []
    with connection.cursor() as cursor:
        rows = cursor.execute(OF_OWNER, (entity_id, owner_id, after, limit)).fetchall()
    return [_balance_now(*row) for row in rows]


def figures(debits: Decimal, credit_total: Decimal, normal_side: str, minor_units: int) -> BalanceFigures:
    """Exact totals as text; the balance is debits - credits, or the other way round for a credit side."""
    pair = (debits, credit_total) if normal_side == "debit" else (credit_total, debits)
    return BalanceFigures(
        *(plain(at_scale(amount, minor_units)) for amount in (debits, credit_total, CONTEXT.subtract(*pair)))
    )


def no_account(code: str) -> NotFound:
    """The refusal for an account that is not in these books."""
    return AccountNotFound(account=code)


def _balance_now(*row: Any) -> BalanceNow:
    code, currency, normal_side, minor_units, debits, credit_total, held, version, overridden = row
    total = figures(debits, credit_total, normal_side, minor_units)
    return BalanceNow(
        account=code,
        currency=currency,
        normal_side=normal_side,
        debits=total.debits,
        credits=total.credits,
        balance=total.balance,
        held=plain(at_scale(held, minor_units)),
        available=plain(CONTEXT.subtract(Decimal(total.balance), at_scale(held, minor_units))),
        version=version,
        overridden=overridden,
    )
