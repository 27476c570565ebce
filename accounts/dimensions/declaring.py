"""Declaring and changing values, what a dimension takes, and what an account requires.

Every change is one event that carries the whole state after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from accounts.dimensions.errors import (
    DimensionNotFound,
    DimensionRevised,
    DimensionValueExists,
    DimensionValueNotFound,
    ParentBelowValue,
    ParentOfNoValue,
)
from accounts.dimensions.events import (
    DimensionChangedFact,
    DimensionsRequiredFact,
    DimensionValueChangedFact,
    DimensionValueDeclaredFact,
    DimensionValueFact,
)
from accounts.dimensions.specs import CHANGEABLE, ValueSpec, check_required, check_value, spec_of
from accounts.errors import AccountNotFound, FixedAtOpening
from accounts.opening import Opened
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import check_text, is_storable

MAX_REASON = 500
VALUE = """
    SELECT v.*, p.code AS parent FROM dimensions_dimensionvalue v
    LEFT JOIN dimensions_dimensionvalue p ON p.id = v.parent_id
    WHERE v.entity_id = %s AND v.dimension = %s AND v.code = %s
"""
ABOVE = """
    WITH RECURSIVE above AS (
        SELECT id, parent_id FROM dimensions_dimensionvalue WHERE entity_id = %s AND dimension = %s AND code = %s
        UNION SELECT v.id, v.parent_id FROM dimensions_dimensionvalue v JOIN above ON v.id = above.parent_id
    )
    SELECT id FROM above
"""
INSERT_VALUE = """
    INSERT INTO dimensions_dimensionvalue (id, entity_id, dimension, code, name, parent_id, valid_from, valid_to,
        closed, tax_id, reference, country, payment_terms_days, party_kind, revision)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
UPDATE_VALUE = """
    UPDATE dimensions_dimensionvalue
    SET name = %s, parent_id = %s, valid_from = %s, valid_to = %s, closed = %s, tax_id = %s, reference = %s,
        country = %s, payment_terms_days = %s, party_kind = %s, revision = %s
    WHERE id = %s
"""
DIMENSION = "SELECT id, revision FROM dimensions_dimension WHERE entity_id = %s AND name = %s"
SET_DIMENSION = """
    INSERT INTO dimensions_dimension (id, entity_id, name, is_list, revision) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (entity_id, name) DO UPDATE SET is_list = excluded.is_list, revision = excluded.revision
"""
ACCOUNT = """
    SELECT a.id, coalesce(d.revision, 0) FROM accounts_account a
    LEFT JOIN dimensions_accountdimensions d ON d.account_id = a.id WHERE a.entity_id = %s AND a.code = %s
"""
SET_REQUIRED = """
    INSERT INTO dimensions_accountdimensions (account_id, entity_id, required, revision) VALUES (%s, %s, %s, %s)
    ON CONFLICT (account_id) DO UPDATE SET required = excluded.required, revision = excluded.revision
"""


