"""What settlements add to the close of a day: each is proved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from fx.deals.models import Settlement
from fx.deals.settlement_proof import proved
from journals.days.models import DayCutOff
from ledgerflow.core.money import plain
from ledgerflow.core.phrases import phrase
from ledgerflow.core.plugins import Cure, Finding

LEAVES = phrase("Settlement {id} of {day} leaves {amount} in clearing.")
DISAGREES = phrase("Settlement {id} of {day} does not agree with what its journals posted.")


def fx_settlements_prove(entity_id: UUID, day: date) -> list[Finding]:
    """Each settlement since the last closed day: what it put into clearing, at its pinned rates, adds up to zero."""
    return [
        Finding(
            LEAVES.format(id=one.id, day=one.effective_date, amount=plain(proof.total))
            if proof.total
            else DISAGREES.format(id=one.id, day=one.effective_date),
            Cure("Settlement", "deals_settlement_change", one.id),
        )
        for one, proof in proved(_settlements(entity_id, day))
        if proof.total or not proof.agrees
    ]


def _settlements(entity_id: UUID, day: date) -> Iterator[Settlement]:
    cut_off = DayCutOff.objects.filter(entity_id=entity_id).order_by("-number").first()
    rows = Settlement.objects.filter(entity_id=entity_id, effective_date__lte=day)
    if cut_off is not None and cut_off.closed_through is not None:
        rows = rows.filter(effective_date__gt=cut_off.closed_through)
    return rows.select_related("entity", "sell_account", "buy_account").order_by("effective_date", "id").iterator()
