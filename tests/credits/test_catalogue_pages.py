"""Applications in the admin and over HTTP: which are in force, drafting one, and trying an operation out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from apps.credits.models import ApplicationVersion
from journals.models import Journal
from ledgerflow.approvals.models import Proposal
from ledgerflow.books.models import Entity, Event
from tests.builders import an_entity
from tests.client import ApiClient
from tests.credits.keeping import LOYALTY, drafted, kept
from tests.pages import column, page_of, read, send
from tests.people import a_member_of_staff

LIST = "/admin/credits/applicationversion/"
VISIT = """
[[operations]]
name = "VISIT"
direction = "none"
amount = {fixed = 0}
once_per = "month"
"""


@pytest.fixture
def books() -> Entity:
    entity = an_entity(name="Corner shop")
    kept(entity, LOYALTY + VISIT)
    return entity


def address(entity: Entity, page: str) -> str:
    return f"{LIST}{page}/?entity={quote(entity.code)}"


def test_what_is_in_force_is_shown_wherever_it_is_defined(operator: Client, books: Entity) -> None:
    drafted(books)
    page = read(operator, LIST, entity=books.code)
    assert "content CREDIT the settings" in page
    assert "loyalty CREDIT these books, version 1" in page
    assert column(operator, LIST, "status", entity=books.code) == ["draft", "active"]
    assert column(operator, LIST, "number", entity=books.code, status="active") == ["1"]
    page = read(operator, address(books, "in-force/loyalty"))
    assert "BIRTHDAY_GIFT grant 50 ever 30 days promotional anything credits-grant post" in page
    assert "CREDIT_SPEND spend 1 to 1,000,000 1 credits-spend post" in page
    assert "it changes with a release" in read(operator, address(books, "in-force/content"))
    version = ApplicationVersion.objects.get(entity=books, number=2)
    assert "/operations/VISIT/name VISIT" in read(operator, page_of(version))
    looks = a_member_of_staff("credits.view_applicationversion")
    assert "Propose to activate" not in read(looks, page_of(version))
    assert "Try out" not in read(looks, address(books, "in-force/loyalty"))
    for page in (
        address(books, "add"),
        address(books, "try-out/loyalty"),
        page_of(version).replace("change", "retire"),
    ):
        assert looks.get(page).status_code == 403
    for page in ("in-force/nobody", "try-out/nobody"):
        assert operator.get(address(books, page)).status_code == 404


def test_a_version_is_checked_drafted_and_proposed(operator: Client, books: Entity) -> None:
    url = address(books, "add")
    assert "amount = {fixed = 50}" in read(operator, url)
    assert "default = 5" in read(operator, f"{url}&from={ApplicationVersion.objects.get(entity=books).pk}")
    wrong = send(operator, url, text=LOYALTY.replace("fixed = 50", "fixed = -50").replace("least = 1,", "least = 30,"))
    assert "BIRTHDAY_GIFT: its amount, fixed -50, has the wrong sign" in wrong
    assert "COFFEE: its amounts are not in order" in wrong
    assert "Expected `str`, got `int`" in send(operator, url, text="name = 1")
    page = send(operator, url, text=LOYALTY)
    assert "this would be version 2 of loyalty" in page
    assert "/operations/VISIT/once_per month" in page
    assert "It can be drafted, and not be made active." in send(operator, url, text='name = "content"')
    assert ApplicationVersion.objects.filter(entity=books).count() == 1
    assert "version 2 is drafted: changed." in send(operator, url, text=LOYALTY, _draft="Draft")
    assert "version 2 is there already." in send(operator, url, text=LOYALTY, _draft="Draft")
    version = ApplicationVersion.objects.get(entity=books, number=2)
    page = send(operator, page_of(version).replace("change", "activate"), reason="No visits")
    assert "version 2 is proposed: another person approves it." in page
    assert Proposal.objects.get(entity=books, subject="loyalty 2").content["replaces"] == 1
    active = ApplicationVersion.objects.get(entity=books, number=1)
    assert "version 1 is retired." in send(operator, page_of(active).replace("change", "retire"))
    assert "loyalty CREDIT" not in read(operator, LIST, entity=books.code)


def test_an_operation_is_looked_at_before_it_is_run(operator: Client, books: Entity) -> None:
    url = address(books, "try-out/loyalty")

    def filled(operation: str, **given: Any) -> dict[str, Any]:
        return {"operation": operation, "owner_id": "ann", "key": f"admin:{operation}"} | given

    page = send(operator, url, **filled("BIRTHDAY_GIFT"))
    assert "What would happen Nothing is posted yet. The journal would be dated 2026-03-02." in page
    assert "wallet:CREDIT:ann 50 CREDIT 50" in page
    assert "wallet:CREDIT:ann 1 granted 50 50 2026-04-01 0 promotional anything" in page
    assert not Journal.objects.filter(entity=books).exists()
    for _ in range(2):
        page = send(operator, url, **filled("BIRTHDAY_GIFT", _run="Run"))
        assert "BIRTHDAY_GIFT of ann is posted. The balance is 50." in page
    assert "This was run already" in send(operator, url, **filled("BIRTHDAY_GIFT"))
    assert "has had BIRTHDAY_GIFT already" in send(operator, url, **filled("BIRTHDAY_GIFT", key="admin:other"))
    assert "takes an amount from 1 to 20" in send(operator, url, **filled("COFFEE", amount="21"))
    assert "Nothing was written" in send(operator, url, **filled("COFFEE", amount="one"))
    assert "spent 5 45 2026-04-01" in send(operator, url, **filled("COFFEE"))
    assert "without a journal" in send(operator, url, **filled("VISIT"))
    assert not Event.objects.filter(entity=books, type="credits.noted").exists()
    assert "VISIT of ann is noted." in send(operator, url, **filled("VISIT", _run="Run"))
    poster = a_member_of_staff("credits.view_applicationversion", "journals.add_journal")
    assert "lacks the scope" in send(poster, url, **filled("CREDIT_ADD"))
    assert Journal.objects.filter(entity=books).count() == 1


def test_applications_are_told_over_http(books: Entity) -> None:
    client = ApiClient(books)
    found = {one["name"]: one for one in client.get("/api/credits/applications").json["applications"]}
    assert (found["content"]["source"], found["content"]["version"]) == ("settings", None)
    one = client.get("/api/credits/applications/loyalty").json
    assert one == found["loyalty"]
    assert (one["source"], one["version"], one["unit"], one["minor_units"]) == ("books", 1, "CREDIT", 0)
    assert one["operations"][1] == {
        "name": "COFFEE", "direction": "spend", "amount": {"least": "1", "most": "20", "default": "5"},
        "once_per": "none", "expires_after_days": None, "priority": 0, "origin": "promotional", "usable_for": [],
        "template": "credits-spend", "role": "", "parameters": {}, "scope": "post",
    }  # fmt: skip
    assert client.get("/api/credits/applications/nobody").code == "not_found"
    spent = {"application": "loyalty", "operation": "BIRTHDAY_GIFT", "owner_id": "ann"}
    assert client.post("/api/credits/operations", spent).json["entry"]["balance"] == "50"
