"""What can be asked of dimensions: the values below one, and the register of parties."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from accounts.dimensions.errors import DimensionNotFound
from accounts.dimensions.models import AccountDimensions, Dimension, DimensionValue
from accounts.dimensions.specs import PARTY
from accounts.errors import AccountNotFound
from accounts.models import Account
from ledgerflow.books.models import Entity
from ledgerflow.core.texts import is_storable

# Some values and all below them, whether they are declared or not.
BELOW = """
    WITH RECURSIVE below AS (
        SELECT id, code FROM dimensions_dimensionvalue WHERE entity_id = %s AND dimension = %s AND code = ANY (%s)
        UNION SELECT v.id, v.code FROM dimensions_dimensionvalue v JOIN below ON v.parent_id = below.id
    )
    SELECT unnest(%s::text[]) UNION SELECT code FROM below
"""


class Party(NamedTuple):
    """Somebody that the entity deals with. `payment_terms_days` None: nothing was agreed."""

    code: str
    name: str
    kind: str
    tax_id: str
    reference: str
    country: str
    payment_terms_days: int | None
    closed: bool


def parties(entity_id: UUID, codes: Collection[str] | None = None) -> dict[str, Party]:
    """The declared parties of an entity by code, all or those with these codes; who is not declared is left out."""
    rows = DimensionValue.objects.filter(entity=entity_id, dimension=PARTY)
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    fields = ("code", "name", "party_kind", "tax_id", "reference", "country", "payment_terms_days", "closed")
    return {row[0]: Party(*row) for row in rows.order_by("code").values_list(*fields)}


def dimension_of(entity_id: UUID, name: str) -> Dimension:
    """How a dimension is used, with revision 0 before anybody said so. Raises `NotFound`."""
    known = Entity.objects.values_list("dimensions", flat=True).get(pk=entity_id)
    if name not in known:
        raise DimensionNotFound(dimension=name[:40])
    found = Dimension.objects.filter(entity=entity_id, name=name).first()
    return found or Dimension(entity_id=entity_id, name=name, is_list=False, revision=0)


def required_of(entity_id: UUID, code: str) -> tuple[list[str], int]:
    """The dimensions that an account requires, and their revision, 0 before anybody said so. Raises `NotFound`."""
    if not is_storable(code) or not Account.objects.filter(entity=entity_id, code=code).exists():
        raise AccountNotFound(account=code)
    found = AccountDimensions.objects.filter(entity=entity_id, account__code=code).first()
    return (found.required, found.revision) if found else ([], 0)
