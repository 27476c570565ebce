"""What checkpoints add to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Job, Plugin, Verifier
from ledgerflow.events.checkpoints.proof import check_checkpoints
from ledgerflow.events.checkpoints.use_cases import entities_due, keep_up

MINUTE = 60

PLUGIN = Plugin(
    room="checkpoints",
    jobs=(Job("make_checkpoints", keep_up, minute="*", stale_after_seconds=MINUTE, entities=entities_due),),
    verifiers=(Verifier("checkpoints", check_checkpoints),),
    history_tables=frozenset({"checkpoints_checkpoint", "checkpoints_tile"}),
)
