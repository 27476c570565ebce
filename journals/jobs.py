"""What the scheduler does for the journals of one entity."""

from __future__ import annotations

from uuid import UUID

import structlog

from journals.days.closing.new_day import begin_day
from journals.holds.use_cases import AT_ONCE, expire_holds
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity

log = structlog.get_logger(__name__)
ACTOR = "system:beat"


def post_what_is_due(entity_id: UUID) -> None:
    """All that is due on the business date: a net below the close, for days that began without one."""
    business_date = Entity.objects.values_list("business_date", flat=True).get(id=entity_id)
    begin_day(entity_id, business_date, ACTOR)


def expire_overdue_holds(entity_id: UUID) -> bool:
    """End the holds whose time is over, a bounded batch of them; whether there may be more."""
    return expire_holds(entity_id) == AT_ONCE


def prove(entity_id: UUID) -> None:
    """Prove the books into the log: what is wrong is an error there, with the first wrong row. Raises nothing."""
    code = Entity.objects.filter(id=entity_id).values_list("code", flat=True).first() or str(entity_id)
    try:
        faults = verify_books(entity_id)
    except Exception:
        log.exception("books_not_verified", entity=code)
        return
    for fault in faults:
        log.error("books_wrong", entity=code, fault=str(fault))
    if not faults:
        log.info("books_verified", entity=code)
