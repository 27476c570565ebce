"""What a business date brings: accruals that reverse themselves, recurring journals."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from journals.schedules import accruals, recurring


def run_due(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """Post all that is due by `business_date`; what is refused is in what comes out, and stays due.

    Safe to run again: each journal has a key that follows from what it is.
    """
    reversed_now = accruals.run_due(entity_id, business_date, actor)
    posted = recurring.run_due(entity_id, business_date, actor)
    refused = reversed_now["refused"] + posted["refused"]
    done = {"accruals_reversed": reversed_now["reversed"], "recurring_posted": posted["posted"]}
    return done | ({"refused": refused} if refused else {})
