"""What proposals add to the whole."""

from __future__ import annotations

from ledgerflow.approvals.proof import FACTS, check_proposals
from ledgerflow.approvals.reading import pending_in
from ledgerflow.core.plugins import Check, Plugin, Verifier

PLUGIN = Plugin(
    room="approvals",
    events=FACTS,
    checks=(Check("proposals", pending_in),),
    verifiers=(Verifier("proposals", check_proposals, facts=FACTS),),
    history_tables=frozenset({"approvals_proposal", "approvals_proposaldecision"}),
)
