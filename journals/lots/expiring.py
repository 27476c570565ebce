"""Lots that are over, each night: what is left of them moves to the accounts that they name.

Many wallets share a journal, and each journal is a transaction of its own, with as many lots as the books may be locked
for: whoever posts meanwhile waits for one of them. What expired is found no more: a run that was killed goes on where
it was, and a second one does nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from time import sleep
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from journals.drafts import Draft, Line, LotTerms
from journals.errors import LotsMoved
from journals.events import Answer
from journals.posting import post_with_hook
from ledgerflow.books.writing import Transaction
from ledgerflow.core import clocks
from ledgerflow.core.dates import EARLIEST
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.failures import described
from ledgerflow.core.money import CONTEXT, ZERO

KIND = "lot_expiry"
ISSUER = "lots"
LOCKED_SECONDS = 0.05  # for which a journal may lock the books
FEWEST = 100  # lots in a journal, but for the last: of a smaller one half of the time would be what each journal costs
MOST = 250  # lots in a journal; with a line for each of their wallets, accounts and costs it still has 1,000 at most
REST = 0.2  # of the time that a journal has locked the books for, until the next one
MOST_REST = 0.05  # seconds
MOST_TRIES = 20  # for a journal whose lots somebody keeps moving
DUE = """
    SELECT l.id, l.entries, a.code, a.normal_side, l.remaining - l.pinned, l.expiry_account,
           l.expires_on, l.account_id, l.arrival
    FROM lots_lot l JOIN accounts_account a ON a.id = l.account_id
    WHERE l.entity_id = %s AND l.is_open AND l.expires_on < %s AND l.remaining > l.pinned
      AND (l.expires_on, l.account_id, l.arrival) > (%s, %s, %s)
    ORDER BY l.expires_on, l.account_id, l.arrival LIMIT %s
"""


class DuePlace(NamedTuple):
    """Where a lot stands in the order of expiry: the longest ago first."""

    expires_on: date
    account_id: UUID
    arrival: int


BEFORE_ALL = DuePlace(EARLIEST, UUID(int=0), 0)


class DueLot(NamedTuple):
    """A lot that is over, and how much of it is left and not pinned."""

    id: UUID
    entries: int
    account: str
    normal_side: str
    amount: Decimal
    expiry_account: str
    place: DuePlace


def expire_lots(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """Move all lots whose last day is before `business_date`; gives how many, and what was refused.

    Pinned parts stay until their hold lets go of them, and expire in the next run.
    """
    told: list[dict[str, Any]] = []
    expired = tries = 0
    after, size = BEFORE_ALL, FEWEST
    while due := due_lots(entity_id, business_date, after, size):
        if not expired and len(due) == FEWEST:
            _collect_beforehand()
        refusal, seconds = _post(entity_id, expiry_draft(due, business_date, actor))
        if refusal is None:
            expired, tries, after = expired + len(due), 0, due[-1].place
            size = next_size(len(due), seconds)
            # Who waits for the books has to wake up first, and would find them locked anew where processors are busy.
            sleep(min(max(seconds, 0) * REST, MOST_REST))
        elif isinstance(refusal, LotsMoved) and tries < MOST_TRIES:
            tries += 1  # spent or pinned since it was read: it is read anew
        elif len(due) > 1:
            size = len(due) // 2  # one of them cannot be posted: the others are not to wait for it
        else:
            after = due[0].place
            told.append({"lot": str(due[0].id), "account": due[0].account, **described(refusal)})
    return {"lots_expired": expired} | ({"refused": told} if told else {})


def next_size(size: int, seconds: float) -> int:
    """How many lots come next, after a journal of `size` has locked the books for so long: twice as many at most."""
    wanted = int(size * LOCKED_SECONDS / max(seconds, 1e-6))
    return min(2 * size, max(FEWEST, min(MOST, wanted)))


def _collect_beforehand() -> None:
    """Leave all that the process has loaded out of garbage collections from here on, as the web server does.

    One of everything takes a tenth of a second, or half of one on a busy machine, and would come with the books locked.
    """
    gc.collect()
    gc.freeze()


def _post(entity_id: UUID, draft: Draft) -> tuple[LedgerError | None, float]:
    """Post an expiry; gives its refusal, and the seconds for which the books were locked."""
    locked_at: list[datetime] = []

    def remember(tx: Transaction, _answers: Sequence[Answer]) -> None:
        locked_at.append(tx.now)

    (answer,) = post_with_hook(entity_id, [draft], remember)
    seconds = (clocks.now() - locked_at[-1]).total_seconds() if locked_at else LOCKED_SECONDS
    return answer.refusal, seconds


def due_lots(entity_id: UUID, business_date: date, after: DuePlace, limit: int) -> list[DueLot]:
    """The first lots that are over, of those that come after a place."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, (entity_id, business_date, *after, limit))
        return [DueLot._make((*row[:6], DuePlace._make(row[6:]))) for row in cursor.fetchall()]


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
