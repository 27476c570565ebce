"""Refusals of what takes two people."""

from __future__ import annotations

from ledgerflow.core.errors.base import LedgerError


class ScopesExceedPerson(LedgerError):
    """A key may do no more than the person behind it; `scopes` are those he may not give."""

    code = "scopes_exceed_person"
    status = 403
    template = "The person behind this key lacks permissions that these scopes take: {scopes}."


class PersonUnknown(LedgerError):
    """Nobody stands behind the request: a key made for no user, or a user who left."""

    code = "person_unknown"
    status = 403


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
