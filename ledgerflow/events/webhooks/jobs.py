"""What the scheduler does for the webhooks of one entity."""

from __future__ import annotations

from uuid import UUID

from ledgerflow.events.webhooks.deliveries import forget_old_deliveries


def forget_deliveries(entity_id: UUID) -> bool:
    """Take what ended long ago out of the log; whether there may be more."""
    return forget_old_deliveries(entity_id)
