"""What proposals add to the whole."""

from __future__ import annotations

from ledgerflow.approvals.events import ProposalApproved, ProposalMade, ProposalRejected, ProposalWithdrawn
from ledgerflow.approvals.proof import check_proposals
from ledgerflow.approvals.reading import pending_in
from ledgerflow.core.plugins import Check, Plugin, Verifier

PLUGIN = Plugin(
    room="approvals",
    events=(ProposalMade, ProposalApproved, ProposalRejected, ProposalWithdrawn),
    checks=(Check("proposals", pending_in),),
    verifiers=(Verifier("proposals", check_proposals),),
    history_tables=frozenset({"approvals_proposal", "approvals_proposaldecision"}),
)