def declare_value(
    entity_id: UUID, dimension: str, spec: ValueSpec, *, actor: str, reason: str = ""
) -> tuple[DimensionValueFact, int]:
    """Declare a value of a dimension; gives its state with its revision.

    Raises `NotFound` (no such dimension), `Malformed`, `DimensionValueExists`, `ParentRefused`.
    """
    check_value(dimension, spec)
    check_text(reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> tuple[DimensionValueFact, int]:
        _check_dimension(tx, dimension)
        if _value(tx, dimension, spec.code) is not None:
            raise DimensionValueExists(pointer="/code", dimension=dimension, value=spec.code)
        id_ = uuid7()
        parent = _parent(tx, dimension, id_, spec)
        fact = _fact(DimensionValueDeclaredFact, id_, dimension, spec, reason)
        revision = tx.record(fact, str(id_), actor)
        tx.query(INSERT_VALUE, (id_, tx.entity_id, dimension, spec.code, *_columns(spec, parent), revision))
        return fact, revision

    return write(entity_id, work)


def change_value(
    entity_id: UUID,
    dimension: str,
    code: str,
    changes: dict[str, Any],
    *,
    actor: str,
    reason: str = "",
    expected_revision: int | None = None,
) -> tuple[DimensionValueFact, int]:
    """Set the given fields of a value (those of `CHANGEABLE`; `parent` is a code, or "" for none).

    A closed value is taken by no line any more, whatever its dates say; it can be opened again. Raises `NotFound`,
    `Malformed`, `PreconditionFailed` (another revision), `ParentRefused`.
    """
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise FixedAtOpening(pointer=f"/{min(unknown)}")
    check_text(reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> tuple[DimensionValueFact, int]:
        _check_dimension(tx, dimension)
        row = _value(tx, dimension, code)
        if row is None:
            raise DimensionValueNotFound(dimension=dimension, value=code[:100])
        _check_revision(row["revision"], expected_revision)
        spec = msgspec.structs.replace(spec_of(row), **changes)
        check_value(dimension, spec)
        parent = _parent(tx, dimension, row["id"], spec)
        fact = _fact(DimensionValueChangedFact, row["id"], dimension, spec, reason)
        revision = tx.record(fact, str(row["id"]), actor)
        tx.query(UPDATE_VALUE, (*_columns(spec, parent), revision, row["id"]))
        return fact, revision

    return write(entity_id, work)


def set_list(
    entity_id: UUID,
    dimension: str,
    *,
    is_list: bool,
    actor: str,
    reason: str = "",
    expected_revision: int | None = None,
) -> tuple[DimensionChangedFact, int]:
    """Have a dimension take declared values only, or any again. What was posted before stays as it is.

    Raises `NotFound`, `Malformed` (the reason), `PreconditionFailed`.
    """
    check_text(reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> tuple[DimensionChangedFact, int]:
        _check_dimension(tx, dimension)
        id_, before = tx.query(DIMENSION, (tx.entity_id, dimension)).fetchone() or (uuid7(), 0)
        _check_revision(before, expected_revision)
        fact = DimensionChangedFact(id_, dimension, is_list, reason)
        revision = tx.record(fact, str(id_), actor)
        tx.query(SET_DIMENSION, (id_, tx.entity_id, dimension, is_list, revision))
        return fact, revision

    return write(entity_id, work)


def require_dimensions(
    entity_id: UUID,
    account: str,
    required: Sequence[str],
    *,
    actor: str,
    reason: str = "",
    expected_revision: int | None = None,
) -> tuple[DimensionsRequiredFact, int]:
    """Have each later line on an account carry these dimensions; none for no requirement.

    Raises `NotFound`, `Malformed` (unknown dimensions, the reason), `PreconditionFailed`.
    """
    check_text(reason, MAX_REASON, "/reason")

    def work(tx: Transaction, _: None) -> tuple[DimensionsRequiredFact, int]:
        found = tx.query(ACCOUNT, (tx.entity_id, account)).fetchone() if is_storable(account) else None
        if found is None:
            raise AccountNotFound(account=account)
        id_, before = found
        _check_revision(before, expected_revision)
        return _require(tx, DimensionsRequiredFact(id_, account, _checked(tx, required, "/required"), reason), actor)

    return write(entity_id, work)


def require_at_opening(tx: Transaction, opened: Sequence[Opened], required: Sequence[str], actor: str) -> None:
    """The same for accounts that are opened in this transaction. Raises `Malformed` for unknown dimensions."""
    names = _checked(tx, required, "/required_dimensions")
    for one in opened:
        if one.status == "opened" and one.fact is not None and names:
            _require(tx, DimensionsRequiredFact(one.fact.id, one.fact.code, names), actor)


def _checked(tx: Transaction, required: Sequence[str], pointer: str) -> list[str]:
    return check_required(required, tx.entity.dimensions, pointer)


def _require(tx: Transaction, fact: DimensionsRequiredFact, actor: str) -> tuple[DimensionsRequiredFact, int]:
    revision = tx.record(fact, str(fact.id), actor)
    tx.query(SET_REQUIRED, (fact.id, tx.entity_id, Jsonb(fact.required), revision))
    return fact, revision


def _check_dimension(tx: Transaction, dimension: str) -> None:
    if dimension not in tx.entity.dimensions:
        raise DimensionNotFound(dimension=dimension[:40])


def _check_revision(revision: int, expected: int | None) -> None:
    if expected is not None and revision != expected:
        raise DimensionRevised(revision=revision)


def _value(tx: Transaction, dimension: str, code: str) -> dict[str, Any] | None:
    if not is_storable(code):
        return None
    with tx.connection.cursor(row_factory=dict_row, binary=True) as cursor:
        return cursor.execute(VALUE, (tx.entity_id, dimension, code)).fetchone()


def _parent(tx: Transaction, dimension: str, id_: UUID, spec: ValueSpec) -> UUID | None:
    if not spec.parent:
        return None
    given = (tx.entity_id, dimension, spec.parent)
    above = [row[0] for row in tx.query(ABOVE, given).fetchall()] if is_storable(spec.parent) else []
    if not above:
        raise ParentOfNoValue(pointer="/parent", parent=spec.parent[:100], dimension=dimension)
    if id_ in above:
        raise ParentBelowValue(pointer="/parent", parent=spec.parent, value=spec.code)
    return UUID(str(above[0]))


def _fact(
    kind: type[DimensionValueFact], id_: UUID, dimension: str, spec: ValueSpec, reason: str
) -> DimensionValueFact:
    fields = msgspec.structs.asdict(spec) | {"parent": spec.parent or None, "reason": reason}
    return kind(id=id_, dimension=dimension, **fields)


def _columns(spec: ValueSpec, parent: UUID | None) -> tuple[Any, ...]:
    return (
        spec.name, parent, spec.valid_from, spec.valid_to, spec.closed, spec.tax_id, spec.reference, spec.country,
        spec.payment_terms_days, spec.party_kind,
    )  # fmt: skip
