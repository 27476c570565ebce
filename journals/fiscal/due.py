"""What a business date brings: accruals that reverse themselves, recurring journals."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import structlog

from journals.fiscal import accruals, recurring
from ledgerflow.books.models import Entity

log = structlog.get_logger(__name__)
ACTOR = "system:beat"


def run_due(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """Post all that is due by `business_date`; what is refused is in what comes out, and stays due.

    Safe to run again: each journal has a key that follows from what it is.
    """
    reversed_now = accruals.run_due(entity_id, business_date, actor)
    posted = recurring.run_due(entity_id, business_date, actor)
    refused = reversed_now["refused"] + posted["refused"]
    done = {"accruals_reversed": reversed_now["reversed"], "recurring_posted": posted["posted"]}
    return done | ({"refused": refused} if refused else {})


def run_due_everywhere() -> int:
    """The same for every entity, for days that began without a close; gives how many journals were posted.

    What fails in one entity does not keep the others from their turn.
    """
    made = 0
    for entity_id, code, business_date in Entity.objects.values_list("id", "code", "business_date"):
        try:
            done = run_due(entity_id, business_date, ACTOR)
            made += done["accruals_reversed"] + done["recurring_posted"]
        except Exception:
            log.exception("what_is_due_failed", entity=code)
    return made
