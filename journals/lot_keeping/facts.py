"""What events tell of lots: their movements in `journal.posted`, and what is pinned in the events of holds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from journals.lot_keeping.states import LotAction, LotMove, Pin
from ledgerflow.core.money import plain


class LotGrantFact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a lot is: `arrival` counts the lots of its account, `line` is that of the journal that granted it."""

    arrival: int
    line: int
    valid_from: date
    priority: int = 0
    expires_on: date | None = None
    paid: bool = False
    usable_for: list[str] | None = None
    cost_currency: str = ""
    expiry_account: str = ""
    deferred_account: str = ""
    income_account: str = ""
    breakage_account: str = ""


class LotMoveFact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A movement of a lot and what it left; `cost` is the share that moved with it, none for a lot without a cost."""

    lot: UUID
    number: int
    account: str
    action: str
    amount: str
    remaining: str
    cost: str = ""
    cost_left: str = ""
    grant: LotGrantFact | None = None


class LotPinFact(msgspec.Struct, frozen=True, gc=False):
    """A part of a lot that a step of a hold has pinned, or that it has pinned no longer."""

    lot: UUID
    amount: str


def lot_facts(moves: Sequence[LotMove]) -> list[LotMoveFact] | None:
    """The movements of a journal, None for one without."""
    return [_fact(move) for move in moves] or None


def pin_facts(pins: Sequence[Pin]) -> list[LotPinFact] | None:
    """The pins of a step, None for one without."""
    return [LotPinFact(pin.lot, plain(pin.amount)) for pin in pins] or None


def _fact(move: LotMove) -> LotMoveFact:
    lot = move.lot
    return LotMoveFact(
        lot=lot.id,
        number=lot.entries,
        account=lot.account,
        action=move.action.value,
        amount=plain(move.amount),
        remaining=plain(lot.remaining),
        cost=plain(move.cost) if lot.cost else "",
        cost_left=plain(lot.cost_left) if lot.cost else "",
        grant=_grant(move) if move.action == LotAction.GRANTED else None,
    )


def _grant(move: LotMove) -> LotGrantFact:
    lot = move.lot
    same = {name: getattr(lot, name) for name in LotGrantFact.__struct_fields__ if name != "usable_for"}
    return LotGrantFact(**same, usable_for=list(lot.usable_for) if lot.usable_for else None)
