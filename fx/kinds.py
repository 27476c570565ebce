"""The kinds of journals that foreign exchange posts."""

from __future__ import annotations

from ledgerflow.core.plugins import JournalKind

SETTLEMENT = JournalKind(
    "fx_settlement", "FX settlement", reversed_only_by="A settlement is reversed as a pair: reverse the settlement."
)
REVALUATION = JournalKind(
    "fx_revaluation",
    "FX revaluation",
    passes_freeze=True,
    into_closing_day=True,
    reversed_only_by="A revaluation is corrected by running it again, with the right rates.",
)
