"""The literal endpoints at the root: whole numbers in and out, a nonce for each operation, and keys of one application."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connections
from pytest_django import Settings

from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Operation
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.borrowing import close_borrowed
from ledgerflow.books.connections import close_idle
from ledgerflow.books.models import Entity, Event
from tests.builders import an_entity
from tests.client import ApiClient, Reply
from tests.services.proxy import Cut, proxied
from tests.web.test_hotpath import WsgiClient

HERE = "applications_of_doors"
MEMBERS = ["id", "operation", "owner_id", "amount", "nonce", "created_at", "updated_at"]


class Arcade(BaseLedgerOperations):
    NAME = "arcade"
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("VISIT", "none", Amount(fixed=0)),
        Operation("TIP", "spend", Amount(default=0, least=0, most=5)),
    )


class Shares(BaseLedgerOperations):
    NAME = "shares"
    UNIT = "SHARE"
    MINOR_UNITS = 2


@pytest.fixture
def books() -> Entity:
    return an_entity()


@pytest.fixture
def client(books: Entity) -> ApiClient:
    """Of the application of the settings, the only one there is."""
    return ApiClient(books)


@pytest.fixture
def _three(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, HERE, sys.modules[__name__])
    paths = [f"{HERE}.Arcade", f"{HERE}.Shares", "apps.content.operations.ContentOperations"]
    settings.LEDGERFLOW_APPLICATIONS = paths


def do(client: ApiClient, operation: str, owner: str = "ann", nonce: str = "", **more: Any) -> Reply:
    body = {"operation": operation, "owner_id": owner, "nonce": nonce or uuid4().hex} | more
    return client.post("/ledger", body, key="")


def balance(client: ApiClient, owner: str = "ann") -> Any:
    return client.get(f"/balance/{quote(owner, safe='')}").json


def test_operations_are_entered_and_the_balance_follows(books: Entity, client: ApiClient) -> None:
    assert balance(client) == {"owner_id": "ann", "balance": 0, "last_updated": None}
    given = do(client, "CREDIT_ADD", nonce="first", amount=100)
    assert (given.status, given.json["balance"], list(given.json["entry"])) == (200, 100, MEMBERS)
    body = {"operation": "CREDIT_SPEND", "owner_id": "ann", "nonce": "second", "amount": 30}
    spent = client.post("/ledger/entry", body, key="").json
    entry = spent["entry"]
    assert (entry["amount"], entry["nonce"], spent["balance"]) == (-30, "second", 70)
    assert entry["created_at"] == entry["updated_at"] == balance(client)["last_updated"]
    assert str(Journal.objects.get(entity=books, description="CREDIT_SPEND").id) == entry["id"]
    assert do(client, "CONTENT_CREATION").json["balance"] == balance(client)["balance"] == 65
    daily = do(client, "DAILY_REWARD")
    assert (daily.json["entry"]["amount"], do(client, "DAILY_REWARD").code) == (1, "already_granted")
    poor = do(client, "CREDIT_SPEND", amount=67, nonce="poor")
    assert (poor.status, poor.code) == (422, "insufficient_funds")
    assert do(client, "CREDIT_SPEND", "nobody").code == "insufficient_funds"
    assert do(client, "CREDIT_ADD", amount=1).json["balance"] == 67
    assert do(client, "CREDIT_SPEND", amount=67, nonce="poor").json["balance"] == 0  # a refusal uses no nonce up
    unknown = do(client, "X" * 50)
    assert (unknown.status, unknown.code) == (422, "invalid_operation")
    assert verify_books(books.id) == []


@pytest.mark.parametrize("amount", ["-5", "true", "1e3", "5.0", '"5"', "007", "[5]"])
def test_an_amount_that_is_not_whole_is_refused_by_name(client: ApiClient, amount: str) -> None:
    body = b'{"operation":"CREDIT_ADD","owner_id":"ann","nonce":"n","amount":%b}' % amount.encode()
    reply = client.send("POST", "/ledger", body)
    assert reply.status in (400, 422)
    assert (reply.code, reply.pointers) in [("amount_not_whole", ["/amount"]), ("malformed", [""])]
    assert (reply.code == "malformed") == (amount == "007")  # which is no JSON


def test_a_nonce_that_was_used_fails_with_the_first_entry(books: Entity, client: ApiClient) -> None:
    first = do(client, "CREDIT_ADD", nonce="n", amount=5).json["entry"]
    for again in (
        do(client, "CREDIT_ADD", nonce="n", amount=5),
        do(client, "CREDIT_SPEND", "bob", nonce="n", amount=9),
        do(client, "LEAVE", nonce="n"),
    ):
        assert (again.status, again.code, again.pointers) == (409, "duplicate_nonce", ["/nonce"])
        assert again.json["data"] == {"nonce": "n", "entry": first}
    daily = do(client, "DAILY_REWARD", nonce="day").json["entry"]
    assert do(client, "DAILY_REWARD", nonce="day").json["data"]["entry"] == daily
    assert (balance(client)["balance"], Journal.objects.filter(entity=books).count()) == (6, 2)
    key = client.post("/api/credits/operations", {"operation": "CREDIT_ADD", "owner_id": "ann"}, key="content/n")
    assert key.status == 201  # what callers call a key is no nonce
    for nonce in ("", "a b", "ü", "x" * 201, "a\n"):
        wanted = {"operation": "CREDIT_ADD", "owner_id": "ann", "nonce": nonce}
        refused = client.post("/ledger", wanted, key="")
        assert (refused.status, refused.code, refused.pointers) == (422, "invalid_nonce", ["/nonce"])
    assert do(client, "CREDIT_ADD", nonce='"' + "x" * 199).status == 200


@pytest.mark.usefixtures("_three")
def test_keys_are_of_one_application_and_nonces_too(books: Entity, client: ApiClient) -> None:
    needed = do(client, "CREDIT_ADD", amount=1)
    assert (needed.status, needed.code) == (422, "application_needed")
    assert client.get("/balance/ann").code == "application_needed"
    arcade, content = (ApiClient(books, application=name) for name in ("arcade", "content"))
    assert do(arcade, "CREDIT_ADD", nonce="n", amount=3).json["balance"] == 3
    assert do(content, "CREDIT_ADD", nonce="n", amount=4).json["balance"] == 7  # of one wallet
    assert do(content, "VISIT").code == "invalid_operation"
    wanted = {"operation": "CREDIT_SPEND", "owner_id": "ann"}
    assert arcade.post("/api/credits/operations", wanted).json["entry"]["application"] == "arcade"
    other = arcade.post("/api/credits/operations", wanted | {"application": "content"})
    assert (other.status, other.code, other.pointers) == (403, "application_of_key", ["/application"])
    items = [wanted | {"application": name, "idempotency_key": name} for name in ("content", "arcade")]
    batch = arcade.post("/api/credits/operations/batch", {"mode": "each", "items": items}, key="").json["results"]
    assert (batch[0]["error"]["code"], batch[1]["status"]) == ("application_of_key", "posted")
    piece = {"owner_id": "ann", "title": "A piece"}
    assert arcade.post("/content", piece).code == "application_of_key"
    assert content.post("/content", piece).status == 201
    assert do(ApiClient(books, application="gone"), "CREDIT_ADD").code == "application_unknown"
    shares = ApiClient(books, application="shares")
    for reply in (do(shares, "CREDIT_ADD", amount=1), shares.get("/balance/ann")):
        assert (reply.code, reply.json["data"]["minor_units"]) == ("unit_not_whole", 2)
    assert shares.post("/api/credits/operations", wanted | {"operation": "CREDIT_ADD", "amount": "1.25"}).status == 201


@pytest.mark.usefixtures("_three")
def test_what_moves_nothing_answers_with_the_balance(books: Entity) -> None:
    arcade = ApiClient(books, application="arcade")
    assert do(arcade, "VISIT").json["balance"] == 0
    do(arcade, "CREDIT_ADD", amount=8)
    seen = do(arcade, "VISIT", nonce="n")
    assert (seen.status, seen.json["entry"]["amount"], seen.json["balance"]) == (200, 0, 8)
    assert do(arcade, "VISIT", nonce="n").json["data"]["entry"] == seen.json["entry"]
    assert [do(arcade, "TIP", amount=amount).json["balance"] for amount in (0, None, 2)] == [8, 8, 6]
    assert Event.objects.filter(entity=books, type="credits.noted").count() == 4
    assert verify_books(books.id) == []


@pytest.mark.parametrize("owner", ["a/b", "/a//b/", "a\nb", "ä b", "x" * 100, "?#%2F"])
def test_any_owner_that_can_have_credits_has_a_balance(client: ApiClient, owner: str) -> None:
    assert do(client, "CREDIT_ADD", owner, amount=2).json["entry"]["owner_id"] == owner
    assert balance(client, owner)["balance"] == 2


@pytest.mark.parametrize("owner", ["x" * 101, " ", "a\x00"])
def test_an_owner_that_cannot_have_any_is_refused(client: ApiClient, owner: str) -> None:
    assert {do(client, "CREDIT_ADD", owner).status, client.get(f"/balance/{quote(owner)}").status} == {400}


def test_of_many_with_one_nonce_one_is_done(books: Entity, client: ApiClient) -> None:
    do(client, "CREDIT_ADD", amount=50)

    def ask(number: int) -> Reply:
        try:
            return do(client, "CREDIT_SPEND", nonce="n", amount=1 + number % 2)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(ask, range(16)))
    (done,) = [one for one in replies if one.status == 200]
    others = [one for one in replies if one is not done]
    assert {(one.status, one.code) for one in others} == {(409, "duplicate_nonce")}
    assert all(one.json["data"]["entry"] == done.json["entry"] for one in others)
    assert Journal.objects.filter(entity=books).count() == 2


@pytest.mark.parametrize("cut", [Cut.UNANSWERED, Cut.BEFORE])
def test_what_was_cut_off_once_is_nobody_elses(
    monkeypatch: pytest.MonkeyPatch, books: Entity, client: ApiClient, cut: Cut
) -> None:
    """The second try finds what the first has posted, which is no duplicate: it is the same request."""
    do(client, "CREDIT_ADD", amount=6)
    do(client, "CREDIT_SPEND", amount=1)
    with proxied(monkeypatch) as proxy:
        proxy.arm(cut)
        spent = do(client, "CREDIT_SPEND", nonce="n", amount=2)
        assert proxy.is_spent
    assert (spent.status, spent.json["balance"]) == (200, 3)
    assert do(client, "CREDIT_SPEND", nonce="n", amount=2).json["data"]["entry"] == spent.json["entry"]
    assert Journal.objects.filter(entity=books).count() == 3


@pytest.mark.parametrize("cut", [Cut.UNANSWERED, Cut.BEFORE, Cut.ROWS])
def test_trouble_with_the_database_is_a_503_and_the_nonce_tells(
    monkeypatch: pytest.MonkeyPatch, books: Entity, client: ApiClient, cut: Cut
) -> None:
    do(client, "CREDIT_ADD", amount=6)
    do(client, "CREDIT_SPEND", amount=1)
    with proxied(monkeypatch) as proxy:
        proxy.arm(cut, times=2)
        lost = do(client, "CREDIT_SPEND", nonce="n", amount=2)
        assert proxy.is_spent
    assert (lost.status, lost.json["retryable"], lost.headers["Retry-After"]) == (503, True, "1")
    assert lost.code == ("try_again" if cut is Cut.ROWS else "outcome_unknown")
    again = do(client, "CREDIT_SPEND", nonce="n", amount=2)
    assert again.status == (409 if cut is Cut.UNANSWERED else 200)
    assert balance(client)["balance"] == 3
    assert verify_books(books.id) == []


@pytest.fixture
def _away(client: ApiClient) -> Iterator[None]:
    """No connection can be had; the key is known by then."""
    balance(client)
    found = [connections.settings[alias] for alias in ("default", "writer")]
    before = [dict(one) for one in found]
    connections["default"].close()
    close_borrowed()
    close_idle()
    for one in found:
        one.update({"HOST": "127.0.0.1", "PORT": "1"})
    yield
    for one, kept in zip(found, before, strict=True):
        one.update(kept)


@pytest.mark.usefixtures("_away")
def test_a_database_that_is_away_is_a_503(client: ApiClient) -> None:
    for reply in (do(client, "CREDIT_ADD"), client.get("/balance/ann")):
        assert (reply.status, reply.code) == (503, "try_again")


def test_the_short_way_keeps_no_connection_and_replaces_one_that_broke(books: Entity) -> None:
    wsgi = WsgiClient(books)
    close_borrowed()

    def ask(path: str, **more: Any) -> tuple[int, list[Any]]:
        body = {"operation": "CREDIT_ADD", "owner_id": "ann"} | more
        status = wsgi.send("POST", path, body, HTTP_HOST="stranger.example")[0]  # which the long way does not serve
        return status, list(connections.all(initialized_only=True))

    with ThreadPoolExecutor(1) as thread:
        for path in ("/ledger", "/ledger/entry", "/ledger"):
            nonce = uuid4().hex
            assert thread.submit(ask, path, nonce=nonce).result() == (200, [])
            assert thread.submit(ask, path, nonce=nonce).result() == (409, [])
            end_other_sessions()
        assert thread.submit(ask, "/api/credits/operations").result() == (201, [])
        batch = {"mode": "each", "items": []}
        assert thread.submit(ask, "/api/credits/operations/batch", **batch).result() == (400, [])


def end_other_sessions() -> None:
    """As a restart of the server does; those of writing are made anew by themselves."""
    from ledgerflow.books.borrowing import _idle

    for wrapper in _idle["default"]:
        wrapper.connection.close()


def test_addresses_at_the_root_are_the_apis() -> None:
    from django.test import Client

    client = Client()
    assert Reply(client.get("/ledger")).code == "unauthenticated"
    assert Reply(client.get("/balance/")).code == "not_found"
    assert Reply(client.get("/ledger/other")).code == "not_found"
    health = Reply(client.get("/health"))
    assert (health.status, health.json["status"], health.json["ready"]) == (200, "healthy", True)
    assert health.json.keys() - {"status"} == Reply(client.get("/api/health")).json.keys()
