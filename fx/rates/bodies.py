"""Bodies of the endpoints of rates: what they take and what they show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from fx.rates.events import FxPolicyFact
from fx.rates.models import MOST_DAYS
from fx.rates.quotes import DECIMALS, MAX_SOURCE, WHOLE_DIGITS, Quote, parse_rate
from ledgerflow.core.errors import NothingToChange

MAX_RATES = 1000
CURRENCY_PATTERN = "^[A-Z][A-Z0-9._-]{0,11}$"

Currency = Annotated[str, msgspec.Meta(pattern=CURRENCY_PATTERN, max_length=12)]
Value = Annotated[str, msgspec.Meta(pattern=rf"^[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{DECIMALS}}})?$", max_length=29)]
RateKind = Literal["spot", "closing", "average"]
RoundingName = Literal["half_even", "half_up", "half_down", "down", "up", "regulation_1103_97"]
MethodName = Literal["cumulative", "auto_reverse"]
ScheduleName = Literal["daily", "period_end"]


class RateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """1 `base` = `value` `quote` on `date`."""

    base: Currency
    quote: Currency
    date: date
    value: Value
    kind: RateKind = "spot"

    def as_quote(self, pointer: str) -> Quote:
        return Quote(self.base, self.quote, self.date, self.kind, parse_rate(self.value, f"{pointer}/value"))


class RatesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Rates of one source. `confirm_jump`: record them even where they jump by more than the policy allows."""

    rates: Annotated[list[RateRequest], msgspec.Meta(min_length=1, max_length=MAX_RATES)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SOURCE)] = "manual"
    confirm_jump: bool = False

    def quotes(self) -> list[Quote]:
        """Raises `Malformed` for a value that is zero."""
        return [rate.as_quote(f"/rates/{number}") for number, rate in enumerate(self.rates)]


class RateResult(msgspec.Struct, omit_defaults=True):
    """What became of one rate: the version that stands now, or `error`, a problem document."""

    status: Literal["recorded", "unchanged", "refused"]
    version: int | None = None
    error: Annotated[
        dict[str, Any] | None, msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Problem"})
    ] = None


class RatesResponse(msgspec.Struct):
    """One result per rate, in order, and how many came out each way."""

    results: list[RateResult]
    recorded: int
    unchanged: int
    refused: int


class RateResponse(msgspec.Struct):
    """A rate in one of its versions; the highest version counts."""

    id: UUID
    base: str
    quote: str
    date: date
    kind: str
    value: str
    version: int
    source: str
    event_sequence: int
    recorded_at: datetime
    actor: str


Percent = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,5}(\.[0-9]{1,2})?$")]


class RatePage(msgspec.Struct):
    results: list[RateResponse]
    next: str | None


class FxPolicyResponse(msgspec.Struct):
    """The policy in force; `revision` is the event of its last change, 0 while nobody has set it, and its ETag."""

    max_age_days: int
    max_jump_percent: str
    rounding: str
    revaluation_method: str
    revalue: str
    max_revaluation_percent: str
    revision: int


class FxPolicyChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Fields to set; what is left out stays."""

    max_age_days: Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)] | UnsetType = UNSET
    max_jump_percent: Percent | UnsetType = UNSET
    rounding: RoundingName | UnsetType = UNSET
    revaluation_method: MethodName | UnsetType = UNSET
    revalue: ScheduleName | UnsetType = UNSET
    max_revaluation_percent: Percent | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """The fields that were sent. Raises `Malformed` when there are none."""
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        changes = {name: value for name, value in found.items() if value is not UNSET}
        if not changes:
            raise NothingToChange
        return changes


def policy_response(policy: FxPolicyFact, revision: int) -> FxPolicyResponse:
    return FxPolicyResponse(**msgspec.structs.asdict(policy), revision=revision)
