"""Refusals of what takes two people."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, PermissionMissing


class ApprovalNeedsAnotherPerson(LedgerError):
    code = "approval_needs_another_person"
    status = 403
    template = "This takes another person than the one who proposed it, whichever key is used."


class ProposalPending(LedgerError):
    """The same was proposed already and waits: `proposal` in the data is its id."""

    code = "proposal_pending"
    status = 409
    template = "This is proposed already: {subject}."


class ProposalNotPending(LedgerError):
    code = "proposal_not_pending"
    status = 409
    template = "This proposal is {status}."


class ProposalExpired(LedgerError):
    code = "proposal_expired"
    status = 409
    template = "This proposal has expired; it can be made again."


class ProposalNotApproved(LedgerError):
    code = "proposal_not_approved"
    status = 409
    template = "Only an approved proposal can be carried out."


class ProposalKindUnknown(Malformed):
    template = "There is no kind of proposal {kind!r}."


class NotOneOfTheTwo(PermissionMissing):
    template = "It is carried out by who proposed or who approved it."


class ProposalNotFound(NotFound):
    template = "There is no such proposal."


class TextLength(Malformed):
    template = "From 1 to {most} characters."


class NotTheProposer(PermissionMissing):
    template = "A proposal is withdrawn by who made it; others reject it."
