"""What checkpoints add to the whole."""

from __future__ import annotations

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Job, Plugin, Verifier
from ledgerflow.events.checkpoints.proof import check_checkpoints
from ledgerflow.events.checkpoints.use_cases import entities_due, keep_up

MINUTE = 60

PLUGIN = Plugin(
    room="checkpoints",
    jobs=(Job("make_checkpoints", keep_up, minute="*", stale_after_seconds=MINUTE, entities=entities_due),),
    verifiers=(Verifier("checkpoints", check_checkpoints),),
    history_tables=frozenset({"checkpoints_checkpoint", "checkpoints_tile"}),
    helps=(
        PageHelp(
            "checkpoints_checkpoint",
            "A checkpoint is a signed sentence that says what the log of events was at a moment.",
            "Keep a copy where nobody here can change it.",
            "With it anybody can prove later that nothing before it was changed.",
            "proofs.md#checkpoints",
        ),
    ),
)
