"""Accounts: opened, changed, frozen and closed by forms that call the use cases."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connections
from django.test import Client

from accounts.admin import account_page
from accounts.changing import change_account
from accounts.models import Account
from ledgerflow.books.connections import close_idle
from ledgerflow.books.models import Entity, Event
from tests.builders import a_journal, a_transfer, an_account, an_entity, balance_of, posted
from tests.pages import ACCOUNTS, page_of, read, send, text_of
from tests.people import person_behind

ADD = f"{ACCOUNTS}add/"


def filled(**given: str) -> dict[str, str]:
    return {"code": "1500-BANK", "name": "Bank", "type": "asset", "currency": "EUR"} | given


def last_event(entity: Entity) -> Event:
    event = Event.objects.filter(entity=entity).order_by("-sequence").first()
    assert event is not None
    return event


def account(entity: Entity, code: str) -> Account:
    return Account.objects.select_related("balance").get(entity=entity, code=code)


def test_an_account_is_opened(operator: Client, shop: Entity) -> None:
    page = send(
        operator,
        f"{ADD}?entity={shop.code}",
        **filled(
            min_balance="-250.5", max_balance="1000", role="transit", owner_id="till-3", metadata='{"iban": "X1"}'
        ),
    )
    assert "1500-BANK is open." in page
    assert "1500-BANK · Bank" in page
    opened = account(shop, "1500-BANK")
    assert (opened.role, opened.owner_id, opened.metadata) == ("transit", "till-3", {"iban": "X1"})
    assert (opened.balance.min_balance, opened.balance.max_balance) == (Decimal("-250.50"), Decimal(1000))
    assert (last_event(shop).type, last_event(shop).actor) == ("account.opened", person_behind(operator))


def test_a_contra_account_is_opened_below_a_header(operator: Client, shop: Entity) -> None:
    an_account(shop, "1600-CARS", is_header=True)
    send(
        operator,
        f"{ADD}?entity={shop.code}",
        **filled(code="1610-WEAR", parent="1600-CARS", normal_side="credit", monetary="no"),
    )
    opened = account(shop, "1610-WEAR")
    assert (opened.normal_side, opened.monetary, opened.parent) == ("credit", False, account(shop, "1600-CARS"))


@pytest.mark.parametrize(
    "given, said",
    [
        ({"code": "1001-CASH"}, "There is a different account '1001-CASH' already: name."),
        ({"code": "a/b"}, "A code is 1 to 100 characters"),
        ({"code": ""}, "This field is required."),
        ({"code": "x\x00y"}, "Null characters are not allowed."),
        ({"type": "money"}, "Select a valid choice."),
        ({"currency": "XXX"}, "Select a valid choice."),
        ({"parent": "nobody"}, "The parent must be another open account of type asset."),
        ({"role": "Not A Role"}, "A role is a-z"),
        ({"min_balance": "1e3"}, "is not an amount"),
        ({"min_balance": "0.001"}, "finer than the currency"),
        ({"min_balance": "NaN"}, "is not an amount"),
        ({"min_balance": "1"}, "An empty account would break this limit."),
        ({"min_balance": "-1", "max_balance": "-2"}, "The lower limit is above the upper one."),
        ({"metadata": "{"}, "This is not JSON"),
        ({"metadata": "[" * 100_000}, "This is not JSON"),
        ({"metadata": "[1]"}, "Metadata is a JSON object"),
        ({"metadata": '{"a": "' + "x" * 17_000 + '"}'}, "Metadata is at most"),
        ({"metadata": '{"a": 1e400}'}, "JSON"),
    ],
)
def test_a_refusal_stands_on_the_page_and_nothing_is_written(
    operator: Client, quiet_shop: Entity, given: dict[str, str], said: str
) -> None:
    before = last_event(quiet_shop).sequence
    page = send(operator, f"{ADD}?entity={quiet_shop.code}", **filled(**given))
    assert "Nothing was written." in page
    assert said in page
    assert last_event(quiet_shop).sequence == before


def test_the_form_stays_with_its_books_when_another_tab_changes_them(operator: Client, shop: Entity) -> None:
    form = operator.get(ADD, {"entity": shop.code}).content.decode()
    assert f'action="?entity={shop.code}"' in form
    operator.get(ACCOUNTS, {"entity": an_entity().code})
    send(operator, f"{ADD}?entity={shop.code}", **filled())
    assert account(shop, "1500-BANK").name == "Bank"


def test_an_account_needs_books(operator: Client) -> None:
    assert "An account needs an entity" in send(operator, f"{ADD}?entity=no-such-books", **filled())


def change(entity: Entity, code: str, **given: Any) -> dict[str, Any]:
    now = account(entity, code)
    return {
        "name": now.name, "owner_id": now.owner_id, "role": now.role, "parent": "", "min_balance": "0",
        "max_balance": "", "metadata": "", "reason": "asked for", "revision": now.revision,
    } | given  # fmt: skip


def edit_page(entity: Entity, code: str) -> str:
    return f"{ACCOUNTS}{account(entity, code).pk}/edit/"


def test_an_account_is_changed_with_a_reason(operator: Client, shop: Entity) -> None:
    page = send(
        operator,
        edit_page(shop, "2001-ALICE"),
        **change(shop, "2001-ALICE", name="Wallet of Alice", max_balance="500", reason="Customer wrote on 2 March"),
    )
    assert "2001-ALICE is changed." in page
    assert "Name: Wallet → Wallet of Alice Upper limit: none → 500.00 Customer wrote on 2 March" in page
    assert account(shop, "2001-ALICE").balance.max_balance == Decimal(500)
    assert last_event(shop).actor == person_behind(operator)


def test_older_changes_are_a_page_further(operator: Client, shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("One", "Two", "Three"):
        change_account(shop.id, "2001-ALICE", {"name": name}, actor="test", reason=f"to {name}")
    monkeypatch.setattr(account_page, "HISTORY_EVENTS", 2)
    page = page_of(account(shop, "2001-ALICE"))
    newest = read(operator, page)
    assert "Name: Two → Three to Three" in newest
    assert "to One" not in newest
    address = re.search(r'href="\?changed_before=(\d+)#history"', operator.get(page).content.decode())
    assert address is not None
    older = operator.get(page, {"changed_before": address[1]})
    assert "→ One to One" in text_of(older)
    assert "changed_before" not in older.content.decode()


def test_the_form_of_changes_shows_what_stands(operator: Client, shop: Entity) -> None:
    an_account(shop, "2000-ALL", "liability", is_header=True)
    an_account(shop, "2002-BOB", "liability", parent="2000-ALL", metadata={"a": 1}, max_balance="10")
    form = operator.get(edit_page(shop, "2002-BOB")).content.decode()
    assert 'value="2000-ALL"' in form
    assert 'value="10.00"' in form
    assert "{&quot;a&quot;:1}" in form


def test_a_change_of_what_somebody_else_changed_is_refused(operator: Client, shop: Entity) -> None:
    stale = change(shop, "2001-ALICE", name="Mine")
    send(operator, edit_page(shop, "2001-ALICE"), **change(shop, "2001-ALICE", name="Theirs"))
    assert "The account has changed since it was read." in send(operator, edit_page(shop, "2001-ALICE"), **stale)
    assert account(shop, "2001-ALICE").name == "Theirs"


@pytest.mark.parametrize(
    "given, said",
    [
        ({"min_balance": "20.01"}, "The balance, 20.00, breaks this limit."),
        ({"min_balance": "x"}, "is not an amount"),
        ({"parent": "1001-CASH"}, "The parent must be an open account of type liability."),
        ({"reason": ""}, "This field is required."),
        ({"revision": "x"}, "Enter a whole number."),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    operator: Client, quiet_shop: Entity, given: dict[str, str], said: str
) -> None:
    before = last_event(quiet_shop).sequence
    assert said in send(operator, edit_page(quiet_shop, "2001-ALICE"), **change(quiet_shop, "2001-ALICE", **given))
    assert last_event(quiet_shop).sequence == before


def status_page(action: str, entity: Entity, *codes: str) -> str:
    ids = "&".join(f"id={account(entity, code).pk}" for code in codes)
    return f"{ACCOUNTS}{action}/?{ids}"


def test_an_account_is_frozen_and_unfrozen(operator: Client, shop: Entity) -> None:
    page = send(operator, status_page("freeze", shop, "2001-ALICE"), outflow="on", reason="Court order 7/26")
    assert "2001-ALICE is frozen." in page
    assert "Status outflow frozen" in page
    assert "Outflow frozen: no → yes Court order 7/26" in page
    page = send(operator, status_page("unfreeze", shop, "2001-ALICE"), reason="Lifted")
    assert "Status open" in page
    assert last_event(shop).type == "account.unfrozen"


def test_a_freeze_needs_a_direction_and_a_reason(operator: Client, quiet_shop: Entity) -> None:
    assert "Choose at least one direction." in send(
        operator, status_page("freeze", quiet_shop, "2001-ALICE"), reason="why"
    )
    page = send(operator, status_page("freeze", quiet_shop, "2001-ALICE"), inflow="on", reason=" ")
    assert "This field is required." in page
    assert account(quiet_shop, "2001-ALICE").inflow_frozen is False


def test_an_empty_account_is_closed_and_one_with_money_is_not(operator: Client, shop: Entity) -> None:
    an_account(shop, "1002-OLD")
    page = send(operator, status_page("close", shop, "1002-OLD", "1001-CASH"), reason="Tidying up")
    assert "1002-OLD is closed." in page
    assert "1001-CASH is not closed: 1001-CASH can be closed only at zero with nothing held." in page
    assert account(shop, "1002-OLD").closed_at is not None
    assert account(shop, "1001-CASH").closed_at is None
    detail = read(operator, page_of(account(shop, "1002-OLD")))
    assert "Status closed" in detail
    assert "Freeze" not in detail


def test_a_closed_account_may_still_be_renamed(operator: Client, shop: Entity) -> None:
    an_account(shop, "1002-OLD")
    send(operator, status_page("close", shop, "1002-OLD"), reason="Tidying up")
    page = send(operator, edit_page(shop, "1002-OLD"), **change(shop, "1002-OLD", name="Old till", min_balance=""))
    assert "1002-OLD · Old till" in page
    assert "1002-OLD is closed." in send(
        operator, edit_page(shop, "1002-OLD"), **change(shop, "1002-OLD", role="transit", min_balance="")
    )


def test_the_actions_of_the_list_ask_for_a_reason(operator: Client, quiet_shop: Entity) -> None:
    ids = [account(quiet_shop, code).pk for code in ("1001-CASH", "2001-ALICE")]
    page = send(operator, f"{ACCOUNTS}?entity={quiet_shop.code}", action="freeze", _selected_action=ids)
    assert "Freeze 2 accounts" in page
    assert "1001-CASH · Cash in the till" in page
    for action in ("unfreeze", "close"):
        page = send(operator, f"{ACCOUNTS}?entity={quiet_shop.code}", action=action, _selected_action=ids[:1])
        assert f"{action.capitalize()} 1001-CASH" in page
    assert account(quiet_shop, "1001-CASH").inflow_frozen is False


def test_too_many_accounts_at_a_time_are_refused(
    operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.admin.accounts.MOST_SELECTED", 1)
    ids = [account(quiet_shop, code).pk for code in ("1001-CASH", "2001-ALICE")]
    page = send(operator, f"{ACCOUNTS}?entity={quiet_shop.code}", action="freeze", _selected_action=ids)
    assert "At most 1 accounts at a time." in page


@pytest.mark.parametrize("ids", ["", "id=", "id=1", "id=%00", "id=0190a000-0000-7000-8000-000000000000"])
def test_an_action_on_nothing_leads_back_to_the_list(operator: Client, ids: str) -> None:
    assert "Choose the accounts first." in send(operator, f"{ACCOUNTS}freeze/?{ids}", reason="x", outflow="on")


def test_the_page_of_an_account_shows_its_register(operator: Client, shop: Entity) -> None:
    posted(shop, a_transfer("2001-ALICE", "4001-SALES", "7.50", description="Alice buys bread"))
    page = read(operator, page_of(account(shop, "2001-ALICE")))
    assert "Balance 12.50 EUR Available 12.50 EUR Held 0.00 EUR Debits 7.50 EUR Credits 20.00 EUR Postings 2" in page
    assert "Lower limit 0.00" in page
    assert "3 2026-03-02 Alice buys bread 7.50 12.50 2 2026-03-02 Top-up 20.00 20.00" in page
    assert balance_of(shop, "2001-ALICE") == Decimal("12.50")


def test_a_long_register_goes_on_behind_a_link(
    operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.admin.account_page.REGISTER_LINES", 1)
    page = page_of(account(quiet_shop, "1001-CASH"))
    assert 'href="?before=2"' in operator.get(page).content.decode()
    older = read(operator, page, before="2")
    assert "1 2026-03-02 Monday 1,234.50 1,234.50" in older
    assert "Top-up" not in older
    assert "Older lines" not in older


@pytest.mark.parametrize("before", ["x", "-1", "²", "9" * 40, "\x00"])
def test_a_place_in_the_register_that_cannot_be_is_ignored(operator: Client, quiet_shop: Entity, before: str) -> None:
    assert "Top-up" in read(operator, page_of(account(quiet_shop, "1001-CASH")), before=before)


def test_the_page_of_a_header_sums_up_what_is_below(operator: Client, shop: Entity) -> None:
    an_account(shop, "1000-ALL", is_header=True)
    an_account(shop, "1002-SAFE", parent="1000-ALL")
    an_account(shop, "1003-BOX", parent="1000-ALL")
    posted(shop, a_journal(("1002-SAFE", "5"), ("1003-BOX", "2"), ("4001-SALES", "-7")))
    page = read(operator, page_of(account(shop, "1000-ALL")))
    assert "Balance of all below 7.00 EUR" in page
    assert "No postings: a header takes none." in page


def test_a_balance_out_of_its_limits_is_marked(operator: Client, shop: Entity) -> None:
    posted(shop, a_transfer("2001-ALICE", "4001-SALES", "21", override_limits="Chargeback"))
    assert "out of range by permission" in read(operator, page_of(account(shop, "2001-ALICE")))
    assert "2001-ALICE" in read(operator, ACCOUNTS, entity=shop.code, status="overridden")


def test_amounts_of_many_digits_are_shown_to_the_last_one(operator: Client, shop: Entity) -> None:
    posted(shop, a_transfer("1001-CASH", "4001-SALES", "99999999999999999999.99"))
    posted(shop, a_transfer("1001-CASH", "4001-SALES", "99999999999999999999.99"))
    assert "200,000,000,000,000,001,254.48" in read(operator, page_of(account(shop, "1001-CASH")))


def test_an_account_that_is_not_there_cannot_be_changed(operator: Client) -> None:
    assert "There is no account with the id" in send(operator, f"{ACCOUNTS}{uuid4()}/edit/", name="x")


def test_busy_books_are_a_message_on_the_page(
    operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"{ACCOUNTS}add/?entity={quiet_shop.code}"
    close_idle()
    monkeypatch.setitem(connections["writer"].settings_dict, "OPTIONS", {"options": "-c lock_timeout=50"})
    with psycopg.connect(**connection_params(), autocommit=False) as other:
        other.execute("SELECT FROM books_entity WHERE id = %s FOR UPDATE", (quiet_shop.pk,))
        said = send(operator, page, **filled(code="1777-BUSY"))
    close_idle()
    assert "The books of this entity are busy; nothing was written." in said
    assert not Account.objects.filter(entity=quiet_shop, code="1777-BUSY").exists()


def connection_params() -> dict[str, Any]:
    found = connections["default"].settings_dict
    return {
        "dbname": found["NAME"],
        "user": found["USER"],
        "password": found["PASSWORD"],
        "host": found["HOST"],
        "port": found["PORT"] or 5432,
    }
