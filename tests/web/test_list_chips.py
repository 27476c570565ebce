"""What is on in a list, and why it is empty."""

from __future__ import annotations

import html
import re

from django.test import Client

from accounts.currencies import add_currency
from ledgerflow.books.models import Entity
from tests.builders import an_entity
from tests.pages import CURRENCIES, JOURNALS, column, in_books, read


def chips(client: Client, address: str) -> dict[str, str]:
    """The chips of a list, "Kind: transfer", with where they lead."""
    body = client.get(address).content.decode()
    (listed,) = re.findall(r'<ul class="lf-chips".*?</ul>', body, flags=re.DOTALL) or [""]
    links = re.findall(r'<a href="([^"]*)"><span class="visually-hidden">[^<]*</span>(.*?)</a>', listed)
    return {re.sub(r"<[^>]+>|✕", "", text).strip(): html.unescape(address) for address, text in links}


def test_what_is_on_is_shown_and_taken_away_one_by_one(operator: Client, shop: Entity) -> None:
    page = in_books(shop, JOURNALS)
    assert chips(operator, page) == {}
    found = chips(operator, f"{page}?kind=transfer&from=2026-03&to=&order=date&q=al%26ice-1&p=1")
    assert found == {
        "Kind: Transfer": "?from=2026-03&to=&order=date&q=al%26ice-1",
        "From: 2026-03": "?kind=transfer&to=&order=date&q=al%26ice-1",
        "Search: al&amp;ice-1": "?kind=transfer&from=2026-03&to=&order=date",
    }
    assert column(operator, f"{page}{found['From: 2026-03']}", "number") == []
    assert column(operator, f"{page}?kind=transfer&from=2026-03", "number") == ["2", "1"]
    add_currency(shop, code="POINT", name="Points", minor_units=0, is_money=False, actor="test")
    units = f"{in_books(shop, CURRENCIES)}?is_money=no"
    assert chips(operator, units) == {"Is money: no": "?"}
    assert column(operator, units, "code") == ["POINT"]


def test_an_empty_list_says_why_and_what_to_do(operator: Client, shop: Entity) -> None:
    page = in_books(shop, JOURNALS)
    why = "There are no journals with Kind: Reversal , Search: nothing ."
    told = read(operator, f"{page}?kind=reversal&q=nothing")
    assert f"{why} Take one of them away above, or show all" in told
    told = read(operator, in_books(an_entity(), JOURNALS))
    assert "There are no journals here yet. Add journal" in told
    told = read(operator, in_books(an_entity(), "/admin/days/dayclose/"))
    assert "No day was closed yet. Close the day in turn" in told
    assert "no journals" not in read(operator, page)
