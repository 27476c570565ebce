"""Refusals of what takes two people."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class ApprovalNeedsAnotherPerson(LedgerError):
    code = "approval_needs_another_person"
    status = 403


class ProposalPending(LedgerError):
    """The same was proposed already and waits: `proposal` in the data is its id."""

    code = "proposal_pending"
    status = 409


class ProposalNotPending(LedgerError):
    code = "proposal_not_pending"
    status = 409


class ProposalExpired(LedgerError):
    code = "proposal_expired"
    status = 409


class ProposalNotApproved(LedgerError):
    code = "proposal_not_approved"
    status = 409
