"""What stands around every page: the books, their day, what waits, and the navigation for who may see it."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.test import Client
from pytest_django import Settings

from ledgerflow.books.models import Entity
from ledgerflow.desk.navigation import GROUPS, WORK
from tests.builders import an_entity
from tests.pages import ACCOUNTS, JOURNALS, in_books, read
from tests.people import a_member_of_staff


def navigation_of(page: str) -> list[str]:
    """The labels of the navigation, with its counts."""
    (nav,) = re.findall(r'<nav class="sticky lf-nav".*?</nav>', page, flags=re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"<a .*?</a>", nav, flags=re.DOTALL)]


def test_every_list_of_ours_has_its_place_in_the_navigation() -> None:
    placed = [model for section in WORK for model in section.models] + [one for _, models in GROUPS for one in models]
    assert sorted(placed) == sorted({model._meta.label_lower for model in admin.site._registry})


def test_work_comes_first_and_set_up_last(operator: Client, quiet_shop: Entity) -> None:
    page = operator.get(in_books(quiet_shop, "/admin/")).content.decode()
    assert navigation_of(page) == [
        "Today", "Find", "Journals", "Accounts", "Holds", "Approvals", "Days", "Reconcile", "Currency", "Reports", "Set-up",
    ]  # fmt: skip
    listed = navigation_of(operator.get(in_books(quiet_shop, "/admin/rates/rate/")).content.decode())
    assert listed[8:11] == ["Currency", "Rates", "FX quotes"]


def test_the_current_page_is_marked(operator: Client, quiet_shop: Entity) -> None:
    page = operator.get(in_books(quiet_shop, "/admin/reports/trial-balance/")).content.decode()
    assert f'<a href="{in_books(quiet_shop, "/admin/reports/trial-balance/")}" aria-current="page">' in page
    assert page.count('aria-current="page"') == 1


def test_who_may_see_little_has_a_short_navigation(quiet_shop: Entity) -> None:
    staff = a_member_of_staff("accounts.view_account")
    page = staff.get(in_books(quiet_shop, ACCOUNTS)).content.decode()
    assert navigation_of(page) == ["Today", "Find", "Accounts"]
    assert staff.get(in_books(quiet_shop, "/admin/set-up/")).status_code == 200
    assert 'class="lf-menu lf-books"' not in page


def test_who_may_see_nothing_learns_not_even_the_name_of_the_books() -> None:
    books = an_entity(name="Secret venture")
    page = a_member_of_staff().get(in_books(books, "/admin/")).content.decode()
    assert "Secret venture" not in page
    assert (
        "Secret venture" in a_member_of_staff("accounts.view_account").get(in_books(books, ACCOUNTS)).content.decode()
    )


def test_other_books_are_one_step_away_on_the_same_page(
    operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledgerflow.desk.frame.MOST_OPTIONS", 100_000)  # the database has those of other tests too
    other = an_entity(name="Other books")
    page = operator.get(in_books(quiet_shop, JOURNALS)).content.decode()
    assert f'<a href="{in_books(other, JOURNALS)}">Other books' in page
    row = quiet_shop.accounts.get(code="1001-CASH")
    page = operator.get(in_books(quiet_shop, f"{ACCOUNTS}{row.pk}/change/")).content.decode()
    assert f'<a href="{in_books(other, "/admin/")}">Other books' in page


def test_set_up_lists_what_is_configured(operator: Client, quiet_shop: Entity) -> None:
    shown = read(operator, in_books(quiet_shop, "/admin/set-up/"))
    assert "Policies Day policies FX policies Match rules" in shown
    assert "Others" not in shown


@pytest.mark.parametrize("word", ["", "STAGING"])
def test_what_is_not_production_says_so_on_every_page(
    operator: Client, quiet_shop: Entity, settings: Settings, word: str
) -> None:
    settings.LEDGERFLOW_ENVIRONMENT = word
    page = operator.get(in_books(quiet_shop, JOURNALS)).content.decode()
    assert re.findall(r'<p class="lf-environment">(.*?)</p>', page) == ([word] if word else [])
