"""Celery tasks of the journals."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task

from journals.closing.scheduled import close_due_days
from journals.verification import verify_books
from ledgerflow.books.models import Entity

log = structlog.get_logger(__name__)


@shared_task(name="journals.tasks.verify_all_books")  # type: ignore[untyped-decorator]
def verify_all_books() -> None:
    """Prove every entity's books, one after another; what is wrong is an error in the log, with the first wrong row.

    A fault in one entity, or a failure while reading it, does not keep the others from being proved.
    """
    for entity_id, code in Entity.objects.values_list("id", "code"):
        prove(entity_id, code)


@shared_task(name="journals.tasks.close_due_days")  # type: ignore[untyped-decorator]
def close_due() -> None:
    """Close each day whose cut-off is past, in every entity that has a scheduled one."""
    close_due_days()


def prove(entity_id: UUID, code: str) -> None:
    """Verify one entity's books into the log; raises nothing."""
    try:
        faults = verify_books(entity_id)
    except Exception:
        log.exception("books_not_verified", entity=code)
        return
    for fault in faults:
        log.error("books_wrong", entity=code, fault=str(fault))
    if not faults:
        log.info("books_verified", entity=code)
