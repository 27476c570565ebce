"""`python try_out.py`: the shop posts, gives and spends credits, closes a day and has two people reopen it.

It needs the database of the settings, migrated. Each run makes books of its own, and stops at the first thing that is
not as it should be.
"""

from __future__ import annotations

import json
import os
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - only once Django is set up
from django.db import transaction  # noqa: E402 - the same
from django.test import Client  # noqa: E402 - the same
from downloads.models import Download  # noqa: E402 - the same
from downloads.operations import ShopOperations  # noqa: E402 - the same
from downloads.paying import RUNNER, pay, take, take_at_once  # noqa: E402 - the same
from members.models import Member  # noqa: E402 - the same
from shop import celery_app  # noqa: E402 - the same

import ledgerflow  # noqa: E402 - the same
from apps.credits.use_cases import Request, run_operation  # noqa: E402 - the same
from journals.models import Journal  # noqa: E402 - the same
from ledgerflow.books.models import Entity  # noqa: E402 - the same
from ledgerflow.core.errors import LedgerError  # noqa: E402 - the same

DAY = date(2026, 3, 2)
PASSWORD = "Long enough for anybody 42"  # noqa: S105 - of members that nobody knows


class Api:
    """The API of LedgerFlow as programs call it, below the prefix of this project."""

    def __init__(self, key: str) -> None:
        self._client = Client(headers={"authorization": f"Bearer {key}"}, raise_request_exception=False)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, expect: int = 200) -> Any:
        headers = {"idempotency-key": uuid4().hex}
        text = json.dumps(body or {})
        response = self._client.generic(method, f"/money/{path}", text, "application/json", headers=headers)
        assert response.status_code == expect, (path, response.status_code, response.content)
        return response


def main() -> None:
    ann, bob = (
        Member.objects.create_superuser(f"{name}-{uuid4().hex}@shop.example", PASSWORD) for name in ("ann", "bob")
    )
    code = f"shop-{uuid4().hex[:8]}"
    call_command("create_entity", code=code, name="The shop", base_currency="EUR", business_date=DAY, stdout=StringIO())
    entity = Entity.objects.get(code=code)
    api, other = (Api(key_for(entity, person)) for person in (ann, bob))
    posts(api)
    spends(api, entity, ann)
    closes(api, other, entity)
    is_under_the_prefix(api)
    is_in_the_admin(entity, ann)
    is_scheduled()
    call_command("verify_ledger", entity=code, stdout=StringIO())
    # The settings of this project ask for no other tables than LedgerFlow's migrations make.
    call_command("makemigrations", check_changes=True, dry_run=True, stdout=StringIO())
    print(f"posted, spent and closed with {ledgerflow.__file__}")


def key_for(entity: Entity, member: Member) -> str:
    """An API key that acts for a member, who is named by his address."""
    out = StringIO()
    given = {"entity": entity.code, "name": "try out", "scopes": "read,post,manage", "for_user": member.email}
    call_command("create_api_key", **given, stdout=out)
    return out.getvalue().split()[-1]


def posts(api: Api) -> None:
    for account, kind in (("1000", "asset"), ("4000", "income")):
        api.ask("POST", "api/accounts", {"code": account, "name": account, "type": kind, "currency": "EUR"}, 201)
    sale = {"debit_account": "1000", "credit_account": "4000", "amount": "12.50", "currency": "EUR"}
    assert api.ask("POST", "api/transfers", sale, 201).json()["journal"]["number"] == 1


def spends(api: Api, entity: Entity, ann: Member) -> None:
    owner = str(ann.pk)
    granted = run_operation(entity.id, Request(ShopOperations, "WELCOME", owner, key=f"welcome:{owner}"), RUNNER)
    assert granted.status == "posted"
    unpaid = take(entity.id, ann, "A manual")  # committed, so that it was paid at once
    pay(entity.id, unpaid)  # and again, which changes nothing
    assert [take_at_once(entity.id, ann, "A map", "one").status for _ in range(2)] == ["posted", "replayed"]
    api.ask("POST", "api/credits/operations", {"operation": "DOWNLOAD", "owner_id": owner, "application": "shop"}, 201)
    assert list(Download.objects.filter(member=ann, is_paid=True).values_list("title", flat=True)) == [
        "A manual",
        "A map",
    ]
    left = api.ask("GET", f"api/owners/{owner}/balances").json()
    assert Decimal(left["results"][0]["balance"]) == Decimal(5), left
    with transaction.atomic():  # what the shop takes back is not paid
        take(entity.id, ann, "Nothing")
        transaction.set_rollback(True)
    take_at_once(entity.id, ann, "The last one", "two")
    assert code_of_refusal(entity, ann) == "insufficient_funds"
    assert Download.objects.filter(member=ann).count() == 3


def code_of_refusal(entity: Entity, ann: Member) -> str:
    try:
        take_at_once(entity.id, ann, "Too much", "three")
    except LedgerError as refusal:
        return refusal.code
    return ""


def closes(api: Api, other: Api, entity: Entity) -> None:
    assert api.ask("POST", f"api/days/{DAY}/close").json()["status"] == "closed"
    asked = api.ask("POST", f"api/days/{DAY}/reopen", {"reason": "A sale was forgotten"}, 201)
    proposal = asked.headers["Location"].removeprefix("/money/")
    api.ask("POST", f"{proposal}/approve", expect=403)  # nobody approves his own
    done = other.ask("POST", f"{proposal}/approve").json()
    assert done["decision"]["decided_by_name"].startswith("bob-"), done
    call_command("close_day", entity=entity.code, stdout=StringIO())
    entity.refresh_from_db()
    assert entity.business_date > DAY


def is_under_the_prefix(api: Api) -> None:
    paths = api.ask("GET", "api/schema?format=json").json()["paths"]
    assert {path.split("/")[1] for path in paths} == {"money"}
    assert b"/money/api/schema" in api.ask("GET", "api/docs?script=").content
    assert api.ask("GET", "api/nothing", expect=404).json()["status"] == 404
    assert api.ask("GET", "api/health").json()["ready"]
    assert api.ask("GET", "api/journals?limit=1").json()["next"].startswith("http://testserver/money/api/journals?")


def is_in_the_admin(entity: Entity, ann: Member) -> None:
    client = Client()
    signed_in = client.post("/office/login/?next=/office/", {"username": ann.email, "password": PASSWORD})
    assert signed_in.status_code == 302, signed_in.content
    journal = Journal.objects.filter(entity=entity).first()
    assert journal is not None
    pages = ("", "members/member/", "journals/journal/", f"journals/journal/{journal.pk}/change/", "access/apikey/")
    reports = ("reports/trial-balance/", "reports/audit-files/")
    for page in (*pages, *reports):
        shown = client.get(f"/office/{page}?entity={entity.code}", follow=True)
        assert shown.status_code == 200, (page, shown.status_code)
        assert b"The shop" in shown.content
        assert (b"ledgerflow/admin.css" in shown.content) is (page not in ("", "members/member/")), page


def is_scheduled() -> None:
    celery_app.loader.import_default_modules()  # as a worker does
    schedule = celery_app.conf.beat_schedule
    assert {"greet", "close_due_days"} <= set(schedule)
    assert schedule["close_due_days"]["task"] in celery_app.tasks


if __name__ == "__main__":
    main()
