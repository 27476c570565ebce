"""The business date of the books, and the only door through which it moves."""

from __future__ import annotations

from datetime import date

from ledgerflow.books.events import BusinessDateAdvancedFact
from ledgerflow.books.writing import Transaction

ADVANCE = "UPDATE books_entity SET business_date = %s WHERE id = %s"


def move_business_date(tx: Transaction, to: date, actor: str) -> None:
    """Move the business date on to `to`, event `business_date.advanced`; nothing where the books are there already."""
    before = tx.entity.business_date
    if to > before:
        tx.query(ADVANCE, (to, tx.entity_id))
        tx.record(BusinessDateAdvancedFact(before, to), tx.entity.code, actor)
        tx.entity = tx.entity._replace(business_date=to)
