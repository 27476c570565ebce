"""What proposals add to the whole."""

from __future__ import annotations

from ledgerflow.approvals.events import (
    ProposalApprovedFact,
    ProposalMadeFact,
    ProposalRejectedFact,
    ProposalWithdrawnFact,
)
from ledgerflow.approvals.proof import check_proposals
from ledgerflow.approvals.reading import pending_in
from ledgerflow.core.plugins import Check, Plugin, Verifier

PLUGIN = Plugin(
    room="approvals",
    events=(ProposalMadeFact, ProposalApprovedFact, ProposalRejectedFact, ProposalWithdrawnFact),
    checks=(Check("proposals", pending_in),),
    verifiers=(Verifier("proposals", check_proposals),),
    history_tables=frozenset({"approvals_proposal", "approvals_proposaldecision"}),
)
