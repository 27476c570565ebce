"""The admin's pages of holds, and holds on the page of an account."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from journals.holds.models import Hold
from ledgerflow.books.models import Entity
from tests.holding import a_busy_wallet, a_wallet, capture, held, stands
from tests.pages import column, page_of, read, send
from tests.people import a_member_of_staff, queries

HOLDS = "/admin/holds/hold/"


@pytest.fixture(scope="module")
def busy(_database: None) -> Entity:
    return a_busy_wallet()


def release_form(hold: Hold) -> str:
    return reverse("admin:holds_hold_release", args=[hold.pk])


def test_the_list_shows_what_is_left(operator: Client, busy: Entity) -> None:
    assert column(operator, HOLDS, "amount_text", entity=busy.code) == ["10.00", "60.00", "1.00"]
    assert column(operator, HOLDS, "status", entity=busy.code) == ["released", "captured", "active"]
    assert column(operator, HOLDS, "captured_text", entity=busy.code) == ["0.00", "55.00", "0.00"]
    assert column(operator, HOLDS, "released_text", entity=busy.code) == ["10.00", "5.00", "0.00"]
    assert column(operator, HOLDS, "remaining_text", entity=busy.code, status="active") == ["1.00"]
    assert column(operator, HOLDS, "description", entity=busy.code, q="wallet") == ["", "Hotel"]


def test_the_list_does_not_ask_for_each_row(operator: Client, busy: Entity) -> None:
    few = queries(operator, f"{HOLDS}?entity={busy.code}&status=active")
    assert queries(operator, f"{HOLDS}?entity={busy.code}") == few


def test_the_page_tells_the_steps(operator: Client, busy: Entity) -> None:
    hold = Hold.objects.get(entity=busy, description="Hotel")
    text = read(operator, page_of(hold))
    assert "Hold of 60.00 EUR on wallet" in text
    for step in ("placed 60.00 60.00", "captured 25.00 35.00", "captured 30.00 15.00", "released 5.00 10.00"):
        assert step in text
    assert release_form(hold) not in operator.get(page_of(hold)).content.decode()


def test_releasing_in_the_admin(operator: Client) -> None:
    entity = a_wallet()
    hold = Hold.objects.get(id=held(entity, "60.00"))
    page = operator.get(release_form(hold)).content.decode()
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    fields = {"amount": "20.00", "reason": "One night less", "key": found[1]}
    assert "The hold is released" in send(operator, release_form(hold), **fields)
    send(operator, release_form(hold), **fields)  # sent twice: one release
    assert stands(entity) == ("100.00", "40.00", "60.00")
    assert "released 20.00 40.00" in read(operator, page_of(hold))
    send(operator, release_form(hold), amount="", reason="All of it", key="k2")
    assert stands(entity) == ("100.00", "0.00", "100.00")


@pytest.mark.parametrize(
    "amount, message",
    [("70.00", "60.00 is left of this hold"), ("x", "is not an amount"), ("0.001", "finer than")],
)
def test_what_is_refused_is_told_beside_the_field(operator: Client, amount: str, message: str) -> None:
    entity = a_wallet()
    hold = Hold.objects.get(id=held(entity, "60.00"))
    assert message in send(operator, release_form(hold), amount=amount, reason="r", key="k")
    assert stands(entity)[1] == "60.00"


def test_looking_is_not_releasing(busy: Entity) -> None:
    viewer = a_member_of_staff("holds.view_hold")
    hold = Hold.objects.get(entity=busy, status="active")
    assert release_form(hold) not in viewer.get(page_of(hold)).content.decode()
    assert viewer.get(release_form(hold)).status_code == 403
    assert viewer.post(release_form(hold), {"reason": "r", "key": "k"}).status_code == 403
    assert a_member_of_staff("accounts.view_account").get(HOLDS).status_code == 403
    releaser = a_member_of_staff("holds.change_hold")
    assert releaser.get(release_form(hold)).status_code == 200
    unknown = reverse("admin:holds_hold_release", args=["0190a000-0000-7000-8000-000000000000"])
    assert releaser.get(unknown).status_code == 302


def test_the_page_of_an_account_shows_what_is_held(operator: Client) -> None:
    entity = a_wallet()
    hold = held(entity, "60.00", description="Hotel")
    capture(entity, hold, "25.00")
    text = read(operator, page_of(entity.accounts.get(code="wallet")))
    assert re.search(r"Held .* Hotel never 35\.00", text)
    steps = [
        "Hold captured: Hotel, 25.00 held 35.00",
        "25.00 75.00",
        "Hold placed: Hotel, 60.00 held 60.00",
        "100.00 100.00",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)


def test_older_pages_of_the_register_have_their_own_holds(operator: Client, busy: Entity) -> None:
    wallet = busy.accounts.get(code="wallet")
    text = read(operator, page_of(wallet), before="3")
    assert "Hold captured: Hotel, 25.00" in text
    assert "Hold captured: Hotel, 30.00" not in text
