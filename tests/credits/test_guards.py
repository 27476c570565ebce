"""Turns and notices are history that comes with its event, once for each owner and period, whoever writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import Account
from apps.credits.applications import BaseLedgerOperations
from apps.credits.models import Notice, Turn
from apps.credits.owners.notices import NoticeOf, tell
from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.builders import TODAY
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


@pytest.mark.parametrize(
    "changes, guard",
    [
        ({}, "credits_notice_pkey"),
        ({"id": uuid4}, "credit_notice_once"),
        ({"id": uuid4, "place": lambda: 2}, "credit_notice_has_event"),
        ({"id": uuid4, "kind": lambda: "high"}, "credit_notice_kind_known"),
        (
            {"id": uuid4, "place": lambda: 2, "account_id": uuid4},
            "credits_notice_account_id_348d13bb_fk_accounts_account_id",
        ),
        (
            {"id": uuid4, "place": lambda: 2, "entity_id": lambda: STRANGER},
            "credits_notice_entity_id_c967ee0d_fk_books_entity_id",
        ),
    ],
    ids=["id", "once", "event", "kind", "account", "entity"],
)
def test_notices_are_guarded(forge: Attack, changes: dict[str, Callable[[], object]], guard: str) -> None:
    wallet = Account.objects.get(entity_id=forge.books.id, role="wallet")
    told = NoticeOf("low", wallet.pk, wallet.code, "ann", "CREDIT", Decimal(3), 1, TODAY, Decimal(1))
    tell(forge.books.id, [told], "test")
    row = Notice.objects.filter(entity=forge.books.id).values().get()
    with refused_by(guard):
        forge.insert("credits_notice", **row | {column: value() for column, value in changes.items()})
        forge.run(f"SET CONSTRAINTS {guard} IMMEDIATE")


def test_the_watch_of_an_entity_is_one_row(forge: Attack) -> None:
    forge.insert("credits_watch", entity_id=forge.books.id, sequence=1)
    with refused_by("credits_watch_pkey"):
        forge.insert("credits_watch", entity_id=forge.books.id, sequence=1)
    forge.connection.rollback()
    with refused_by("credits_watch_entity_id_a207c1ca_fk_books_entity_id"):
        forge.insert("credits_watch", entity_id=STRANGER, sequence=1)
        forge.run("SET CONSTRAINTS credits_watch_entity_id_a207c1ca_fk_books_entity_id IMMEDIATE")
