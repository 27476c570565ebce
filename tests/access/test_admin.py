"""API keys: made with a form, shown once, revoked for good."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from ledgerflow.access.keys import create_key
from ledgerflow.access.models import ApiKey
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from tests.pages import KEYS, page_of, read, send, text_of

ADD = f"{KEYS}add/"


def make(client: Client, entity: Entity, **given: object) -> str:
    fields = {"name": "Web shop", "scopes": ["read", "post"]} | given
    response = client.post(f"{ADD}?entity={entity.code}", fields)
    assert response.status_code == 200
    return text_of(response)


def secret_in(page: str) -> str:
    (secret,) = [word for word in page.split() if word.startswith("lf_") and not word.endswith("…")]
    return secret


def test_the_secret_is_shown_once_and_never_again(operator: Client, shop: Entity) -> None:
    page = make(operator, shop)
    secret = secret_in(page)
    key = ApiKey.objects.get(entity=shop)
    assert key.digest == sha256(secret.encode()).hexdigest()
    assert (key.name, key.scopes, key.expires_at) == ("Web shop", ["read", "post"], None)
    assert key.created_by == key.person
    assert key.person == f"user:{User.objects.get(username=key.person_name).pk}"
    assert key.person_name.startswith("p-")
    assert "shown this once" in page
    for later in (KEYS, page_of(key), ADD, "/admin/", f"{KEYS}{key.pk}/history/"):
        body = operator.get(later, {"entity": shop.code}).content.decode()
        assert secret not in body
        assert secret[10:] not in body
    assert secret not in str(dict(operator.session))
    assert not LogEntry.objects.filter(change_message__contains=secret[10:]).exists()


def test_the_page_with_the_secret_is_kept_by_no_cache(operator: Client, shop: Entity) -> None:
    response = operator.post(f"{ADD}?entity={shop.code}", {"name": "Web shop", "scopes": ["read"]})
    assert "no-store" in response.headers["Cache-Control"]


def test_a_key_may_expire(operator: Client, shop: Entity) -> None:
    tomorrow = clocks.now() + timedelta(days=1)
    make(operator, shop, expires_at=tomorrow.strftime("%Y-%m-%dT%H:%M"))
    key = ApiKey.objects.get(entity=shop)
    assert key.expires_at == tomorrow.replace(second=0, microsecond=0)
    assert "active for 23 hours" in read(operator, page_of(key))


@pytest.mark.parametrize(
    "given, said",
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["everything"]}, "Select a valid choice."),
        ({"expires_at": "2020-01-01T00:00"}, "An expiry is a moment in the future"),
        ({"expires_at": "soon"}, "Enter a valid date/time."),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    operator: Client, quiet_shop: Entity, given: dict[str, object], said: str
) -> None:
    assert said in make(operator, quiet_shop, **given)
    assert not ApiKey.objects.filter(entity=quiet_shop).exists()


def test_a_key_is_revoked_for_good(operator: Client, shop: Entity) -> None:
    key, _ = create_key(shop, "Old shop", ["read"])
    assert "This cannot be undone." in read(operator, f"{KEYS}{key.pk}/revoke/")
    page = send(operator, f"{KEYS}{key.pk}/revoke/")
    assert "Old shop is revoked." in page
    assert "Status revoked" in page
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "revoked" in read(operator, KEYS, entity=shop.code)


def test_the_list_tells_the_states_apart(operator: Client, shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    create_key(shop, "for ever", ["read"])
    with monkeypatch.context() as patch:
        patch.setattr(clocks, "now", lambda: datetime(2020, 1, 1, tzinfo=UTC))
        create_key(shop, "old", ["read"], datetime(2020, 1, 2, tzinfo=UTC))
    page = read(operator, KEYS, entity=shop.code)
    assert "active" in page
    assert "expired" in page


def test_unknown_keys_and_books_are_no_error(operator: Client, shop: Entity) -> None:
    for page in ("revoke", "history", "change"):
        said = text_of(operator.get(f"{KEYS}{shop.pk}/{page}/", follow=True))
        assert f"There is no API key with the id '{shop.pk}'." in said
        assert "deleted" not in said
    assert "A key needs an entity" in send(operator, f"{ADD}?entity=no-such-books", name="x", scopes=["read"])
