"""What the scheduler does for the exceptions of one entity."""

from __future__ import annotations

from uuid import UUID

import structlog

from ledgerflow.core.errors import LedgerError
from recon.cases.findings import fetch
from recon.cases.rows import FREE_LINES_OF_B, WAITING_OF_B
from recon.cases.running import WATCHER, open_reversed, reconcile

log = structlog.get_logger(__name__)
WITH_BANK_ACCOUNTS = "SELECT DISTINCT entity_id FROM statements_bankaccount ORDER BY entity_id"
# With lines in no match, or with postings of the account that they mirror which are in no statement.
WITH_WORK = f"""
    SELECT b.id FROM statements_bankaccount b
    WHERE b.entity_id = %s AND (EXISTS (SELECT {FREE_LINES_OF_B}) OR EXISTS (SELECT {WAITING_OF_B}))
    ORDER BY b.id
"""  # noqa: S608 - put together from constants


def look_for_reversals(entity_id: UUID) -> None:
    """Open an exception for each matched posting whose journal was reversed since the last look."""
    open_reversed(entity_id)


def reconcile_all(entity_id: UUID) -> None:
    """Reconcile each bank account with something in no match; one that cannot be does not keep the others from it."""
    for (bank_account_id,) in fetch(WITH_WORK, (entity_id,)):
        try:
            reconcile(entity_id, bank_account_id, actor=WATCHER)
        except LedgerError as refusal:
            log.warning("not_reconciled", bank_account=str(bank_account_id), error=refusal.message)


def entities_with_bank_accounts() -> list[UUID]:
    """The books in which something can be reconciled."""
    return [entity for (entity,) in fetch(WITH_BANK_ACCOUNTS, ())]
