"""Exceptions in the admin: lists by kind, age and owner, and what may be done with each."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from recon.cases.models import ReconException
from recon.statements.models import BankAccount
from tests.cases.reconciling import books_with_a_bank, ran, said, sold, the_case
from tests.pages import in_books, page_of, read, send, text_of
from tests.people import a_member_of_staff, person_behind, queries

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
    assert listed(operator, bank, owner="bob") == 0
    assert listed(operator, bank, owner="nobody") == 2
    assert listed(operator, bank, owner="mine") == 0
    assert listed(operator, bank, account="BANK") == 2
    assert listed(operator, bank, status="unresolved") == 2
    assert listed(operator, bank, status="resolved") == 0
    nothing = read(operator, LIST, entity=bank.entity.code, age="over-60")
    assert "There are no exceptions with Age in days: over 60" in nothing


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


def choose(operator: Client, bank: BankAccount, name: str, *chosen: ReconException) -> str:
    """Tick exceptions in the list, and choose what is to be done with them."""
    ticked = {"action": f"selected_{name}", "_selected_action": [str(one.pk) for one in chosen], "index": "0"}
    answer = operator.post(f"{LIST}?entity={bank.entity.code}&status=open", ticked)
    assert answer.status_code == 200
    where = f'action="{in_books(bank.entity, LIST)}selected/{name}/?status=open&amp;entity={bank.entity.code}"'
    assert where in answer.content.decode(), "the filters of the list stay"
    return answer.content.decode()


def do_with_selected(operator: Client, bank: BankAccount, name: str, chosen: list[str], **values: str) -> str:
    sent = {"_selected_action": chosen, "key": f"admin:{name}", **values}
    answer = operator.post(f"{LIST}selected/{name}/?entity={bank.entity.code}", sent, follow=True)
    return answer.content.decode()


def test_many_are_worked_on_at_once(operator: Client, bank: BankAccount) -> None:
    rows = list(ReconException.objects.filter(bank_account=bank))
    page = choose(operator, bank, "resolve", *rows)
    assert "Resolve: 2 exceptions" in page
    ids = [str(row.pk) for row in rows]
    assert all(f'name="_selected_action" value="{one}"' in page for one in ids)
    for _ in range(2):
        assert "Exceptions changed: 2." in do_with_selected(operator, bank, "resolve", ids, value="accepted")
    assert set(ReconException.objects.filter(bank_account=bank).values_list("status", "entries")) == {("resolved", 2)}
    refused = do_with_selected(operator, bank, "check", ids)
    assert "Nothing was written" in refused
    assert "is resolved" in refused
    assert "Exceptions changed: 2." in do_with_selected(operator, bank, "reopen", ids)
    assert "Exceptions changed: 1." in do_with_selected(operator, bank, "assign", ids[:1], value="ann")
    assert listed(operator, bank, owner="ann") == 1


def test_nonsense_in_a_selection_is_told(operator: Client, bank: BankAccount) -> None:
    assert "Tick the exceptions first." in do_with_selected(operator, bank, "check", [])
    assert "What was ticked is no exception." in do_with_selected(operator, bank, "check", ["x"])
    assert "At most 500" in do_with_selected(operator, bank, "check", [str(bank.pk)] * 501)
    assert "no such exception" in do_with_selected(operator, bank, "check", [str(bank.pk)])
    other = books_with_a_bank()
    row = the_case(bank, kind="amount")
    assert "no such exception" in do_with_selected(operator, other, "check", [str(row.pk)])


def test_who_may_only_look_changes_no_selection(bank: BankAccount) -> None:
    client = a_member_of_staff("cases.view_reconexception")
    body = client.get(LIST, {"entity": bank.entity.code, "account": "BANK"}).content.decode()
    assert "selected_resolve" not in body
    assert ">Reconcile</a></li>" not in body.partition('<div id="content"')[2]
    row = the_case(bank, kind="amount")
    ticked = {"action": "selected_check", "_selected_action": [str(row.pk)], "index": "0"}
    client.post(f"{LIST}?entity={bank.entity.code}", ticked)
    assert client.post(f"{LIST}selected/check/", {"_selected_action": [str(row.pk)], "key": "k"}).status_code == 403
    row.refresh_from_db()
    assert row.status == "open"


def test_one_click_takes_an_exception(operator: Client, bank: BankAccount) -> None:
    row = the_case(bank, kind="amount")
    me = person_behind(operator)
    assert f'name="value" value="{me}"' in operator.get(page_of(row)).content.decode()
    act(operator, row, "assign", value=me)
    page = operator.get(page_of(row)).content.decode()
    assert "Take it" not in page
    assert "INV-2026-0003" in page, "what it is about"
    assert listed(operator, bank, owner="mine") == 1


def test_a_bank_account_is_reconciled(operator: Client) -> None:
    bank = books_with_a_bank(business_date=date(2026, 3, 6))
    sold(bank, "70.00", "INV-2026-0003", date(2026, 3, 2))
    said(bank, ("70.00", "INV-2026-0003", date(2026, 3, 2)), ("-4.00", "FEE-77778", date(2026, 3, 6)))
    page = f"{LIST}run/?entity={bank.entity.code}&account=BANK"
    shown = text_of(operator.post(page, {"dry_run": "x"}))
    assert "Matches 1 Suggestions 0 Exceptions opened 1" in shown, shown[-600:]
    assert "Exceptions to open: missing in books 1." in shown
    assert not ReconException.objects.filter(bank_account=bank).exists()
    for matches in (1, 0):
        done = text_of(operator.post(page, {"run": "x"}, follow=True))
        assert f"Matches: {matches}. Suggestions: 0." in done
    assert ReconException.objects.filter(bank_account=bank).count() == 1
    assert "Choose a bank account first." in send(operator, f"{LIST}run/?account=NONE")
    for permission in ("cases.change_reconexception", "matching.change_match"):
        assert a_member_of_staff(permission).post(page, {"run": "x"}).status_code == 403
