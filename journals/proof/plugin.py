"""What the proof of the books adds to the whole."""

from __future__ import annotations

from journals.proof.jobs import prove
from journals.proof.kinds import check_kinds
from ledgerflow.core.plugins import Job, Plugin, Verifier

HOUR = 3600

PLUGIN = Plugin(
    room="proof",
    verifiers=(Verifier("kinds", check_kinds),),
    jobs=(Job("verify_all_books", prove, minute="0", hour="3", stale_after_seconds=12 * HOUR, in_sequence=True),),
)
