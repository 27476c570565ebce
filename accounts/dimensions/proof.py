"""Proof of dimensions: each value, each list and each requirement is what its last event says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from accounts.dimensions.events import (
    FACTS,
    DimensionChangedFact,
    DimensionsRequiredFact,
    DimensionValueDeclaredFact,
    DimensionValueFact,
)
from accounts.dimensions.specs import OF_PARTIES
from ledgerflow.books.faults import Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import TABLE as EVENT
from ledgerflow.books.proof.event_facts import EventWithFact, events_with_facts, rows_of
from ledgerflow.core.events import Fact

VALUE, DIMENSION, REQUIRED = "dimensions_dimensionvalue", "dimensions_dimension", "dimensions_accountdimensions"
ROWS = {
    VALUE: """
        SELECT v.*, coalesce(p.code, v.parent_id::text) AS parent FROM dimensions_dimensionvalue v
        LEFT JOIN dimensions_dimensionvalue p
          ON p.id = v.parent_id AND p.entity_id = v.entity_id AND p.dimension = v.dimension
        WHERE v.entity_id = %s
    """,
    DIMENSION: "SELECT * FROM dimensions_dimension WHERE entity_id = %s",
    REQUIRED: """
        SELECT d.*, coalesce(a.code, d.account_id::text) AS account FROM dimensions_accountdimensions d
        LEFT JOIN accounts_account a ON a.id = d.account_id AND a.entity_id = d.entity_id WHERE d.entity_id = %s
    """,
}
KEYS = {VALUE: "id", DIMENSION: "id", REQUIRED: "account_id"}
OF_VALUE = ("dimension", "code", "name", "parent", "valid_from", "valid_to", "closed", *OF_PARTIES)
NAMES: dict[type[Fact], tuple[str, tuple[str, ...]]] = {
    DimensionChangedFact: (DIMENSION, ("name", "is_list")),
    DimensionsRequiredFact: (REQUIRED, ("account", "required")),
}

Row = dict[str, Any]


def check_dimensions(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the dimensions of an entity, as its events tell of them."""
    faults: list[Fault] = []
    expected: dict[str, dict[Any, Row]] = {table: {} for table in ROWS}
    for event in events_with_facts(connection, entity_id, FACTS, faults):
        table, names = NAMES.get(type(event.fact), (VALUE, OF_VALUE))
        if table == VALUE:
            faults += _out_of_order(event, expected[VALUE])
        row = {name: getattr(event.fact, name) for name in names}
        expected[table][event.fact.id] = row | {"revision": event.sequence}
    yield from faults
    for table, sql in ROWS.items():
        found = keyed(rows_of(connection, sql, (entity_id,)), lambda row, key=KEYS[table]: row[key])  # type: ignore[misc]
        yield from compare_rows(table, expected[table], found)


def _out_of_order(event: EventWithFact, known: dict[Any, Row]) -> Iterator[Fault]:
    """A value is declared once, before it is changed, and its dimension and code stay."""
    fact: DimensionValueFact = event.fact
    before = known.get(fact.id)
    is_first = isinstance(fact, DimensionValueDeclaredFact)
    stays = before is None or (before["dimension"], before["code"]) == (fact.dimension, fact.code)
    if is_first != (before is None) or not stays or str(fact.id) != event.subject:
        yield Fault(
            EVENT,
            str(event.sequence),
            "value",
            "one that was declared before" if before is None else "the same",
            fact.code,
        )
