"""What the scheduler proves of the books of one entity."""

from __future__ import annotations

from uuid import UUID

import structlog

from journals.proof.runs import prove_and_keep
from ledgerflow.books.models import Entity

log = structlog.get_logger(__name__)


def prove(entity_id: UUID) -> None:
    """Prove the books into the log: what is wrong is an error there, with the first wrong row. Raises nothing."""
    code = Entity.objects.filter(id=entity_id).values_list("code", flat=True).first() or str(entity_id)
    try:
        faults = prove_and_keep(entity_id).faults
    except Exception:
        log.exception("books_not_verified", entity=code)
        return
    for fault in faults:
        log.error("books_wrong", entity=code, fault=str(fault))
    if not faults:
        log.info("books_verified", entity=code)
