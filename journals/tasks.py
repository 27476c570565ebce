"""Celery tasks of the journals."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task

from journals.closing.scheduled import close_due_days
from journals.fiscal.due import run_due_everywhere
from journals.holds import AT_ONCE, entities_with_overdue_holds, expire_holds
from journals.verification import verify_books
from ledgerflow.books.models import Entity

log = structlog.get_logger(__name__)
SWEEPS_AT_ONCE = 20


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


@shared_task(name="journals.tasks.post_what_is_due")  # type: ignore[untyped-decorator]
def post_what_is_due() -> None:
    """Accruals and recurring journals that are due on the business date: a net below the close, which does the same."""
    run_due_everywhere()


@shared_task(name="journals.tasks.expire_holds")  # type: ignore[untyped-decorator]
def expire_overdue_holds() -> None:
    """End the holds whose time is over, in bounded batches; what is left over waits for the next run.

    A failure in one entity does not keep the others waiting.
    """
    for entity_id in entities_with_overdue_holds():
        try:
            for _ in range(SWEEPS_AT_ONCE):
                if expire_holds(entity_id) < AT_ONCE:
                    break
        except Exception:
            log.exception("holds_not_expired", entity=str(entity_id))


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
