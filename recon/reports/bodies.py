"""What the endpoints of finished reconciliations take and give."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from ledgerflow.core.money import plain
from recon.reports.models import ReconRun


class FinishRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The date at whose end the bank account is reconciled."""

    date: date


class ReconRunResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A reconciliation that was finished; `sha256` is over the JSON of its statement as it was kept."""

    id: UUID
    account: str
    number: int
    day: date
    book_balance: str
    bank_balance: str
    known: int
    sha256: str
    event_sequence: int
    recorded_at: datetime
    actor: str


def run_response(run: ReconRun) -> ReconRunResponse:
    """A row as it is told, without the statement."""
    return ReconRunResponse(
        id=run.pk,
        account=run.bank_account.account.code,
        number=run.number,
        day=run.day,
        book_balance=plain(run.book_balance),
        bank_balance=plain(run.bank_balance),
        known=run.known,
        sha256=run.sha256,
        event_sequence=run.event_sequence,
        recorded_at=run.recorded_at,
        actor=run.actor,
    )
