"""API keys: who may come in, with which scopes, and until when."""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledgerflow.access import authentication, keys
from ledgerflow.access.authentication import forget_callers
from ledgerflow.access.models import ApiKey
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.errors import Malformed
from tests.builders import an_account, an_entity
from tests.client import NO_JOURNAL, ApiClient, Reply

READ = "/api/journals"


@pytest.fixture(scope="module")
def entity() -> Entity:
    entity = an_entity()
    an_account(entity, "CASH")
    an_account(entity, "SALES", "income")
    return entity


def a_transfer_body(**given: Any) -> dict[str, Any]:
    return {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"} | given


def with_header(entity: Entity, authorization: str) -> Reply:
    return ApiClient(entity).get(READ, authorization=authorization)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the process's clock stand so much later, for what the cache remembers."""
    now = time.monotonic() + seconds
    monkeypatch.setattr(time, "monotonic", lambda: now)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer lf_short",
        "Bearer lf_" + "!" * 43,
        "Bearer lf_" + "A" * 43,
        "Bearer lf_" + "A" * 44,
        "Token lf_" + "A" * 43,
        "Bearer \xff\xfe",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_good_key_nobody_comes_in(entity: Entity, header: str, method: str) -> None:
    reply = ApiClient(entity).send(method, READ, authorization=header)
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_word_bearer_is_read_in_any_case(entity: Entity) -> None:
    client = ApiClient(entity)
    assert client.get(READ, authorization=f"bEARER  {client.secret}").status == 200


def test_an_expired_key_is_refused_at_once(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    client = ApiClient(entity, expires_at=clocks.now() + timedelta(hours=1))
    assert client.get(READ).status == 200
    expiry = clocks.now() + timedelta(hours=1)
    monkeypatch.setattr(clocks, "now", lambda: expiry)
    assert client.get(READ).code == "unauthenticated"


def test_a_revoked_key_is_refused_when_its_two_seconds_in_the_cache_are_over(
    entity: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ApiClient(entity)
    assert client.get(READ).status == 200
    keys.revoke_key(client.key)
    assert authentication.CACHE_SECONDS <= 5
    later(monkeypatch, authentication.CACHE_SECONDS)
    assert client.get(READ).code == "unauthenticated"
    assert client.post("/api/transfers", a_transfer_body()).code == "unauthenticated"


def test_revoking_twice_keeps_the_first_moment(entity: Entity) -> None:
    key = ApiClient(entity).key
    keys.revoke_key(key)
    first = key.revoked_at
    keys.revoke_key(key)
    assert first is not None
    assert key.revoked_at == first


def test_a_busy_key_costs_no_query_a_request(entity: Entity) -> None:
    client = ApiClient(entity)
    client.post("/api/transfers", a_transfer_body())
    with CaptureQueriesContext(connection) as captured:
        client.post("/api/transfers", a_transfer_body())
    assert [query["sql"] for query in captured] == []


def test_the_last_use_is_noted_once_a_minute(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    client = ApiClient(entity)
    now = clocks.now()

    def use_at(seconds: int) -> Any:
        moment = now + timedelta(seconds=seconds)
        monkeypatch.setattr(clocks, "now", lambda: moment)
        forget_callers()
        assert client.get(READ).status == 200
        client.key.refresh_from_db()
        return client.key.last_used_at

    assert use_at(0) == now
    assert use_at(59) == now
    assert use_at(60) == now + timedelta(seconds=60)


def test_a_key_row_that_somebody_holds_does_not_make_the_request_wait(entity: Entity) -> None:
    from ledgerflow.books.connections import writer_connection

    client = ApiClient(entity)
    with writer_connection() as other, other.transaction():
        other.execute("SELECT 1 FROM access_apikey WHERE id = %s FOR UPDATE", (client.key.id,))
        assert client.get(READ).status == 200
    client.key.refresh_from_db()
    assert client.key.last_used_at is None


def test_a_use_that_cannot_be_noted_does_not_fail_the_request(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "NOTE_USE", "SELECT 1/0 WHERE %s::text <> %s::text")
    assert ApiClient(entity).get(READ).status == 200


def test_the_cache_does_not_grow_without_end(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_callers()
    monkeypatch.setattr(authentication, "CACHE_LIMIT", 2)
    for client in [ApiClient(entity) for _ in range(5)]:
        assert client.get(READ).status == 200
    assert len(authentication._known) <= 2


@pytest.mark.parametrize(
    "scopes, method, path, body, missing",
    [
        (["post", "manage"], "GET", "/api/journals", None, "read"),
        (["post", "manage"], "GET", f"/api/journals/{NO_JOURNAL}", None, "read"),
        (["read", "manage"], "POST", "/api/transfers", a_transfer_body(), "post"),
        (["read", "manage"], "POST", "/api/journals", {}, "post"),
        (["read", "manage"], "POST", "/api/journals/batch", {}, "post"),
        (["read", "manage"], "POST", f"/api/journals/{NO_JOURNAL}/reverse", {}, "post"),
        (["read", "post"], "POST", "/api/transfers", a_transfer_body(override_limits="because"), "manage"),
        (["read", "post"], "POST", f"/api/journals/{NO_JOURNAL}/reverse", {"override_limits": "because"}, "manage"),
    ],
)
def test_each_scope_is_needed_and_none_implies_another(
    entity: Entity, scopes: list[str], method: str, path: str, body: Any, missing: str
) -> None:
    reply = ApiClient(entity, *scopes).send(method, path, body, idempotency_key=uuid4().hex)
    assert (reply.status, reply.code) == (403, "permission_missing")
    assert reply.json["data"] == {"scope": missing}


def test_only_the_digest_of_a_secret_is_stored(entity: Entity) -> None:
    client = ApiClient(entity)
    row = ApiKey.objects.filter(pk=client.key.pk).values().get()
    assert len(client.secret) == 46
    assert client.secret not in str(row)
    assert client.secret.startswith(row["prefix"])
    assert len(row["prefix"]) < 13


@pytest.mark.parametrize(
    "name, scopes, expires_in, pointer",
    [
        ("", ["read"], None, "/name"),
        ("  ", ["read"], None, "/name"),
        ("x" * 101, ["read"], None, "/name"),
        ("a\x00b", ["read"], None, "/name"),
        ("key", [], None, "/scopes"),
        ("key", ["read", "root"], None, "/scopes"),
        ("key", ["read"], timedelta(seconds=-1), "/expires_at"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(
    entity: Entity, name: str, scopes: list[str], expires_in: timedelta | None, pointer: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        keys.create_key(entity, name, scopes, None if expires_in is None else clocks.now() + expires_in)
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("application", [" ", "a/b", "9", "x" * 41, "a\n"])
def test_a_key_is_bound_to_what_can_be_an_application(entity: Entity, application: str) -> None:
    with pytest.raises(Malformed) as refusal:
        keys.create_key(entity, "key", ["read"], application=application)
    assert refusal.value.pointer == "/application"


def test_an_expiry_needs_a_time_zone(entity: Entity) -> None:
    with pytest.raises(Malformed):
        keys.create_key(entity, "key", ["read"], (clocks.now() + timedelta(days=1)).replace(tzinfo=None))
