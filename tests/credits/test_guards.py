"""Turns are history that comes with its event, once for each owner and period, whoever writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from apps.credits.applications import BaseLedgerOperations
from apps.credits.models import Turn
from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.lots.granting import credit_books

pytestmark = pytest.mark.every_server
STRANGER = "0190a000-0000-7000-8000-000000000000"


class Shop(BaseLedgerOperations):
    NAME = "shop"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = credit_books()
    run_operation(entity.id, Request(Shop, "DAILY_REWARD", "ann", "key"), Runner("test", frozenset({"post"})))
    return entity


@pytest.fixture
def forge(books: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, books)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


@pytest.mark.parametrize(
    "changes, guard",
    [
        ({}, "credits_turn_pkey"),
        ({"id": uuid4}, "credit_turn_once"),
        ({"id": uuid4, "period": lambda: "ever"}, "credit_turn_has_event"),
        ({"id": uuid4, "journal_id": uuid4, "period": lambda: "ever"}, "credit_turn_of_journal"),
        ({"id": uuid4, "entity_id": lambda: STRANGER}, "credits_turn_entity_id_398ccedd_fk_books_entity_id"),
    ],
    ids=["id", "once", "event", "journal", "entity"],
)
def test_turns_are_guarded(forge: Attack, changes: dict[str, Callable[[], object]], guard: str) -> None:
    row = Turn.objects.filter(entity=forge.books.id).values().get()
    with refused_by(guard):
        forge.insert("credits_turn", **row | {column: value() for column, value in changes.items()})
        forge.run(f"SET CONSTRAINTS {guard} IMMEDIATE")
