"""What each role may open, of all pages there are: the table is `matrix.json`, and a page without a line there fails.

A line says which roles open a page. What Django's templates make of it is not looked at here, which halves the time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.template.response import SimpleTemplateResponse

from ledgerflow.access.members.roles import CONTROLLER, ROLES, Role
from ledgerflow.access.scopes import scopes_open_to
from ledgerflow.books.models import Entity
from ledgerflow.core.people import look_at_books
from tests.access.test_members import a_member
from tests.browser.pages import Page, books_of_every_page, every_page
from tests.builders import an_entity
from tests.pages import text_of
from tests.people import a_user, logged_in

TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("matrix.json").read_text())
CLOSED = {403, 404}


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


@pytest.fixture(scope="module")
def whole(_database: None) -> tuple[Entity, list[Page]]:
    books = books_of_every_page()
    return books, every_page(books, a_user(is_superuser=True))


def test_each_page_has_its_line(whole: tuple[Entity, list[Page]]) -> None:
    assert {page.name for page in whole[1]} == TABLE["pages"].keys()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
@pytest.mark.usefixtures("unread")
def test_a_role_opens_its_pages_and_no_others(whole: tuple[Entity, list[Page]], role: Role) -> None:
    books, pages = whole
    client = logged_in(a_member(role, books))
    found = {page.name: client.get(page.address).status_code for page in pages}
    wrong = {
        name: status for name, status in found.items() if (status in CLOSED) == (role.name in TABLE["pages"][name])
    }
    assert wrong == {}
    assert {status for status in found.values() if status >= 500} == set()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
@pytest.mark.usefixtures("unread")
def test_nothing_is_changed_by_who_may_not_open_the_page(whole: tuple[Entity, list[Page]], role: Role) -> None:
    books, pages = whole
    client, before = logged_in(a_member(role, books)), books.events.count()
    for page in pages:
        if role.name not in TABLE["pages"][page.name]:
            assert client.post(page.address, {"confirm": "1"}).status_code in CLOSED, page
    assert books.events.count() == before


@pytest.mark.usefixtures("unread")
def test_a_role_elsewhere_opens_nothing_here(whole: tuple[Entity, list[Page]]) -> None:
    client = logged_in(a_member(CONTROLLER, an_entity()))
    assert {page.name: status for page in whole[1] if (status := client.get(page.address).status_code) != 404} == {}


def test_books_of_others_and_books_that_are_not_look_the_same(whole: tuple[Entity, list[Page]]) -> None:
    client, books = logged_in(a_member(CONTROLLER, an_entity())), whole[0]
    there, nowhere = (text_of(client.get(f"/admin/e/{code}/")) for code in (books.code, "nowhere"))
    assert there.replace(books.code, "?") == nowhere.replace("nowhere", "?")


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_keys_of_a_role_have_its_scopes_in_its_books_and_none_elsewhere(role: Role) -> None:
    here, there = an_entity(), an_entity()
    user = a_member(role, here)
    assert (scopes_open_to(user, here.pk), scopes_open_to(user, there.pk)) == (TABLE["scopes"][role.name], [])
    look_at_books(user, here.pk)
    assert scopes_open_to(user, there.pk) == []
