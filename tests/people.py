"""Who works in the admin, and the books they look at."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted


def an_operator() -> Client:
    """Somebody who may do everything the admin offers."""
    return _logged_in(User.objects.create_superuser(f"op-{uuid4().hex[:10]}"))


def a_member_of_staff(*permissions: str) -> Client:
    """Somebody with the permissions named as `app.codename`, and no others."""
    user = User.objects.create_user(f"staff-{uuid4().hex[:10]}", is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return _logged_in(user)


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
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def person_behind(client: Client) -> str:
    """Who is signed in there, as events name him."""
    return f"user:{client.session['_auth_user_id']}"


def _logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
