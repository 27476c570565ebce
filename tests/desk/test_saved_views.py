from __future__ import annotations

import html
import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.desk.lists import saved_views
from ledgerflow.desk.models import SavedView
from tests.builders import an_entity
from tests.pages import ACCOUNTS, JOURNALS, column, in_books, send, text_of, without_label
from tests.people import a_user, logged_in, queries

VIEWS = "/admin/views/"


def links(client: Client, address: str) -> dict[str, str]:
    """The saved views on the page of a list, and where they lead."""
    body = client.get(address).content.decode()
    (shown,) = re.findall(r'<nav class="lf-views".*?</nav>', body, flags=re.DOTALL) or [""]
    found = re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', shown)
    return {html.unescape(name): html.unescape(address) for address, name in found}


def test_a_view_is_of_a_person_and_a_list_in_all_books(shop: Entity) -> None:
    user = a_user(is_superuser=True)
    client, page, views = logged_in(user), in_books(shop, JOURNALS), in_books(shop, VIEWS)
    assert 'data-keys="views"' not in client.get(page).content.decode()
    shown = client.get(f"{page}?kind=transfer&q=alice-1&entity={shop.code}&p=1", follow=True).content.decode()
    (query,) = re.findall(r'name="query" value="([^"]*)"', shown)
    assert html.unescape(query) == "kind=transfer&q=alice-1"
    assert without_label(shown) == []

    told = send(client, f"{views}", list="journals_journal", query=html.unescape(query), name=" Alice &  co ")
    assert "The view “Alice & co” is saved." in told
    assert links(client, page) == {"Alice & co": "?kind=transfer&q=alice-1"}
    assert links(client, in_books(an_entity(), JOURNALS)) == links(client, page)
    assert links(client, in_books(shop, ACCOUNTS)) == {}
    assert column(client, f"{page}{links(client, page)['Alice & co']}", "number") == ["2"]

    send(client, views, list="journals_journal", query="from=month-1", name="Alice & co")  # the name is taken over
    assert links(client, page) == {"Alice & co": "?from=month-1"}

    other, view = logged_in(a_user(is_superuser=True)), SavedView.objects.get(user=user)
    assert links(other, page) == {}
    delete = f"{views}{view.pk}/delete/"
    assert other.post(delete).status_code == 404
    assert client.get(delete).status_code == 405
    answer = client.post(delete)
    assert answer.headers["Location"] == f"{page}?from=month-1"
    assert links(client, page) == {}
    assert client.post(delete).status_code == 404
    assert client.post(f"{views}{10**30}/delete/").status_code == 404


@pytest.mark.parametrize(
    "query, name, said",
    [
        ("", "All", "Nothing is filtered here"),
        ("https://elsewhere.example/?q=1", "Away", "Nothing is filtered here"),
        ("entity=x&p=2&next=//elsewhere.example", "Away", "Nothing is filtered here"),
        ("q=1", "  ", "A name has 1 to 60 characters."),
        ("q=1", "n" * 61, "A name has 1 to 60 characters."),
        ("q=1", "a\x00b", "NUL"),
        ("q=" + "%20x" * 250, "Long", "at most 500 characters"),
        ("q=1", "Third", "at most 2 saved views"),
    ],
    ids=["nothing", "foreign", "unknown", "blank", "long name", "nul", "long query", "too many"],
)
def test_what_is_no_view_is_refused_above_the_list(
    shop: Entity, monkeypatch: pytest.MonkeyPatch, query: str, name: str, said: str
) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 2)
    user = a_user(is_superuser=True)
    for taken in ("First", "Second"):
        SavedView.objects.create(user=user, list_name="journals_journal", name=taken, query="q=1")
    sent = {"list": "journals_journal", "query": query, "name": name}
    answer = logged_in(user).post(in_books(shop, VIEWS), sent, follow=True)
    assert answer.request["PATH_INFO"] == in_books(shop, JOURNALS)
    assert said in text_of(answer)
    assert SavedView.objects.filter(user=user).count() == 2


def test_a_view_is_of_a_list_that_one_may_see(shop: Entity) -> None:
    client, views = logged_in(a_user("accounts.view_account")), in_books(shop, VIEWS)
    assert client.post(views, {"list": "journals_journal", "query": "q=1", "name": "x"}).status_code == 403
    for name in ("auth_user", "nothing", ""):
        assert client.post(views, {"list": name, "query": "q=1", "name": "x"}).status_code == 404
    assert client.post(views, {"list": "accounts_account", "query": "q=1", "name": "x"}).status_code == 302
    assert Client().post(views).status_code == 302


def test_a_view_is_shared_with_a_group_and_stays_its_owners(shop: Entity) -> None:
    group, other = Group.objects.create(name=f"Clerks {shop.code}"), Group.objects.create(name=f"Board {shop.code}")
    owner, clerk, outsider = (a_user("journals.view_journal", "books.view_entity") for _ in range(3))
    owner.groups.add(group)
    clerk.groups.add(group)
    outsider.groups.add(other)
    client, page, views = logged_in(owner), in_books(shop, JOURNALS), in_books(shop, VIEWS)
    sent = {"list": "journals_journal", "query": "kind=transfer", "name": "Moves"}

    assert "a group that you are in" in send(client, views, **sent, group=other.pk)
    assert "a group that you are in" in send(client, views, **sent, group="x")
    assert "is saved and shared with" in send(client, views, **sent, group=group.pk)
    mine = client.get(f"{page}?kind=transfer").content.decode()
    assert f"shared with {group.name}" in mine
    assert f'<option value="{group.pk}" selected>' in mine
    assert str(other) not in mine
    assert without_label(mine) == []

    beside = logged_in(clerk)
    assert links(beside, page) == {"Moves": "?kind=transfer"}
    assert f"Shared : Moves {owner.username}, {group.name}" in nav_of(beside, page)
    few = queries(beside, page)
    assert links(beside, in_books(shop, "/admin/holds/hold/")) == {}  # which he may not see
    assert links(logged_in(outsider), page) == {}
    view = SavedView.objects.get(user=owner)
    assert beside.post(f"{views}{view.pk}/delete/").status_code == 404
    send(beside, views, **sent | {"query": "kind=manual"}, group="")  # his own, beside the shared one
    assert SavedView.objects.get(pk=view.pk).query == "kind=transfer"
    assert queries(beside, page) == few

    send(client, views, **sent, group="")  # withdrawn
    assert links(beside, page) == {"Moves": "?kind=manual"}
    send(client, views, **sent, group=group.pk)
    assert "Shared" in nav_of(beside, page)
    clerk.groups.remove(group)
    assert "Shared" not in nav_of(beside, page)
    group.delete()
    assert SavedView.objects.get(pk=view.pk).shared_with is None


def nav_of(client: Client, address: str) -> str:
    """What stands among the views of a list."""
    found = re.findall(r'<nav class="lf-views".*?</nav>', client.get(address).content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", "".join(found)).replace(":", " : ").split())
