"""Lists that turn their pages by key: nothing is counted, and each row is on one page."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import UniqueConstraint
from django.test import Client, RequestFactory

from accounts.admin.accounts import AccountAdmin
from journals.holds.admin import HoldAdmin
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.web.pages.by_key import KeyUnreadable, page_by_key
from tests.builders import a_transfer, an_account, posted
from tests.holding import a_wallet, held
from tests.pages import ACCOUNTS, CURRENCIES, column, in_books, text_of
from tests.people import a_user, logged_in, queries

HOLDS = "/admin/holds/hold/"
# What is numbered under the lock of its books, or once for all of them.
BY_A_LOCK = {"holds.Hold", "commands.Command"}
DATED = ("-effective_date", "-number")


def turned(client: Client, address: str) -> dict[str, str]:
    """Where the page leads beside itself, by the relation of the link."""
    page = client.get(address).content.decode()
    return {rel: html.unescape(to) for to, rel in re.findall(r'<a href="([^"]*)" rel="(prev|next)">', page)}


def test_a_list_is_gone_through_to_its_end_and_back(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    books = a_wallet()
    list_of = in_books(books, HOLDS)
    held(books, "1")
    few = queries(operator, list_of)
    for amount in ("2", "3", "4", "5"):
        held(books, amount)
    assert queries(operator, list_of) == few
    assert turned(operator, list_of) == {}
    assert "5 holds" in text_of(operator.get(list_of))

    monkeypatch.setattr(HoldAdmin, "list_per_page", 2)
    links, seen, way = turned(operator, f"{list_of}?status=active"), [], ["?status=active"]
    seen.append(column(operator, f"{list_of}{way[0]}", "amount_text"))
    while "next" in links:
        way.append(links["next"])
        seen.append(column(operator, f"{list_of}{way[-1]}", "amount_text"))
        links = turned(operator, f"{list_of}{way[-1]}")
    assert [[Decimal(amount) for amount in page] for page in seen] == [[5, 4], [3, 2], [1]]
    assert all("status=active" in one for one in way)
    back = f"{list_of}{links['prev']}"
    assert column(operator, back, "amount_text") == seen[1]
    first = turned(operator, back)
    assert column(operator, f"{list_of}{first['prev']}", "amount_text") == seen[0]
    assert turned(operator, back)["next"] == way[2]

    wrong = operator.get(f"{list_of}?older=12~x", follow=True)
    assert "The address names no row of this list." in text_of(wrong)
    assert operator.get(f"{in_books(books, CURRENCIES)}?older=1").status_code == 400


def test_accounts_are_gone_through_by_their_codes(shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    an_account(shop, "1500~Ö & co")
    client, page = logged_in(a_user("accounts.view_account")), in_books(shop, ACCOUNTS)
    monkeypatch.setattr(AccountAdmin, "list_per_page", 1)
    codes, links = [column(client, page, "code")], turned(client, page)
    few = queries(client, page)
    assert "Page after" in text_of(client.get(page))
    while "next" in links:
        address = f"{page}{links['next']}"
        codes.append(column(client, address, "code"))
        assert queries(client, address) == few
        links = turned(client, address)
    assert codes == [["1001-CASH"], ["1500~Ö & co"], ["2001-ALICE"], ["4001-SALES"]]
    assert column(client, f"{page}{links['prev']}", "code") == codes[-2]
    assert "names no row" in text_of(client.get(f"{page}?older=%00", follow=True))


def test_each_list_by_key_names_one_row_by_columns_that_can_be_read() -> None:
    """The columns of its order end with a key, or are one that is unique within the books."""
    admins = [one for one in admin.site._registry.values() if getattr(one, "turns_by_key", False)]
    assert len(admins) > 10
    for one in admins:
        names = [str(name).removeprefix("-") for name in one.get_ordering(RequestFactory().get("/"))]
        rows = one.model._default_manager.all()
        assert all(rows.model._meta.get_field(name) for name in names)
        uniques = [set(rule.fields) for rule in one.model._meta.constraints if isinstance(rule, UniqueConstraint)]
        assert "id" in names or any(rule <= {*names, "entity"} for rule in uniques) or one.opts.label in BY_A_LOCK


def test_rows_of_one_day_are_told_apart_by_their_number(shop: Entity) -> None:
    for number in range(5):
        day = date(2026, 3, 2) - timedelta(days=number // 2)
        posted(shop, a_transfer("1001-CASH", "4001-SALES", "1", effective_date=day))
    rows = Journal.objects.filter(entity=shop)
    whole = list(rows.order_by(*DATED))
    seen: list[Journal] = []
    page = asked(rows, "")
    while page.older:
        seen += page.rows
        following = asked(rows, page.older)
        assert asked(rows, following.newer).rows == page.rows
        page = following
    assert [*seen, *page.rows] == whole
    newest = f"?newer={whole[0].effective_date}~{whole[0].number}"
    assert asked(rows, newest) == asked(rows, "")


@pytest.mark.parametrize("key", ["", "x", "2026-03-02", "2026-03-02~", "2026-03-02~-1", "2026-03-02~1~1", "0001-01-01~1",
                                 "2026-13-02~1", f"2026-03-02~{'9' * 30}", "2026-03-02~\u0661"])  # fmt: skip
def test_a_key_of_no_row_is_refused(shop: Entity, key: str) -> None:
    rows = Journal.objects.filter(entity=shop)
    if not key:
        assert len(asked(rows, "?older=").rows) == 2
        return
    with pytest.raises(KeyUnreadable):
        asked(rows, f"?older={key}")


def asked(rows: Any, query: str) -> Any:
    return page_by_key(RequestFactory().get(f"/list/{query}"), rows, DATED, 2)
