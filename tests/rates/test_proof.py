"""Proof of rates: what plain SQL puts in, or takes out of the log, is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fx.rates.policies import set_policy
from fx.rates.proof import check_rates
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from journals.proof.ledger import verify_books, verify_in
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from tests.attacks import connect
from tests.builders import an_entity

DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def books() -> Entity:
    """Books with rates, a correction and a policy. What a test forges is rolled back."""
    entity = an_entity()
    quotes = [Quote("EUR", code, DAY, "spot", Decimal(value)) for code, value in (("USD", "1.16"), ("JPY", "180.25"))]
    record_rates(entity.id, quotes, source="ECB", actor="test")
    record_rates(entity.id, [quotes[0]._replace(value=Decimal("1.17"))], source="manual", actor="test")
    set_policy(entity.id, {"max_jump_percent": "12.50"}, actor="test")
    return entity


def faults_after(entity: Entity, *statements: str) -> list[str]:
    """What proof finds after somebody with all rights has changed rows."""
    with connect() as connection:
        for statement in ("SET LOCAL session_replication_role = replica", *statements):
            connection.execute(statement.encode())
        found = [str(fault) for fault in check_rates(connection, entity.id)]
        connection.rollback()
    return found


def test_honest_rates_are_proven(books: Entity) -> None:
    with snapshot() as connection:
        assert check_rates(connection, books.id) == []


def test_it_is_part_of_verifying_the_books(books: Entity) -> None:
    assert verify_books(books.id) == []
    with connect() as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("UPDATE rates_rate SET value = 2 WHERE entity_id = %s AND quote = 'JPY'", (books.id,))
        assert [fault.table for fault in verify_in(connection, books.id).faults] == ["rates_rate"]
        connection.rollback()


@pytest.mark.parametrize(
    "column, value, said",
    [
        ("value", "1.18", "value should be 1.17, is 1.18"),
        ("version", "3", "version should be 2, is 3"),
        ("source", "'ECB'", "source should be manual, is ECB"),
        ("actor", "'nobody'", "actor should be test, is nobody"),
        ("rate_date", "'2026-03-03'", "rate should be EUR/USD 2026-03-02 spot, is EUR/USD 2026-03-03 spot"),
        ("kind", "'closing'", "rate should be EUR/USD 2026-03-02 spot, is EUR/USD 2026-03-02 closing"),
    ],
)
def test_a_changed_rate_is_named(books: Entity, column: str, value: str, said: str) -> None:
    (fault,) = faults_after(
        books,
        f"UPDATE rates_rate SET {column} = {value} WHERE entity_id = '{books.id}' AND quote = 'USD' AND version = 2",
    )
    assert fault.startswith("rates_rate ")
    assert fault.endswith(said)


def test_a_rate_that_is_gone_and_one_that_came_from_nowhere_are_named(books: Entity) -> None:
    (gone, alone) = faults_after(books, f"DELETE FROM rates_rate WHERE entity_id = '{books.id}' AND quote = 'JPY'")
    assert gone.endswith("rate of event 2 should be a row, is absent")
    assert alone == "rates_pair EUR/JPY: row should be absent, is a row"
    (extra,) = faults_after(
        books,
        f"""INSERT INTO rates_rate SELECT gen_random_uuid(), base, quote, rate_date + 1, kind, version, value, source,
            event_sequence, recorded_at, actor, entity_id FROM rates_rate WHERE entity_id = '{books.id}' AND quote = 'JPY'""",
    )
    assert extra.endswith("rate of event 2 should be absent, is a row")


@pytest.mark.parametrize(
    "statement, said",
    [
        ("UPDATE rates_fxpolicy SET max_age_days = 90", "max_age_days should be 7, is 90"),
        ("UPDATE rates_fxpolicy SET max_jump_percent = 99", "max_jump_percent should be 12.5, is 99"),
        ("UPDATE rates_fxpolicy SET revision = 2", "revision should be 4, is 2"),
        ("DELETE FROM rates_fxpolicy", "policy should be a row, is absent"),
    ],
)
def test_a_policy_that_nobody_set_is_named(books: Entity, statement: str, said: str) -> None:
    (fault,) = faults_after(books, f"{statement} WHERE entity_id = '{books.id}'")
    assert fault == f"rates_fxpolicy {books.id}: {said}"


def test_a_policy_out_of_nowhere_is_named() -> None:
    entity: Any = an_entity()
    (fault,) = faults_after(
        entity,
        f"""INSERT INTO rates_fxpolicy (entity_id, max_age_days, max_jump_percent, rounding, revaluation_method, revision)
                    VALUES ('{entity.id}', 7, 20, 'half_even', 'cumulative', 1)""",
    )
    assert fault == f"rates_fxpolicy {entity.id}: policy should be absent, is a row"
