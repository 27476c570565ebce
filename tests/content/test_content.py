"""The example application: what is written or opened is paid for, both together or neither, and once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from apps.content.models import Access, Piece
from apps.content.operations import ContentOperations
from apps.credits.use_cases import Request, run_operation
from apps.credits.wallets import wallet_code
from apps.operations.running import Runner
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction
from tests.builders import an_entity, balance_of
from tests.client import NO_JOURNAL, ApiClient, Reply

pytestmark = pytest.mark.every_server


class NoRoomError(Exception):
    pass


@pytest.fixture
def books() -> Iterator[Entity]:
    """Books that are proven again at the end of each test; ann has 20 credits and bob has 1."""
    entity = an_entity()
    client = ApiClient(entity)
    for owner, amount in (("ann", "20"), ("bob", "1")):
        body = {"operation": "CREDIT_ADD", "owner_id": owner, "amount": amount}
        assert client.post("/api/credits/operations", body).status == 201
    yield entity
    assert verify_books(entity.id) == []


@pytest.fixture
def client(books: Entity) -> ApiClient:
    return ApiClient(books)


def credits_of(books: Entity, owner: str) -> int:
    return int(balance_of(books, wallet_code("CREDIT", owner)))


def write(client: ApiClient, owner: str = "ann", key: str = "", **more: Any) -> Reply:
    return client.post("/content", {"owner_id": owner, "title": "On trees", **more}, key=key)


def test_a_piece_costs_five_and_a_premium_one_ten(books: Entity, client: ApiClient) -> None:
    plain, premium = write(client), write(client, premium=True)
    assert (plain.status, plain.json["cost"], plain.json["premium"]) == (201, 5, False)
    assert (premium.status, premium.json["cost"], premium.json["premium"]) == (201, 10, True)
    assert credits_of(books, "ann") == 5
    assert set(Piece.objects.filter(entity=books).values_list("id", flat=True)) == {
        UUID(plain.json["id"]), UUID(premium.json["id"])
    }  # fmt: skip


def test_who_has_too_little_gets_neither_the_piece_nor_the_spend(books: Entity, client: ApiClient) -> None:
    posted = Journal.objects.filter(entity=books).count()
    assert (write(client, "bob").status, write(client, "bob").code) == (422, "insufficient_funds")
    assert write(client, "nobody").code == "insufficient_funds"
    assert Journal.objects.filter(entity=books).count() == posted
    assert not Piece.objects.filter(entity=books).exists()


def test_what_fails_beside_the_spend_takes_it_back(books: Entity) -> None:
    def hook(_tx: Transaction, _entry: UUID) -> None:
        raise NoRoomError

    request = Request(ContentOperations, "CONTENT_CREATION", "ann", uuid4().hex)
    with pytest.raises(NoRoomError):
        run_operation(books.id, request, Runner("test", frozenset({"post"})), hook)
    assert credits_of(books, "ann") == 20


def test_a_retry_gets_the_same_piece_and_a_key_is_for_one(books: Entity, client: ApiClient) -> None:
    first, again = write(client, key="once"), write(client, key="once")
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert write(client, key="once", title="On stones").code == "idempotency_key_reused"
    assert write(client, key="once", premium=True).code == "idempotency_key_reused"
    assert credits_of(books, "ann") == 15


def test_a_reader_pays_the_first_time_only(books: Entity, client: ApiClient) -> None:
    path = f"/content/{write(client).json['id']}/access"
    first, again = (client.post(path, {"owner_id": "bob"}, key="") for _ in range(2))
    assert (first.status, first.json["cost"], again.status, again.json["cost"]) == (200, 1, 200, 0)
    assert credits_of(books, "bob") == 0
    assert client.post(path, {"owner_id": "eve"}, key="").code == "insufficient_funds"
    assert client.post(f"/content/{NO_JOURNAL}/access", {"owner_id": "ann"}, key="").status == 404
    elsewhere = ApiClient(an_entity())
    assert elsewhere.post(path, {"owner_id": "ann"}, key="").status == 404


def test_a_reader_who_opens_it_many_times_at_once_pays_once(books: Entity, client: ApiClient) -> None:
    path = f"/content/{write(client).json['id']}/access"

    def opened(_: int) -> int:
        try:
            return int(ApiClient(books).post(path, {"owner_id": "ann"}, key="").json["cost"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(opened, range(8))) == [0] * 7 + [1]
    assert credits_of(books, "ann") == 14
    assert Access.objects.filter(entity=books).count() == 1


@pytest.mark.parametrize(
    "body", [{}, {"owner_id": "ann"}, {"owner_id": "ann", "title": " "}, {"owner_id": "ann", "title": "x" * 201}]
)
def test_what_is_no_piece_is_refused(books: Entity, client: ApiClient, body: dict[str, str]) -> None:
    assert client.post("/content", body, key="").status in (400, 422)
    assert credits_of(books, "ann") == 20
