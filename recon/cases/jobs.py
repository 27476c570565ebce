"""What the scheduler does for the exceptions of one entity."""

from __future__ import annotations

from uuid import UUID

from recon.cases.findings import fetch
from recon.cases.running import open_reversed

WITH_BANK_ACCOUNTS = "SELECT DISTINCT entity_id FROM statements_bankaccount ORDER BY entity_id"


def look_for_reversals(entity_id: UUID) -> None:
    """Open an exception for each matched posting whose journal was reversed since the last look."""
    open_reversed(entity_id)


def entities_with_bank_accounts() -> list[UUID]:
    """The books in which something can be reconciled."""
    return [entity for (entity,) in fetch(WITH_BANK_ACCOUNTS, ())]
