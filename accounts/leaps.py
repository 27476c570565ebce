"""A leap of the business date: proposed by one person, approved by another, carried out once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ledgerflow.approvals import use_cases as approvals
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy
from ledgerflow.books.business_dates import check_date, move_business_date
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import clocks

KIND = "business_date.leap"
PERMISSION = "books.leap_business_date"


def propose_leap(entity_id: UUID, to: date, *, reason: str, person: str, via: str) -> Proposal:
    """Propose to move the business date further than a month; the second person approves it under proposals.

    Raises `Malformed` for a date before the business date or more than a year ahead, and as `approvals.propose`.
    """
    before = Entity.objects.values_list("business_date", flat=True).get(pk=entity_id)
    check_date(before, clocks.now().date(), to)
    payload = {"from": str(before), "to": str(to)}
    return approvals.propose(
        entity_id, kind=KIND, subject=str(to), payload=payload, reason=reason, person=person, via=via
    )


def carry_out(proposal: Proposal, approved: ApprovedBy) -> date:
    """Give the business date after it. Where the books are that far already, nothing is left to do."""

    def work(tx: Transaction, _: None) -> date:
        move_business_date(tx, _to(proposal), approved.actor, proposal=proposal.id)
        return tx.entity.business_date

    return write(proposal.entity_id, work)


def is_done(proposal: Proposal) -> bool:
    """Whether the books are that far: the business date never goes back."""
    return Entity.objects.filter(pk=proposal.entity_id, business_date__gte=_to(proposal)).exists()


def _to(proposal: Proposal) -> date:
    return date.fromisoformat(proposal.content["to"])
