"""The tour: each step is ticked by what was done, not by a click."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.test import Client

from journals.hold_states import HoldSpec
from journals.holds.use_cases import place_hold
from ledgerflow.core.people import person_of
from ledgerflow.desk.helping import tour
from tests.builders import a_journal, an_entity, posted
from tests.holding import a_wallet
from tests.pages import in_books, read, send
from tests.people import a_user, logged_in

SEVEN = ["Find", "Post", "Reverse", "Hold", "Close", "Approve", "Report"]


def done(client: Client, address: str) -> list[str]:
    body = client.get(address).content.decode()
    steps = re.findall(r"<li(| class=\"lf-done\")>\s*<h2><a href=\"[^\"]+\">(\w+)</a>", body)
    assert [name for _, name in steps] == SEVEN
    return [name for is_done, name in steps if is_done]


def test_steps_are_ticked_by_what_the_person_did_and_no_other() -> None:
    entity, user = a_wallet(), a_user(is_superuser=True)
    client, other = logged_in(user), logged_in(a_user(is_superuser=True))
    address = in_books(entity, "/admin/tour/")
    client.get(in_books(entity, "/admin/find/"), {"q": "before the tour"})
    assert done(client, address) == []
    client.get(in_books(entity, "/admin/find/"))
    client.get(in_books(entity, "/admin/find/"), {"q": "12.50"})
    client.get(in_books(entity, "/admin/reports/trial-balance/"))
    assert done(client, address) == ["Find", "Report"]
    posted(entity, a_journal(("cash", "12.50"), ("wallet", "-12.50"), actor=person_of(user)))
    assert done(client, address) == ["Find", "Post", "Report"]
    spec = HoldSpec("wallet", Decimal(5))
    place_hold(entity.pk, spec, key="tour", actor=person_of(user))
    posted(entity, a_journal(("cash", "1"), ("wallet", "-1"), kind="transfer"))
    assert done(client, address) == ["Find", "Post", "Hold", "Report"]
    assert done(other, address) == []


def test_it_is_offered_on_home_of_the_demo_until_it_is_put_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entity = an_entity()
    monkeypatch.setattr(tour, "BOOKS", (entity.code,))
    user = a_user(is_superuser=True)
    client, home = logged_in(user), in_books(entity, "/admin/")
    offer = "Take the tour"
    assert offer in read(client, home)
    assert offer not in read(client, in_books(an_entity(), "/admin/"))
    assert offer not in send(client, in_books(entity, "/admin/tour/away/"), away="1")
    assert "Show the tour on Today again" in read(client, in_books(entity, "/admin/tour/"))
    send(client, in_books(entity, "/admin/tour/away/"), away="0")
    assert offer in read(client, home)
