"""The admin page of an account's register: its time, its lines in order, its pages, and what stands around them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from journals.reading import admin as admin_registers
from journals.reading.register_pages import register_page
from journals.reading.sides import sides_of
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from tests.builders import TODAY, a_journal, a_transfer, an_account, posted
from tests.holding import a_wallet, capture, held
from tests.pages import in_books, text_of, without_label
from tests.people import a_member_of_staff, queries


@pytest.fixture(scope="module")
def busy(_database: None) -> Entity:
    """A wallet with a backdated line, one with several counter accounts, and a hold that was captured in part."""
    entity = a_wallet()
    an_account(entity, "fees", "income")
    hold = held(entity, "60.00", description="Hotel")
    capture(entity, hold, "25.00", description="First night")
    several = a_journal(("wallet", "3"), ("fees", "-2"), ("shop", "-1"), external_reference="R-7", description="Fees")
    posted(entity, several)
    posted(entity, a_transfer("cash", "wallet", "7.00", effective_date=TODAY - timedelta(days=10), description="Late"))
    return entity


def address(entity: Entity, code: str = "wallet") -> str:
    return in_books(entity, f"/admin/accounts/account/{entity.accounts.get(code=code).pk}/register/")


def lines(client: Client, url: str, **params: str) -> list[str]:
    """Each row of the register as text, with | between its cells."""
    page = client.get(url, params).content.decode()
    table = page.partition('id="register"')[2].partition("</thead>")[2].partition("</table>")[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table, flags=re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.DOTALL) for row in rows]
    return ["|".join(" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in row) for row in cells]


def test_lines_stand_by_date_with_the_balance_in_that_order(operator: Client, busy: Entity) -> None:
    day, early = TODAY.isoformat(), (TODAY - timedelta(days=10)).isoformat()
    whole = [
        f"{day}|3|R-7|several|Fees|3.00||79.00",
        f"{day}|hold|||Hold captured: Hotel, 25.00|held 35.00",
        f"{day}|2||shop shop|First night|25.00||82.00",
        f"{day}|hold|||Hold placed: Hotel, 60.00|held 60.00",
        f"{day}|1||cash cash|||100.00|107.00",
        f"{early}|4||cash cash|Late||7.00|7.00",
        "Total|28.00|107.00|",
    ]
    assert lines(operator, address(busy)) == whole
    text = text_of(operator.get(address(busy), {"from": day}))
    assert f"Opening {day} 7.00 EUR Debits 28.00 EUR Credits 100.00 EUR Closing 79.00 EUR" in text
    assert lines(operator, address(busy), as_of=early) == [whole[5], "Total|0.00|7.00|"]
    assert "Nothing moved this account then." in text_of(operator.get(address(busy), {"to": "2001-01-01"}))


def test_what_was_known_at_a_moment(operator: Client, busy: Entity) -> None:
    first = busy.events.get(type="hold.placed").recorded_at
    found = lines(operator, address(busy), known_at=clocks.as_text(first))
    assert [line.split("|")[1] for line in found[:-1]] == ["hold", "1"]
    assert found[-1] == "Total|0.00|100.00|"


@pytest.mark.parametrize(
    "asked, shown",
    [
        ({"as_of": "-1"}, {"as_of": -1}),
        ({"as_of": str(TODAY.day), "from": f"-{TODAY.day - 1}" if TODAY.day > 1 else "+0"}, None),
        ({"as_of": "", "from": "-10", "to": "+5"}, {"from": -10, "to": 5}),
    ],
)
def test_days_are_typed_in_short_and_stand_in_full_in_the_address(
    operator: Client, busy: Entity, asked: dict[str, str], shown: dict[str, int] | None
) -> None:
    wanted = shown or {"as_of": 0, "from": 1 - TODAY.day}
    leads_to = operator.get(address(busy), asked).headers["Location"]
    for name, days in wanted.items():
        assert f"{name}={(TODAY + timedelta(days=days)).isoformat()}" in leads_to
    assert operator.get(address(busy) + leads_to).status_code == 200


def test_a_time_is_typed_as_one(operator: Client, busy: Entity) -> None:
    leads_to = operator.get(address(busy), {"as_of": "2026-Q3"}).headers["Location"]
    assert leads_to == "?to=2026-09-30&from=2026-07-01"
    page = operator.get(address(busy), {"as_of": "soon", "from": "2026-02-01"})
    assert "&#x27;soon&#x27; is no time" in page.content.decode()
    assert 'aria-describedby="refused-as_of"' in page.content.decode()
    text = text_of(operator.get(address(busy), {"from": "2026-02-01", "to": "2026-01-01"}))
    assert "This is after the last day, 2026-01-01." in text


def test_pages_follow_one_another_both_ways(operator: Client, busy: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = lines(operator, address(busy))[:-1]
    monkeypatch.setattr(admin_registers, "LINES", 2)
    found, place, pages = [], "", []
    while True:
        page = operator.get(address(busy) + place).content.decode()
        found.append(lines(operator, address(busy) + place)[:-1])
        pages.append(page)
        older = re.search(r'<a href="([^"]+)" rel="next"', page)
        if older is None:
            break
        place = older[1].replace("&amp;", "&")
    assert [line for one in found for line in one] == whole
    newer = re.search(r'<a href="([^"]+)" rel="prev"', pages[-1])
    assert newer is not None
    assert lines(operator, address(busy) + newer[1])[:-1] == found[-2]
    assert lines(operator, address(busy), before="2026-99-99.1.1")[:-1] == whole[:2]


def test_a_page_is_the_same_work_however_long_it_is(operator: Client, busy: Entity) -> None:
    few = queries(operator, address(busy, "fees"))
    assert queries(operator, address(busy)) == few
    assert few <= 15


def test_the_balance_is_drawn_and_what_leads_on_stands_beside_it(operator: Client, busy: Entity) -> None:
    page = operator.get(address(busy), {"from": (TODAY - timedelta(days=20)).isoformat()}).content.decode()
    assert '<polyline class="lf-chart-line"' in page
    assert f"{TODAY.isoformat()} 79.00</desc>" in page
    assert "style=" not in page.partition("<main")[2]
    assert without_label(page) == []
    assert re.search(r'name="as_of"[^>]*autofocus', page)
    files = re.findall(r'class="button" href="([^"]+)"', page)
    written = operator.get(files[1].replace("&amp;", "&"))
    csv = b"".join(written).decode()
    assert "Closing balance" in csv
    assert "79.00" in csv
    looking = a_member_of_staff("accounts.view_account")
    assert looking.get(address(busy)).status_code == 200
    assert "lf-downloads" not in looking.get(address(busy)).content.decode()
    assert a_member_of_staff("journals.view_journal").get(address(busy)).status_code == 403
    unknown = in_books(busy, "/admin/accounts/account/0190a000-0000-7000-8000-000000000000/register/")
    assert operator.get(unknown).status_code == 302


def test_the_account_leads_to_its_register_and_a_header_to_what_is_below(operator: Client, busy: Entity) -> None:
    wallet = busy.accounts.get(code="wallet")
    page = operator.get(in_books(busy, f"/admin/accounts/account/{wallet.pk}/change/")).content.decode()
    assert f'href="{address(busy)}"' in page
    header = an_account(busy, "assets", is_header=True)
    an_account(busy, "assets-1", parent="assets")
    text = text_of(operator.get(in_books(busy, f"/admin/accounts/account/{header.pk}/change/")))
    assert "Sub-accounts" in text
    assert "assets-1 assets-1 open 0.00 EUR" in text


def test_the_sides_of_a_journal_in_one_currency(busy: Entity) -> None:
    journal = busy.journals.get(number=3)
    both = sides_of([journal.pk])[journal.pk]
    assert (both.debit.code, both.debit.is_several) == ("wallet", False)
    assert (both.credit.code, both.credit.is_several) == ("fees", True)
    assert sides_of([journal.pk], "USD") == {}
    page = register_page(busy.accounts.get(code="wallet"), limit=10)
    assert page.moved == (Decimal(28), Decimal(107))
