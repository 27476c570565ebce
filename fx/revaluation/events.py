"""What happened to valuation accounts and revaluations, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.core.events import Fact


class ValuationPairedFact(Fact, frozen=True):
    """The account `valuation` carries what the foreign account `account` is worth; the subject is the foreign one."""

    event_type = "fx.valuation_paired"

    account: str
    valuation: str


class RevaluedLine(msgspec.Struct, frozen=True):
    """One account in a run; amounts are debit-positive, in base currency but for `position`."""

    account: str
    currency: str
    position: str
    cost: str
    realised: str
    closing_value: str
    unrealised: str
    posted_gain: str
    posted_loss: str
    posted_realised: str
    chain: list[dict[str, Any]]
    journal: UUID | None = None


class PinFact(msgspec.Struct, frozen=True):
    """The rate at which the movements of a currency on a day came in, for good."""

    currency: str
    day: date
    chain: list[dict[str, Any]]


class FxRevaluedFact(Fact, frozen=True):
    """Foreign accounts were revalued, or that was taken back; `seen_sequence` is the last event the run knew of."""

    event_type = "fx.revalued"

    id: UUID
    number: int
    day: date
    kind: str
    method: str
    seen_sequence: int
    lines: list[RevaluedLine]
    pinned: list[PinFact]
