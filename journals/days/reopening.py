"""Reopening a closed day: proposed by one person, approved by another, carried out once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from journals.days.closing import cutoff_records
from journals.days.closing.running import closed_record
from journals.days.errors import DayNotClosed
from journals.days.models import DayCutOff
from ledgerflow.approvals import use_cases as approvals
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy
from ledgerflow.books.writing import Transaction, write

KIND = "day.reopen"
PERMISSION = "days.reopen_day"
ALREADY = "SELECT day FROM days_daycutoff WHERE entity_id = %s AND proposal_id = %s"


def propose_reopening(entity_id: UUID, day: date, *, reason: str, person: str, via: str) -> Proposal:
    """Propose to open `day` and every later closed day again; the second person approves it under proposals.

    Closing them again afterwards, in order, makes new versions; the old snapshots stay.
    Raises `DayNotClosed`, and as `approvals.propose`.
    """
    if closed_record(entity_id, day) is None:
        raise DayNotClosed(day=str(day))
    return approvals.propose(
        entity_id, kind=KIND, subject=str(day), payload={"day": str(day)}, reason=reason, person=person, via=via
    )


def carry_out(proposal: Proposal, approved: ApprovedBy) -> date:
    """Give the first date that is open now."""

    def work(tx: Transaction, _: None) -> date:
        done = tx.query(ALREADY, (tx.entity_id, proposal.id)).fetchone()
        if done is not None:
            return date.fromisoformat(str(done[0]))
        return cutoff_records.reopen(
            tx, date.fromisoformat(proposal.content["day"]), proposal_id=proposal.id, reason=proposal.reason,
            actor=proposal.proposed_by, approved_by=approved.person,
        )  # fmt: skip

    return write(proposal.entity_id, work)


def is_done(proposal: Proposal) -> bool:
    return DayCutOff.objects.filter(entity_id=proposal.entity_id, proposal_id=proposal.id).exists()
