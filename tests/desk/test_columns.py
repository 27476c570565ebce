"""Columns of lists: chosen, kept for a person and a list, and said by an address."""

from __future__ import annotations

import csv
import html
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.desk.models import MAX_QUERY, ChosenColumns, SavedView
from ledgerflow.web.admin_base import ReadOnlyAdmin
from ledgerflow.web.pages.columns import name_of, written
from tests.builders import an_entity
from tests.holding import a_wallet, held
from tests.pages import ACCOUNTS, JOURNALS, column, in_books, send, without_label
from tests.people import a_user, logged_in, queries

USUAL = ["number", "effective_date", "kind_label", "sides", "description", "external_reference", "total", "who"]


def titles(client: Client, address: str) -> list[str]:
    """The names of the columns of a list, by the classes of their titles."""
    shown = client.get(address).content.decode()
    return re.findall(r'<th scope="col" class="(?:sortable )?column-([a-z_]+)', shown)


def ticked(client: Client, address: str) -> list[str]:
    shown = client.get(address).content.decode()
    return re.findall(r'name="column" value="([a-z_]+)" checked', shown)


def test_columns_are_chosen_and_kept_for_a_person_and_a_list(shop: Entity) -> None:
    client, other = logged_in(a_user(is_superuser=True)), logged_in(a_user(is_superuser=True))
    page, choose = in_books(shop, JOURNALS), in_books(shop, "/admin/columns/")
    assert titles(client, page) == USUAL
    assert ticked(client, page) == [*USUAL[:5], "reversal_of", USUAL[5], "files", *USUAL[6:]]
    assert without_label(client.get(page).content.decode()) == []
    few = queries(client, page)

    sent = {
        "list": "journals_journal",
        "filters": "kind=transfer&p=3&columns=who",
        "column": ["layer", "total", "number"],
    }
    answer = client.post(choose, sent)
    assert answer.headers["Location"] == f"{page}?kind=transfer"
    assert titles(client, page) == ticked(client, page) == ["number", "total", "layer"]
    assert queries(client, page) == few + 1  # the groups with which he may share what can be saved now
    assert column(client, page, "layer") == ["ordinary", "ordinary"]
    assert titles(client, in_books(an_entity(), JOURNALS)) == []  # nothing is in them
    assert ticked(client, in_books(an_entity(), JOURNALS)) == ["number", "total", "layer"]
    assert titles(other, page) == USUAL
    assert "layer" not in ticked(client, in_books(shop, ACCOUNTS))

    # The address counts before what is kept, and a file has what the list has.
    assert titles(client, f"{page}?columns=who,description,nonsense") == ["description", "who"]
    assert titles(client, f"{page}?columns=nonsense") == ["number", "total", "layer"]
    (link,) = re.findall(r'<a href="(csv/[^"]*)">', client.get(f"{page}?columns=total&kind=transfer").content.decode())
    lines = client.get(f"{page}{html.unescape(link)}").getvalue().decode().splitlines()
    assert [line for line in csv.reader(lines) if not line[0].startswith("#")][:2] == [["Amount"], ["20.00 EUR"]]
    filtered = client.get(f"{page}?columns=total&kind=transfer").content.decode()
    assert '<input type="hidden" name="columns" value="total">' in filtered
    assert 'href="?columns=total"' in filtered  # what the chip leads to
    # The first column that is left leads to the row.
    assert re.search(r'class="field-total[^"]*"><a href="[^"]*/change/', filtered)

    assert "choose one of those that it offers" in send(client, choose, list="journals_journal", column=["nonsense"])
    assert "kept for you" in send(client, choose, list="journals_journal", usual="1")
    assert titles(client, page) == USUAL
    assert not ChosenColumns.objects.filter(list_name="journals_journal", user=client.session["_auth_user_id"]).exists()
    assert client.get(choose).status_code == 405
    assert client.post(choose, {"list": "auth_user", "column": "id"}).status_code == 404
    reader = logged_in(a_user("accounts.view_account"))
    assert reader.post(choose, {"list": "journals_journal", "column": "number"}).status_code == 403


def test_a_saved_view_carries_the_columns(shop: Entity) -> None:
    user = a_user(is_superuser=True)
    client, page = logged_in(user), in_books(shop, JOURNALS)
    client.post(in_books(shop, "/admin/columns/"), {"list": "journals_journal", "column": ["number", "total"]})
    shown = client.get(f"{page}?kind=transfer").content.decode()
    (query,) = re.findall(r'name="query" value="([^"]*)"', shown)
    assert html.unescape(query) == "kind=transfer&columns=number,total"
    send(client, in_books(shop, "/admin/views/"), list="journals_journal", query=html.unescape(query), name="Short")
    assert SavedView.objects.get(user=user).query == "kind=transfer&columns=number,total"
    client.post(in_books(shop, "/admin/columns/"), {"list": "journals_journal", "usual": "1"})
    assert titles(client, page) == USUAL
    assert titles(client, f"{page}?kind=transfer&columns=number,total") == ["number", "total"]


def test_buttons_of_a_row_are_no_column(operator: Client) -> None:
    books = a_wallet()
    held(books, "1")
    page = in_books(books, "/admin/holds/hold/")
    assert "next_steps" in titles(operator, page)
    assert "next_steps" not in ticked(operator, page)
    assert titles(operator, f"{page}?columns=account,who") == ["account", "who", "next_steps"]
    assert column(operator, f"{page}?columns=account,who", "who") == ["test"]


def all_admins() -> list[ReadOnlyAdmin[Any]]:
    return [one for one in admin.site._registry.values() if isinstance(one, ReadOnlyAdmin)]


@pytest.mark.parametrize("one", all_admins(), ids=lambda one: one.opts.label_lower)
def test_whatever_a_list_offers_has_a_title_and_fits_into_an_address(one: ReadOnlyAdmin[Any]) -> None:
    offered = [*one.list_display, *one.columns_besides(one.list_display)]
    assert all(label_for_field(column, one.model, one) for column in offered)
    assert len(written(name_of(column) for column in offered)) <= MAX_QUERY
