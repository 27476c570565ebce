"""An API key does what the person behind it may, while he may; and each key is an event that is proven."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from journals.proof.ledger import verify_books
from ledgerflow.access import authentication, scopes
from ledgerflow.access.errors import ScopesExceedPerson
from ledgerflow.access.keys import create_key, revoke_key
from ledgerflow.access.models import ApiKey
from ledgerflow.access.proof import COLUMNS, UNPROVEN, check_keys
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import PersonUnknown
from ledgerflow.core.plugins import registry
from tests.approving import a_person, allow, user_of
from tests.builders import an_entity
from tests.client import ApiClient
from tests.people import a_user

EXPIRY = datetime(2090, 1, 1, tzinfo=UTC)


@pytest.fixture
def books() -> Entity:
    return an_entity()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers of a key is asked anew."""
    now = time.monotonic() + authentication.CACHE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: now)


def leave(person: str, how: str) -> None:
    user = user_of(person)
    if how == "deleted":
        user.delete()
    else:
        user.is_active = False
        user.save()


@pytest.mark.parametrize("scope", scopes.SCOPES)
def test_nobody_makes_a_key_that_may_more_than_he(books: Entity, scope: str) -> None:
    others = [one for one in scopes.SCOPES if one != scope]
    person = a_person()
    allow(person, others)
    create_key(books, "his", others, person=person)
    with pytest.raises(ScopesExceedPerson) as refusal:
        create_key(books, "hers", scopes.SCOPES, person=person)
    assert (refusal.value.pointer, refusal.value.data) == ("/scopes", {"scopes": scope})
    assert ApiKey.objects.filter(entity=books).count() == 1


@pytest.mark.parametrize("scope", scopes.SCOPES)
def test_one_permission_that_is_missing_is_a_scope_that_is_missing(books: Entity, scope: str) -> None:
    person = a_person()
    allow(person, [scope])
    user = user_of(person)
    for permission in user.user_permissions.all():
        user.user_permissions.remove(permission)
        assert scope not in scopes.scopes_open_to(user_of(person), books.pk), permission
        user.user_permissions.add(permission)
    assert scope in scopes.scopes_open_to(user_of(person), books.pk)


def test_every_permission_that_a_scope_takes_exists() -> None:
    for scope in scopes.SCOPES:
        names = registry.permissions_of_scope(scope)
        assert names
        for name in names:
            app, codename = name.split(".")
            assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists(), name


def test_a_superuser_may_all_and_a_key_of_nobody_too(books: Entity) -> None:
    root = a_user(is_superuser=True)
    assert scopes.scopes_open_to(root, books.pk) == list(scopes.SCOPES)
    assert create_key(books, "a program", scopes.SCOPES)[0].person == ""


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
@pytest.mark.parametrize("scope", scopes.SCOPES)
def test_a_key_ends_with_its_person(books: Entity, scope: str, how: str, later: None) -> None:
    person = a_person()
    api = ApiClient(books, scope, person=person)
    leave(person, how)
    for method, path in (("GET", "/api/accounts"), ("POST", "/api/transfers"), ("PATCH", "/api/entity")):
        reply = api.send(method, path, {})
        assert (reply.status, reply.code) == (401, "unauthenticated")


