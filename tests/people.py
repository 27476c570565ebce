"""Who works in the admin, and the books they look at."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.client import FakePayload
from django.test.utils import CaptureQueriesContext
from factory.declarations import LazyFunction
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted


class UserFactory(DjangoModelFactory[User]):
    """An active member of staff; `permissions` are those he has, each as `app.codename`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = LazyFunction(lambda: f"p-{uuid4().hex[:12]}")  # type: ignore[no-untyped-call]
    is_staff = True

    @classmethod
    def _create(cls, model_class: type[User], *_args: Any, **given: Any) -> User:
        return model_class.objects.create_user(**given)

    @post_generation  # type: ignore[untyped-decorator]  # ships half its types
    def permissions(self: Any, _create: bool, names: Any) -> None:
        for permission in names or ():
            app, codename = permission.split(".")
            self.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))


def a_user(*permissions: str, **given: Any) -> User:
    """An active member of staff with these permissions."""
    user: User = UserFactory.create(permissions=permissions, **given)
    return user


def an_operator() -> Client:
    """Somebody who may do everything the admin offers."""
    return logged_in(a_user(is_superuser=True))


def a_member_of_staff(*permissions: str) -> Client:
    """Somebody with the permissions named as `app.codename`, and no others."""
    return logged_in(a_user(*permissions))


def a_shop() -> Entity:
    """Books with cash, sales and a wallet, and two journals."""
    entity = an_entity(name="Corner shop")
    an_account(entity, "1001-CASH", name="Cash in the till")
    an_account(entity, "4001-SALES", "income", name="Sales")
    an_account(entity, "2001-ALICE", "liability", name="Wallet", owner_id="alice", role="wallet", min_balance="0")
    posted(entity, a_transfer("1001-CASH", "4001-SALES", "1234.50", description="Monday", external_reference="T-1"))
    posted(entity, a_transfer("1001-CASH", "2001-ALICE", "20.00", description="Top-up", key="alice-1"))
    return entity


def queries(client: Client, url: str) -> int:
    """How many queries a page takes, in its books where it is in any."""
    asked = client.get(url).request
    address = f"{asked['PATH_INFO']}?{asked['QUERY_STRING']}"
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def person_behind(client: Client) -> str:
    """Who is signed in there, as events name him."""
    return f"user:{client.session['_auth_user_id']}"


class OperatorClient(Client):
    """A browser that goes on where a page without books in its address leads: to the same page in the books.

    So that tests can write `/admin/journals/journal/` with `entity`, or the page of a row, as people do in a hurry.
    """

    def request(self, **environ: Any) -> Any:
        body = environ["wsgi.input"].read() if "wsgi.input" in environ else b""
        response = super().request(**{**environ, **({"wsgi.input": FakePayload(body)} if body else {})})
        asked, address = environ["PATH_INFO"], response.headers.get("Location", "")
        path, _, query = address.partition("?")
        leads_on = path.startswith("/admin/e/") and unquote(path.split("/", 4)[4]) == asked.removeprefix("/admin/")
        if not leads_on or asked.startswith("/admin/e/") or not asked.startswith("/admin/"):
            return response
        again = environ | {"PATH_INFO": unquote(path), "QUERY_STRING": query}
        return super().request(**{**again, **({"wsgi.input": FakePayload(body)} if body else {})})


def logged_in(user: User) -> Client:
    client = OperatorClient()
    client.force_login(user)
    return client
