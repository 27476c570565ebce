"""Bodies of the endpoints of dimensions: what they take and what they show. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from accounts.bodies import Code, Name, Reason
from accounts.dimensions.events import DimensionValueFact
from accounts.dimensions.specs import LONGEST_TERMS, ValueSpec
from ledgerflow.core.errors import NothingToChange

TaxId = Annotated[str, msgspec.Meta(max_length=50)]
Reference = Annotated[str, msgspec.Meta(max_length=100)]
Country = Annotated[str, msgspec.Meta(max_length=2)]
Terms = Annotated[int, msgspec.Meta(ge=0, le=LONGEST_TERMS)]
PartyKind = Literal["customer", "supplier", "other", ""]


class DimensionValueRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A value to declare; `parent` is a code of the same dimension. The fields from `tax_id` on are of parties."""

    code: Code
    name: Name
    parent: Code | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    tax_id: TaxId = ""
    reference: Reference = ""
    country: Country = ""
    payment_terms_days: Terms | None = None
    party_kind: PartyKind = ""
    reason: Reason = ""

    def spec(self) -> ValueSpec:
        """The value asked for."""
        fields = msgspec.structs.asdict(self) | {"parent": self.parent or ""}
        del fields["reason"]
        return ValueSpec(**fields)


class DimensionValueChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Fields to set; what is left out stays. null takes the parent, a date or the payment terms away."""

    name: Name | UnsetType = UNSET
    parent: Code | UnsetType | None = UNSET
    valid_from: date | UnsetType | None = UNSET
    valid_to: date | UnsetType | None = UNSET
    closed: bool | UnsetType = UNSET
    tax_id: TaxId | UnsetType = UNSET
    reference: Reference | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    payment_terms_days: Terms | UnsetType | None = UNSET
    party_kind: PartyKind | UnsetType = UNSET
    reason: Reason = ""

    def changes(self) -> dict[str, Any]:
        """The fields that were sent. Raises `Malformed` when there are none."""
        found = {name: getattr(self, name) for name in self.__struct_fields__ if name != "reason"}
        changes = {name: value for name, value in found.items() if value is not UNSET}
        if not changes:
            raise NothingToChange
        if "parent" in changes:
            changes["parent"] = changes["parent"] or ""
        return changes


class DimensionChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a dimension takes any value or declared ones only."""

    values: Literal["any", "declared"]
    reason: Reason = ""


class RequiredDimensionsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The dimensions that each line on the account has to carry; an empty list for none."""

    required: Annotated[list[str], msgspec.Meta(max_length=8)]
    reason: Reason = ""


class DimensionResponse(msgspec.Struct):
    """How a dimension is used. `revision` is 0 before anybody said so."""

    name: str
    values: str
    revision: int


class DimensionValueResponse(msgspec.Struct):
    """A declared value. `revision` is the event of its last change, and its ETag."""

    id: UUID
    dimension: str
    code: str
    name: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    closed: bool
    tax_id: str
    reference: str
    country: str
    payment_terms_days: int | None
    party_kind: str
    revision: int


class RequiredDimensionsResponse(msgspec.Struct):
    """What an account requires. `revision` is 0 before anybody said so."""

    account: str
    required: list[str]
    revision: int


class DimensionValuePage(msgspec.Struct):
    results: list[DimensionValueResponse]
    next: str | None


def value_response(fact: DimensionValueFact, revision: int) -> DimensionValueResponse:
    """A value for the API; why it was changed last is in the event, not here."""
    fields = msgspec.structs.asdict(fact)
    del fields["reason"]
    return DimensionValueResponse(**fields, revision=revision)