def test_a_key_that_was_just_used_ends_when_its_two_seconds_in_the_cache_are_over(
    books: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = a_person()
    api = ApiClient(books, person=person)
    assert api.get("/api/accounts").status == 200
    leave(person, "deactivated")
    now = time.monotonic() + authentication.CACHE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert "ended with its person" in api.get("/api/accounts").json["detail"]


def test_a_key_loses_a_scope_with_its_persons_permission(books: Entity, later: None) -> None:
    person = a_person()
    api = ApiClient(books, person=person)
    user = user_of(person)
    user.user_permissions.remove(Permission.objects.get(codename="add_journal"))
    assert api.get("/api/accounts").status == 200
    reply = api.post("/api/transfers", {})
    assert (reply.code, reply.json["data"]) == ("permission_missing", {"scope": "post"})


def test_a_key_for_who_left_is_not_made(books: Entity) -> None:
    person = a_person()
    leave(person, "deactivated")
    with pytest.raises(PersonUnknown):
        create_key(books, "late", ["read"], person=person)


def test_the_command_gives_no_more_than_its_user_may(books: Entity) -> None:
    user = user_of(a_person())
    with pytest.raises(CommandError, match="lacks permissions that these scopes take: read"):
        call_command("create_api_key", entity=books.code, name="x", scopes="read", for_user=user.username)
    assert not ApiKey.objects.filter(entity=books).exists()


def test_the_command_binds_a_key(books: Entity) -> None:
    call_command("create_api_key", entity=books.code, name="shop", scopes="post", application="content")
    assert ApiKey.objects.get(entity=books).application == "content"
    assert verify_books(books.pk) == []


def test_making_and_revoking_a_key_are_events_of_the_entity(books: Entity) -> None:
    key, secret = create_key(books, "till", ["read"], actor="user:1")
    revoke_key(key, actor="user:2")
    revoke_key(key, actor="user:3")
    made, revoked = books.events.filter(subject=str(key.pk)).order_by("sequence")
    assert [(one.type, one.actor) for one in (made, revoked)] == [
        ("api_key.created", "user:1"), ("api_key.revoked", "user:2"),
    ]  # fmt: skip
    assert (made.recorded_at, revoked.recorded_at) == (key.created_at, key.revoked_at)
    assert key.digest in made.data
    assert secret not in made.data
    assert verify_books(books.pk) == []


FORGED: dict[str, Any] = {
    "id": uuid4(), "name": "other", "prefix": "lf_other", "digest": "f" * 64, "scopes": '["manage"]',
    "created_at": "2999-01-01T00:00:00Z", "created_by": "other", "person": "user:0", "person_name": "other",
    "application": "other", "expires_at": "2999-01-01T00:00:00Z", "revoked_at": "1900-01-01T00:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize("column", sorted({str(field.column) for field in ApiKey._meta.fields} - UNPROVEN))
def test_a_rewritten_column_of_a_key_is_named(books: Entity, forger: psycopg.Connection[Any], column: str) -> None:
    key, _ = create_key(books, "till", ["read"], EXPIRY, actor="user:1")
    assert list(check_keys(forger, books.pk)) == []
    value = an_entity().pk if column == "entity_id" else FORGED[column]
    forger.execute(f"UPDATE access_apikey SET {column} = %s WHERE id = %s", (value, key.pk))
    found = list(check_keys(forger, books.pk))
    assert {fault[2] for fault in found} == ({"row"} if column == "id" else {column})
    assert all(expected != was for *_, expected, was in found)


def test_every_column_of_a_key_is_compared() -> None:
    assert {field.column for field in ApiKey._meta.fields} == set(COLUMNS) | UNPROVEN


def test_a_key_that_was_revoked_and_lives_again_is_named(books: Entity, forger: psycopg.Connection[Any]) -> None:
    key, _ = create_key(books, "till", ["read"])
    revoke_key(key)
    forger.execute("UPDATE access_apikey SET revoked_at = NULL WHERE id = %s", (key.pk,))
    assert [fault[:3] for fault in check_keys(forger, books.pk)] == [("access_apikey", str(key.pk), "revoked_at")]


def test_a_key_that_was_slipped_in_or_taken_away_is_named(books: Entity, forger: psycopg.Connection[Any]) -> None:
    key, _ = create_key(books, "till", ["read"])
    forger.execute("DELETE FROM access_apikey WHERE id = %s", (key.pk,))
    forger.execute(
        """INSERT INTO access_apikey (id, entity_id, name, prefix, digest, scopes, created_at, created_by, person,
                                      person_name)
           VALUES (gen_random_uuid(), %s, 'x', 'x', 'x', '["read"]', now(), '', '', '')""",
        (books.pk,),
    )
    assert [fault[2:4] for fault in check_keys(forger, books.pk)] == [("row", "a row"), ("row", "absent")]


def test_an_event_of_a_key_that_tells_nothing_is_named(books: Entity, forger: psycopg.Connection[Any]) -> None:
    create_key(books, "till", ["read"])
    forger.execute("UPDATE books_event SET data = '{}' WHERE entity_id = %s AND type = 'api_key.created'", (books.pk,))
    assert [fault[:3:2] for fault in check_keys(forger, books.pk)] == [("books_event", "data")]
