"""What happened to exchange rates and to the policy of using them, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from ledgerflow.core.events import Fact

RateText = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,16}(\.[0-9]{1,12})?$")]


class RateFact(msgspec.Struct, frozen=True):
    """One rate within its event."""

    id: UUID
    value: RateText
    version: int


class RatesRecordedFact(Fact, frozen=True):
    """Rates of one date, kind and source were recorded, by pair ("EUR/USD")."""

    event_type = "rate.recorded"

    date: date
    kind: str
    source: str
    rates: dict[str, RateFact]


class FxPolicyFact(Fact, frozen=True):
    """What an entity's people decided about rates; these defaults apply until they do.

    The event carries the whole of it.

    A rate is used up to `max_age_days` after its date; a new one may differ from the one before it by
    `max_jump_percent` (a decimal string). A close revalues `daily`, or at a `period_end`; one that would move what a
    currency is worth by more than `max_revaluation_percent` is looked at by a person first.
    """

    event_type = "fx_policy.set"

    max_age_days: int = 7
    max_jump_percent: str = "20"
    rounding: str = "half_even"
    revaluation_method: str = "cumulative"
    revalue: str = "daily"
    max_revaluation_percent: str = "10"
