"""Lots that are over, each night: what is left of them moves to the accounts that they name.

Many wallets share a journal, and each journal is a transaction of its own, so that nobody who posts waits long. What
expired is found no more: a run that was killed goes on where it was, and a second one does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from journals.drafts import Draft, Line, LotTerms
from journals.errors import LotsMoved
from journals.posting import post_with_hook
from ledgerflow.core.failures import described
from ledgerflow.core.money import CONTEXT, ZERO

KIND = "lot_expiry"
ISSUER = "lots"
AT_ONCE = 250  # lots in a journal; with a line for each of their wallets, accounts and costs it still has 1,000 at most
MOST_TRIES = 20  # for a journal whose lots somebody keeps moving
DUE = """
    SELECT l.id, l.entries, a.code, a.normal_side, l.remaining - l.pinned, l.expiry_account
    FROM lots_lot l JOIN accounts_account a ON a.id = l.account_id
    WHERE l.entity_id = %s AND l.is_open AND l.expires_on < %s AND l.remaining > l.pinned AND l.id <> ALL (%s::uuid[])
    ORDER BY l.expires_on, l.account_id, l.arrival LIMIT %s
"""


class DueLot(NamedTuple):
    """A lot that is over, and how much of it is left and not pinned."""

    id: UUID
    entries: int
    account: str
    normal_side: str
    amount: Decimal
    expiry_account: str


def expire_lots(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """Move all lots whose last day is before `business_date`; gives how many, and what was refused.

    Pinned parts stay until their hold lets go of them, and expire in the next run.
    """
    refused: list[UUID] = []
    told: list[dict[str, Any]] = []
    expired = tries = 0
    limit = AT_ONCE
    while due := due_lots(entity_id, business_date, refused, limit):
        (answer,) = post_with_hook(entity_id, [expiry_draft(due, business_date, actor)], lambda _tx, _answers: None)
        if answer.refusal is None:
            expired, tries, limit = expired + len(due), 0, AT_ONCE
        elif isinstance(answer.refusal, LotsMoved) and tries < MOST_TRIES:
            tries += 1  # spent or pinned since it was read: it is read anew
        elif len(due) > 1:
            limit = len(due) // 2  # one of them cannot be posted: the others are not to wait for it
        else:
            refused.append(due[0].id)
            told.append({"lot": str(due[0].id), "account": due[0].account, **described(answer.refusal)})
    return {"lots_expired": expired} | ({"refused": told} if told else {})


def due_lots(entity_id: UUID, business_date: date, without: Sequence[UUID], limit: int) -> list[DueLot]:
    """The first lots that are over, the longest ago first."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, (entity_id, business_date, list(without), limit))
        return [DueLot._make(row) for row in cursor.fetchall()]


def expiry_draft(due: Sequence[DueLot], business_date: date, actor: str) -> Draft:
    """One journal that ends these lots. Its key is that of no other: each entry moves what is left of its lot."""
    amounts: dict[str, Decimal] = {}
    with localcontext(CONTEXT):
        for lot in due:
            out = -lot.amount if lot.normal_side == "debit" else lot.amount
            amounts[lot.account] = amounts.get(lot.account, ZERO) + out
            amounts[lot.expiry_account] = amounts.get(lot.expiry_account, ZERO) - out
    first = due[0]
    return Draft(
        key=f"{business_date}:{first.id}:{first.entries}:{len(due)}",
        issuer=ISSUER,
        lines=tuple(Line(account, amount) for account, amount in amounts.items() if amount),
        kind=KIND,
        effective_date=business_date,
        description="Expired lots",
        actor=actor,
        lots=LotTerms(expiring=tuple(lot.id for lot in due)),
    )
