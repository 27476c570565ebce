"""Reopening a closed period: proposed by one person, approved by another, carried out once.

Reopening a year takes its closing entries back. That is a second step after the status; a run that was cut off between
them goes on when it is carried out again.
"""

from __future__ import annotations

from uuid import UUID

from journals.periods.errors import PeriodNotClosed
from journals.periods.models import PeriodStatus
from journals.periods.use_cases import (
    CLOSED,
    OPEN,
    WHOLE,
    PeriodState,
    StatusChange,
    all_locked,
    check_may_reopen,
    locked,
    period_in,
    save_status,
)
from journals.periods.year_end import stands, take_back
from ledgerflow.approvals import use_cases as approvals
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy
from ledgerflow.books.writing import Transaction, write

KIND = "period.reopen"
PERMISSION = "periods.reopen_period"
DONE = "SELECT EXISTS (SELECT FROM periods_periodstatus WHERE period_id = %s AND proposal_id = %s)"


def propose_reopening(entity_id: UUID, period_id: UUID, *, reason: str, person: str, via: str) -> Proposal:
    """Propose to reopen a closed period; the second person approves it under proposals.

    Raises `NotFound`, `PeriodNotClosed`, and as `approvals.propose`.
    """
    period = period_in(entity_id, period_id)
    if period.status != CLOSED:
        raise PeriodNotClosed(status=period.status, period=str(period))
    payload = {"period": str(period.id), "kind": period.kind, "ends_on": str(period.ends_on)}
    return approvals.propose(
        entity_id, kind=KIND, subject=str(period), payload=payload, reason=reason, person=person, via=via
    )


def carry_out(proposal: Proposal, approved: ApprovedBy) -> PeriodState:
    def work(tx: Transaction, _: None) -> PeriodState:
        period = locked(tx, _period_of(proposal))
        if tx.query(DONE, (period.id, proposal.id)).fetchone() == (True,):
            return period
        check_may_reopen(period, all_locked(tx))
        return save_status(
            tx, period, OPEN,
            StatusChange(approved.actor, proposal.reason, proposal.proposed_by, approved.person, proposal.id),
        )  # fmt: skip

    period = write(proposal.entity_id, work)
    if period.kind in WHOLE and period.status != CLOSED:
        take_back(proposal.entity_id, period, actor=approved.actor)
    return period


def is_done(proposal: Proposal) -> bool:
    last = PeriodStatus.objects.filter(period_id=_period_of(proposal)).order_by("-number").first()
    if last is None or not PeriodStatus.objects.filter(period_id=last.period_id, proposal_id=proposal.id).exists():
        return False
    period = period_in(proposal.entity_id, last.period_id)
    # Entries that stand while the year is open are those this proposal was cut off from taking back.
    return period.kind not in WHOLE or period.status == CLOSED or not stands(proposal.entity_id, period)


def _period_of(proposal: Proposal) -> UUID:
    return UUID(proposal.content["period"])
