"""Values of dimensions, which dimensions are lists, and what accounts require, on their way to other books."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from accounts.dimensions.declaring import declare_value, require_dimensions, set_list
from accounts.dimensions.errors import DimensionValueExists
from accounts.dimensions.models import DimensionValue
from accounts.dimensions.reading import dimension_of, required_of
from accounts.dimensions.specs import ValueSpec, spec_of
from ledgerflow.core.plugins import Portable
from ledgerflow.core.texts import is_storable

# Parents before those below them.
VALUES = """
    WITH RECURSIVE below AS (
        SELECT v.*, NULL::text AS parent, 0 AS level FROM dimensions_dimensionvalue v
        WHERE v.entity_id = %s AND v.parent_id IS NULL
        UNION ALL
        SELECT v.*, b.code::text, b.level + 1 FROM below b JOIN dimensions_dimensionvalue v ON v.parent_id = b.id
    )
    SELECT * FROM below ORDER BY dimension, level, code
"""
LISTS = "SELECT name FROM dimensions_dimension WHERE entity_id = %s AND is_list ORDER BY name"
REQUIRED = """
    SELECT a.code, d.required FROM dimensions_accountdimensions d JOIN accounts_account a ON a.id = d.account_id
    WHERE d.entity_id = %s AND jsonb_array_length(d.required) > 0 ORDER BY a.code
"""


class ValueEntry(ValueSpec, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value of a dimension."""

    dimension: str


class ListEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A dimension that takes declared values only."""

    dimension: str


class RequiredEntry(msgspec.Struct, forbid_unknown_fields=True):
    """The dimensions that lines on an account must carry."""

    account: str
    required: list[str]


def _values(connection: Any, entity_id: UUID) -> Iterator[ValueEntry]:
    for row in connection.cursor(row_factory=dict_row).execute(VALUES, (entity_id,)):
        yield ValueEntry(**msgspec.structs.asdict(spec_of(row)), dimension=row["dimension"])


def _bring_value(entity_id: UUID, wanted: ValueEntry, actor: str) -> bool:
    fields = msgspec.structs.asdict(wanted)
    dimension = fields.pop("dimension")
    spec = ValueSpec(**fields)
    found = None
    if is_storable(dimension) and is_storable(spec.code):
        rows = DimensionValue.objects.filter(entity=entity_id, dimension=dimension, code=spec.code)
        found = rows.select_related("parent").first()
    if found is None:
        declare_value(entity_id, dimension, spec, actor=actor)
        return True
    there = {name: getattr(found, name) for name in ValueSpec.__struct_fields__ if name != "parent"}
    if spec_of(there | {"parent": found.parent.code if found.parent else None}) != spec:
        raise DimensionValueExists(pointer="/code", dimension=dimension, value=spec.code)
    return False


def _lists(connection: Any, entity_id: UUID) -> Iterator[ListEntry]:
    return (ListEntry(name) for (name,) in connection.execute(LISTS, (entity_id,)))


def _bring_list(entity_id: UUID, wanted: ListEntry, actor: str) -> bool:
    if dimension_of(entity_id, wanted.dimension).is_list:
        return False
    set_list(entity_id, wanted.dimension, is_list=True, actor=actor)
    return True


def _required(connection: Any, entity_id: UUID) -> Iterator[RequiredEntry]:
    return (RequiredEntry(*row) for row in connection.execute(REQUIRED, (entity_id,)))


def _bring_required(entity_id: UUID, wanted: RequiredEntry, actor: str) -> bool:
    if required_of(entity_id, wanted.account)[0] == wanted.required:
        return False
    require_dimensions(entity_id, wanted.account, wanted.required, actor=actor)
    return True


PORTABLES = (
    Portable("dimension_value", ValueEntry, _values, _bring_value),
    Portable("dimension_list", ListEntry, _lists, _bring_list),
    Portable("required_dimensions", RequiredEntry, _required, _bring_required),
)
