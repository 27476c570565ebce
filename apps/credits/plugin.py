"""What credits add to the whole."""

from __future__ import annotations

from apps.credits.proof import FACTS, check_credits
from apps.credits.wallets import KIND
from ledgerflow.core.plugins import JournalKindSpec, Plugin, Verifier

PLUGIN = Plugin(
    room="credits",
    events=FACTS,
    journal_kinds=(JournalKindSpec(KIND, "Credits"),),
    verifiers=(Verifier("credits", check_credits, facts=FACTS),),
    history_tables=frozenset({"credits_turn"}),
)
