"""The business date of the books, and the only door through which it moves.

It never goes back, and nothing may be dated after it: a date far ahead, taken by one slip of the finger, would stay and
let every wrong date in. So a leap of more than a month takes two people, whoever moves the date: a caller, an import,
or a close over a long row of holidays. Books without a journal are being founded, and leap freely.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from ledgerflow.books.errors import BusinessDateBackwards, BusinessDateLeap, BusinessDateTooFar
from ledgerflow.books.events import BusinessDateAdvancedFact
from ledgerflow.books.writing import Transaction
from ledgerflow.core.dates import LONGEST_STEP, check_day

FURTHEST = timedelta(days=366)  # for two people as well
ADVANCE = "UPDATE books_entity SET business_date = %s WHERE id = %s"
# Asked only for a leap. Where there are journals, one of them is among the first events.
IN_USE = "SELECT EXISTS (SELECT FROM books_event WHERE entity_id = %s AND type = 'journal.posted')"


def move_business_date(tx: Transaction, to: date, actor: str, *, proposal: UUID | None = None) -> None:
    """Move the business date on to `to`, event `business_date.advanced`; nothing where the books are there already.

    `proposal` is the approved one that a leap was proposed under. Raises `BusinessDateLeap` for a leap without.
    """
    before = tx.entity.business_date
    if to <= before:
        return
    if proposal is None:
        check_leap(tx, before, to)
    tx.query(ADVANCE, (to, tx.entity_id))
    tx.record(BusinessDateAdvancedFact(before, to, proposal), tx.entity.code, actor)
    tx.entity = tx.entity._replace(business_date=to)


def follow_journals(tx: Transaction, days: Iterable[date], actor: str) -> None:
    """Move the business date on through the days of journals, in as few steps as there are without a leap."""
    furthest = tx.entity.business_date
    for day in days:
        if day > furthest:
            if day - tx.entity.business_date > LONGEST_STEP:
                move_business_date(tx, furthest, actor)
            furthest = day
    move_business_date(tx, furthest, actor)


def check_leap(tx: Transaction, before: date, to: date) -> None:
    """Raise `BusinessDateLeap` where one person may not go from `before` to `to` in these books."""
    if to - before > LONGEST_STEP and tx.query(IN_USE, (tx.entity_id,)).fetchone() == (True,):
        raise BusinessDateLeap(business_date=str(tx.entity.business_date), to=str(to), pointer="/business_date")


def check_date(before: date, today: date, to: date) -> None:
    """Raise `Malformed` for a date before the business date, and for one more than a year ahead of it and of today."""
    if to < before:
        raise BusinessDateBackwards(pointer="/business_date", business_date=str(before))
    check_day(to, "/business_date")
    if to > max(before, today) + FURTHEST:
        raise BusinessDateTooFar(pointer="/business_date", to=str(to))
