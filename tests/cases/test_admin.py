"""Exceptions in the admin: lists by kind, age and owner, and what may be done with each."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from recon.cases.models import ReconException
from recon.statements.models import BankAccount
from tests.cases.reconciling import books_with_a_bank, ran, said, sold, the_case
from tests.pages import page_of, read
from tests.people import a_member_of_staff, queries

LIST = "/admin/cases/reconexception/"
ACTIONS = ("assign", "check", "comment", "reason", "resolve", "reopen")


@pytest.fixture
def bank() -> BankAccount:
    """Books on Friday 6 March 2026."""
    found = books_with_a_bank(business_date=date(2026, 3, 6))
    sold(found, "70.00", "INV-2026-0003", date(2026, 3, 2))
    said(found, ("70.01", "INV-2026-0003", date(2026, 3, 2)), ("-4.00", "FEE-77778", date(2026, 3, 6)))
    ran(found)
    return found


def listed(operator: Client, bank: BankAccount, **params: str) -> int:
    body = operator.get(LIST, {"entity": bank.entity.code, **params}).content.decode()
    rows = ReconException.objects.filter(bank_account=bank)
    return sum(f"/{row.pk}/change/" in body for row in rows)


def test_lists_are_narrowed(operator: Client, bank: BankAccount) -> None:
    assert listed(operator, bank) == 2
    assert listed(operator, bank, kind="amount") == 1
    assert listed(operator, bank, age="0-1") == 1
    assert listed(operator, bank, age="2-7") == 1
    assert listed(operator, bank, age="over-60") == 0
    assert listed(operator, bank, owner="nobody") == 0
    assert listed(operator, bank, status="unresolved") == 2
    assert listed(operator, bank, status="resolved") == 0


def test_a_list_asks_no_query_a_row(operator: Client, bank: BankAccount) -> None:
    operator.get(LIST, {"entity": bank.entity.code})
    few = queries(operator, LIST)
    said(bank, *((f"-{number}.00", f"FEE-7000{number}", date(2026, 3, 6)) for number in range(5, 15)), opening="66.01")
    ran(bank)
    assert queries(operator, LIST) == few


def offered(operator: Client, row: ReconException) -> list[str]:
    body = operator.get(page_of(row)).content.decode()
    return [name for name in ACTIONS if f"/{row.pk}/{name}/" in body]


def act(operator: Client, row: ReconException, name: str, **values: str) -> None:
    answer = operator.post(f"{LIST}{row.pk}/{name}/", {"key": f"admin:{name}", **values})
    assert answer.status_code == 302, answer.content.decode()


def test_one_is_worked_on(operator: Client, bank: BankAccount) -> None:
    row = the_case(bank, kind="amount")
    assert offered(operator, row) == ["assign", "check", "comment", "reason", "resolve"]
    act(operator, row, "assign", value="ann", comment="yours")
    act(operator, row, "check")
    act(operator, row, "comment", comment="the bank will call back")
    act(operator, row, "reason", value="a cent")
    act(operator, row, "resolve", value="accepted", note="small")
    row.refresh_from_db()
    assert (row.status, row.owner, row.reason, row.resolution) == ("resolved", "ann", "a cent", "accepted")
    page = read(operator, page_of(row))
    assert "the bank will call back" in page
    assert offered(operator, row) == ["comment", "reopen"]
    act(operator, row, "reopen")
    row.refresh_from_db()
    assert row.status == "open"


def test_a_refusal_is_shown_in_the_form(operator: Client, bank: BankAccount) -> None:
    row = the_case(bank, kind="amount")
    answer = operator.post(f"{LIST}{row.pk}/reopen/", {"key": "admin:1"})
    assert answer.status_code == 200
    assert "is not resolved" in answer.content.decode()


def test_who_may_only_look_is_offered_nothing(bank: BankAccount) -> None:
    client = a_member_of_staff("cases.view_reconexception")
    row = the_case(bank, kind="amount")
    assert offered(client, row) == []
    assert client.post(f"{LIST}{row.pk}/check/", {"key": "admin:1"}).status_code == 403
