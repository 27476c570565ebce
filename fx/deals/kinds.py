"""The kind of journals that settlements post."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from fx.deals.models import Settlement
from ledgerflow.core.plugins import Cure, JournalKindSpec


def settlement_of(journal_id: UUID) -> Cure | None:
    """The page of the settlement that this journal is a half of."""
    halves = Settlement.objects.filter(Q(sell_journal=journal_id) | Q(buy_journal=journal_id))
    found = halves.values_list("pk", flat=True).first()
    return None if found is None else Cure("Open the settlement", "deals_settlement_change", found)


SETTLEMENT = JournalKindSpec(
    "fx_settlement",
    "FX settlement",
    reversed_only_by="A settlement is reversed as a pair: reverse the settlement.",
    undone_at=settlement_of,
)
