"""The admin's pages of holds, and holds on the page of an account."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.changing import freeze_account
from journals.holds.models import Hold
from ledgerflow.books.models import Entity
from tests.holding import a_busy_wallet, a_wallet, capture, held, stands
from tests.pages import column, in_books, page_of, read, send, text_of, without_label
from tests.people import a_member_of_staff, queries

HOLDS = "/admin/holds/hold/"


@pytest.fixture(scope="module")
def busy(_database: None) -> Entity:
    return a_busy_wallet()


def form_of(action: str, hold: Hold) -> str:
    return in_books(hold.entity, reverse(f"admin:holds_hold_{action}", args=[hold.pk]))


def release_form(hold: Hold) -> str:
    return form_of("release", hold)


def test_the_list_shows_what_is_left(operator: Client, busy: Entity) -> None:
    assert column(operator, HOLDS, "amount_text", entity=busy.code) == ["10.00", "60.00", "1.00"]
    assert column(operator, HOLDS, "status", entity=busy.code) == ["released", "captured", "active"]
    assert column(operator, HOLDS, "captured_text", entity=busy.code) == ["0.00", "55.00", "0.00"]
    assert column(operator, HOLDS, "released_text", entity=busy.code) == ["10.00", "5.00", "0.00"]
    assert column(operator, HOLDS, "remaining_text", entity=busy.code, status="active") == ["1.00"]
    assert column(operator, HOLDS, "description", entity=busy.code, q="wallet") == ["", "Hotel"]


def test_the_list_does_not_ask_for_each_row(operator: Client, busy: Entity) -> None:
    few = queries(operator, f"{HOLDS}?entity={busy.code}&status=active")
    # Filtered too: what could be saved as a view is asked whom it could be shared with.
    assert queries(operator, f"{HOLDS}?entity={busy.code}&q=wallet") == few


def test_the_page_tells_the_steps(operator: Client, busy: Entity) -> None:
    hold = Hold.objects.get(entity=busy, description="Hotel")
    text = read(operator, page_of(hold))
    assert "Hold of 60.00 EUR on wallet" in text
    for step in ("placed 60.00 60.00", "captured 25.00 35.00", "captured 30.00 15.00", "released 5.00 10.00"):
        assert step in text
    assert release_form(hold) not in operator.get(page_of(hold)).content.decode()


def key_in(page: str) -> str:
    """The key that a form was shown with."""
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_placing_in_the_admin(operator: Client) -> None:
    entity = a_wallet()
    page = f"{in_books(entity, HOLDS)}add/"
    account = page_of(entity.accounts.get(code="wallet"))
    assert f'href="{page}?account=wallet" data-key="h" aria-keyshortcuts="h"' in operator.get(account).content.decode()
    shown = operator.get(page, {"account": "wallet"}).content.decode()
    assert "100.00 EUR is available on wallet" in text_of(operator.get(page, {"account": "wallet"}))
    assert re.search(r'name="account" value="wallet"', shown)
    assert re.search(r'<input[^>]*name="amount"[^>]*autofocus', shown)
    assert without_label(shown) == []
    fields = {"account": "wallet", "amount": "1,160.00", "description": "Hotel", "key": key_in(shown)}
    refused = operator.post(page, fields).content.decode()
    assert re.search(r"errors field-amount.{0,200}wallet has 100.00 available", refused, flags=re.DOTALL)
    assert key_in(refused) == fields["key"]
    assert stands(entity) == ("100.00", "0.00", "100.00")
    fields |= {"amount": "60", "expires_at": "2096-01-01T12:00"}
    said = send(operator, page, **fields)
    assert "60.00 EUR is held on wallet." in said
    assert "2096-01-01 12:00:00 UTC" in said
    assert "60.00 EUR is held on wallet." in send(operator, page, **fields)  # sent twice: one hold
    assert stands(entity) == ("100.00", "60.00", "40.00")
    # Back, and another amount: told, and done with the next press, under a key of its own.
    told = operator.post(page, fields | {"amount": "5"}).content.decode()
    assert "What this page was sent with before is done." in told
    assert stands(entity) == ("100.00", "60.00", "40.00")
    assert key_in(told) != fields["key"]
    assert "5.00 EUR is held on wallet." in send(operator, page, **fields | {"amount": "5", "key": key_in(told)})
    assert stands(entity) == ("100.00", "65.00", "35.00")
    blind = a_member_of_staff("holds.change_hold")
    assert "available" not in text_of(blind.get(page, {"account": "wallet"}))
    freeze_account(entity.id, "wallet", outflow=True, inflow=False, actor="test", reason="Lost")
    for name, code in (("frozen", "wallet"), ("nowhere", "nowhere")):
        page_of_refusal = operator.post(page, fields | {"account": code, "key": name}).content.decode()
        assert re.search(rf"errors field-account.{{0,300}}{name}", page_of_refusal, flags=re.DOTALL), name


def test_capturing_in_the_admin(operator: Client) -> None:
    entity = a_wallet()
    hold = Hold.objects.get(id=held(entity, "60.00"))
    page = operator.get(form_of("capture", hold)).content.decode()
    assert re.search(r'name="amount" value="60.00"', page)
    assert without_label(page) == []
    fields = {"counter_account": "shop", "amount": "25.00", "description": "One night", "key": key_in(page)}
    said = "25.00 EUR went to shop with journal 2. 35.00 is left."
    assert said in send(operator, form_of("capture", hold), **fields)
    assert said in send(operator, form_of("capture", hold), **fields)  # sent twice: one journal
    assert stands(entity) == ("75.00", "35.00", "40.00")
    assert re.search(r"captured 25.00 35.00 2 ", read(operator, page_of(hold)))
    refused = operator.post(form_of("capture", hold), {"counter_account": "x", "amount": "1", "key": "a"})
    assert re.search(r"errors field-counter_account.{0,200}no account", refused.content.decode(), flags=re.DOTALL)
    rest = {"counter_account": "shop", "amount": "5.00", "release_remainder": "on", "key": "b"}
    assert "5.00 EUR went to shop with journal 3. 0.00 is left." in send(operator, form_of("capture", hold), **rest)
    assert stands(entity) == ("70.00", "0.00", "70.00")
    assert form_of("capture", hold) not in operator.get(page_of(hold)).content.decode()
    assert "captured" in send(operator, form_of("capture", hold), **rest | {"key": "c"})


def test_releasing_in_the_admin(operator: Client) -> None:
    entity = a_wallet()
    hold = Hold.objects.get(id=held(entity, "60.00"))
    assert release_form(hold) in operator.get(f"{in_books(entity, HOLDS)}").content.decode()
    fields = {
        "amount": "20.00",
        "reason": "One night less",
        "key": key_in(operator.get(release_form(hold)).content.decode()),
    }
    assert "20.00 EUR is released. 40.00 is left." in send(operator, release_form(hold), **fields)
    send(operator, release_form(hold), **fields)  # sent twice: one release
    assert stands(entity) == ("100.00", "40.00", "60.00")
    assert "released 20.00 40.00" in read(operator, page_of(hold))
    send(operator, release_form(hold), amount="", reason="All of it", key="k2")
    assert stands(entity) == ("100.00", "0.00", "100.00")


@pytest.mark.parametrize(
    "amount, message",
    [
        ("70.00", "60.00 is left of this hold"),
        ("x", "is not an amount"),
        ("0.0001", "finer than"),
        ("-1", "greater than"),
    ],
)
def test_what_is_refused_is_told_beside_the_field(operator: Client, amount: str, message: str) -> None:
    entity = a_wallet()
    hold = Hold.objects.get(id=held(entity, "60.00"))
    page = operator.post(release_form(hold), {"amount": amount, "reason": "r", "key": "k"}).content.decode()
    assert re.search(rf"errors field-amount.{{0,300}}{message}", page, flags=re.DOTALL)
    assert stands(entity)[1] == "60.00"


def test_looking_is_not_releasing(busy: Entity) -> None:
    viewer = a_member_of_staff("holds.view_hold")
    hold = Hold.objects.get(entity=busy, status="active")
    assert release_form(hold) not in viewer.get(page_of(hold)).content.decode()
    assert viewer.get(release_form(hold)).status_code == 403
    assert viewer.post(release_form(hold), {"reason": "r", "key": "k"}).status_code == 403
    adding, capturing = in_books(busy, f"{HOLDS}add/"), form_of("capture", hold)
    assert [viewer.post(page, {"key": "k"}).status_code for page in (adding, capturing)] == [403, 403]
    assert "Place hold" not in read(viewer, in_books(busy, HOLDS))
    assert "Release" not in read(viewer, in_books(busy, HOLDS)).replace("Released", "")
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
