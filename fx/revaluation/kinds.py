"""The kind of journals that revaluations post."""

from __future__ import annotations

from ledgerflow.core.plugins import JournalKindSpec

REVALUATION = JournalKindSpec(
    "fx_revaluation",
    "FX revaluation",
    passes_freeze=True,
    into_closing_day=True,
    reversed_only_by="A revaluation is corrected by running it again, with the right rates.",
)
