"""What happened to dimensions and their values, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ledgerflow.core.events import Fact


class DimensionValueFact(Fact, frozen=True):
    """The whole state of a value after a change; those of other dimensions than "party" have no fields of parties."""

    id: UUID
    dimension: str
    code: str
    name: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    closed: bool
    tax_id: str = ""
    reference: str = ""
    country: str = ""
    payment_terms_days: int | None = None
    party_kind: str = ""
    reason: str = ""


class DimensionValueDeclaredFact(DimensionValueFact, frozen=True):
    """A value of a dimension was declared."""

    event_type = "dimension.value_declared"


class DimensionValueChangedFact(DimensionValueFact, frozen=True):
    """A declared value was changed, closed or opened again."""

    event_type = "dimension.value_changed"


class DimensionChangedFact(Fact, frozen=True):
    """From here on a dimension takes declared values only, or any again."""

    event_type = "dimension.changed"

    id: UUID
    name: str
    is_list: bool
    reason: str = ""


class DimensionsRequiredFact(Fact, frozen=True):
    """From here on each line on an account has to carry these dimensions."""

    event_type = "dimension.required_of_account"

    id: UUID
    account: str
    required: list[str]
    reason: str = ""


FACTS = (DimensionValueDeclaredFact, DimensionValueChangedFact, DimensionChangedFact, DimensionsRequiredFact)
