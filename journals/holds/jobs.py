"""What the scheduler does for the holds of one entity."""

from __future__ import annotations

from uuid import UUID

from journals.holds.use_cases import AT_ONCE, expire_holds


def expire_overdue_holds(entity_id: UUID) -> bool:
    """End the holds whose time is over, a bounded batch of them; whether there may be more."""
    return expire_holds(entity_id) == AT_ONCE
