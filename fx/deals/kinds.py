"""The kind of journals that settlements post."""

from __future__ import annotations

from ledgerflow.core.plugins import JournalKindSpec

SETTLEMENT = JournalKindSpec(
    "fx_settlement", "FX settlement", reversed_only_by="A settlement is reversed as a pair: reverse the settlement."
)
