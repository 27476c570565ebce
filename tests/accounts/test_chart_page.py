"""The chart of accounts as a tree in the admin: branches, subtotals, contra accounts, and what large books show."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.admin import chart_rows
from accounts.changing import close_account
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.pages import ACCOUNTS, in_books, page_of, read
from tests.people import a_member_of_staff, queries


def a_company() -> Entity:
    """Fixed assets with their depreciation two levels down, in two currencies; a sale that stands below no header."""
    entity = an_entity()
    for code, type_, given in (
        ("1", "asset", {"is_header": True, "name": "Assets"}),
        ("10", "asset", {"is_header": True, "parent": "1", "name": "Machines"}),
        ("100", "asset", {"parent": "10", "name": "Lathes"}),
        ("109", "asset", {"parent": "10", "name": "Depreciation", "normal_side": "credit"}),
        ("120", "asset", {"parent": "1", "name": "Dollars", "currency": "USD"}),
        ("190", "asset", {"parent": "1", "name": "Old till"}),
        ("2", "liability", {"is_header": True, "name": "Empty"}),
        ("300", "equity", {"name": "Capital"}),
        ("301", "equity", {"name": "Capital in dollars", "currency": "USD"}),
        ("600", "expense", {"name": "Wear"}),
    ):
        an_account(entity, code, type_, **given)
    posted(entity, a_transfer("100", "300", "1000.00"))
    posted(entity, a_transfer("600", "109", "250.00"))
    posted(entity, a_transfer("120", "301", "7.00"))
    close_account(entity.id, "190", actor="test")
    return entity


@pytest.fixture(scope="module")
def company(_database: None) -> Entity:
    return a_company()


def chart_of(entity: Entity) -> str:
    return in_books(entity, f"{ACCOUNTS}chart/")


def rows_of(client: Client, address: str) -> list[str]:
    """The rows of the table as people read them, each behind how deep it stands."""
    body = client.get(address).content.decode()
    rows = re.findall(r'<tr class="lf-\w+(?: lf-level-(\d+))?">(.*?)</tr>', body, flags=re.DOTALL)
    return [f"{level} {' '.join(re.sub(r'<[^>]+>', ' ', row).split())}".strip() for level, row in rows]


def test_branches_have_subtotals_from_which_contra_accounts_are_subtracted(operator: Client, company: Entity) -> None:
    assert rows_of(operator, chart_of(company)) == [
        "0 Asset",
        "1 1 · Assets fold 1 750.00 EUR 7.00 USD",
        "2 10 · Machines fold 10 750.00 EUR",
        "3 100 · Lathes 1,000.00 EUR",
        "3 109 · Depreciation contra: is subtracted \N{MINUS SIGN}250.00 EUR",
        "2 120 · Dollars 7.00 USD",
        "2 190 · Old till closed 0.00 EUR",
        "0 Liability",
        "1 2 · Empty",
        "0 Equity",
        "1 300 · Capital 1,000.00 EUR",
        "1 301 · Capital in dollars 7.00 USD",
        "0 Expense",
        "1 600 · Wear 250.00 EUR",
        "Total: Asset 750.00 EUR 7.00 USD",
        "Total: Equity 1,000.00 EUR 7.00 USD",
        "Total: Expense 250.00 EUR",
    ]
    body = operator.get(chart_of(company)).content.decode()
    assert '<tr class="lf-quiet lf-level-2">' in body  # the one that is closed
    assert page_of(company.accounts.get(code="100")) in body


def test_a_branch_folds_by_a_link_and_opens_again(operator: Client, company: Entity) -> None:
    folded = f"{chart_of(company)}?fold=10"
    assert 'href="?fold=10" aria-expanded="true"' in operator.get(chart_of(company)).content.decode()
    rows = rows_of(operator, folded)
    assert "2 10 · Machines open 10 750.00 EUR" in rows
    assert not any("Lathes" in row for row in rows)
    body = operator.get(folded).content.decode()
    assert 'href="?" aria-expanded="false"' in body
    assert 'href="?fold=10&amp;fold=1" aria-expanded="true"' in body
    assert ">Open all</a>" in body


def test_large_books_are_read_a_branch_at_a_time(
    operator: Client, company: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart_rows, "MOST_OPEN", 5)
    folded = rows_of(operator, chart_of(company))
    assert folded[:2] == ["0 Asset", "1 1 · Assets open 1 750.00 EUR 7.00 USD"]
    assert not any(row.startswith("2 ") for row in folded)
    opened = rows_of(operator, f"{chart_of(company)}?open=10")  # and what is above it
    assert "2 10 · Machines fold 10 750.00 EUR" in opened
    assert "3 100 · Lathes 1,000.00 EUR" in opened
    assert opened[-3:] == folded[-3:]
    body = operator.get(f"{chart_of(company)}?open=10&open=nobody&open=%00").content.decode()
    assert 'href="?open=1" aria-expanded="true"' in body  # folds 10
    assert 'href="?" aria-expanded="true"' in body  # folds 1 with 10, which would open it again
    monkeypatch.setattr(chart_rows, "MOST_OF_BRANCH", 1)
    monkeypatch.setattr(chart_rows, "MOST_SUMMED", 5)
    cut = read(operator, f"{chart_of(company)}?open=1")
    assert "too many to add up" in cut
    assert "Not all accounts are shown" in cut
    assert "120 · Dollars" not in cut
    assert "the trial balance has the totals" in cut


def test_the_chart_is_beside_the_list_for_who_may_see_accounts(operator: Client, company: Entity) -> None:
    address = chart_of(company)
    few = an_entity()
    assert f'href="{address}" data-key="t"' in operator.get(in_books(company, ACCOUNTS)).content.decode()
    assert "There are no accounts here yet." in read(operator, chart_of(few))
    an_account(few, "cash")
    assert queries(operator, chart_of(few)) == queries(operator, address)
    assert a_member_of_staff("journals.view_journal").get(address).status_code == 403
    assert a_member_of_staff("accounts.view_account").get(address).status_code == 200
