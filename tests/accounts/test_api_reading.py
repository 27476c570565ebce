"""Balances, registers, what an owner has, and opening balances over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ledgerflow.books.models import Entity
from ledgerflow.core.clocks import TICK
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.client import ApiClient, Reply

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(scope="module")
def books() -> Entity:
    """A shop: 100 sold yesterday, 30 given back today."""
    entity = an_entity()
    an_account(entity, "Assets", is_header=True)
    an_account(entity, "Cash", parent="Assets", owner_id="team/1")
    an_account(entity, "Till", parent="Assets", currency="USD", owner_id="team/1")
    an_account(entity, "Sales", "income", owner_id="other")
    posted(entity, a_transfer("Cash", "Sales", "100", effective_date=YESTERDAY, description="Sale"))
    posted(entity, a_transfer("Sales", "Cash", "30", external_reference="R-1"))
    return entity


@pytest.fixture(scope="module")
def api(books: Entity) -> ApiClient:
    return ApiClient(books)


def balance(api: ApiClient, code: str, **query: str) -> Any:
    reply = api.get(f"/api/accounts/{code}/balance", query)
    assert reply.status == 200, reply.json
    return reply.json


# --- balances ------------------------------------------------------------------------------------


def test_a_balance_is_what_is_stored(api: ApiClient) -> None:
    assert balance(api, "Cash") == {
        "account": "Cash", "currency": "EUR", "normal_side": "debit", "debits": "100.00", "credits": "30.00",
        "balance": "70.00", "held": "0.00", "available": "70.00", "version": 2, "overridden": False,
    }  # fmt: skip


def test_a_balance_of_the_past_names_the_event_it_counts_to(api: ApiClient, books: Entity) -> None:
    last = books.events.order_by("-sequence")[0]
    then = balance(api, "Sales", as_of=str(YESTERDAY))
    assert then == {
        "account": "Sales", "currency": "EUR", "normal_side": "credit", "debits": "0.00", "credits": "100.00",
        "balance": "100.00", "as_of": str(YESTERDAY), "known_at": None, "event_sequence": last.sequence,
        "recorded_at": last.recorded_at.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip


def test_a_balance_as_it_was_known(api: ApiClient, books: Entity) -> None:
    last = books.events.filter(type="journal.posted").latest("sequence").recorded_at
    assert balance(api, "Cash", known_at=last.isoformat())["balance"] == "70.00"
    just_before = balance(api, "Cash", known_at=(last - TICK).isoformat(), as_of=str(TODAY))
    assert (just_before["balance"], just_before["as_of"]) == ("100.00", str(TODAY))
    dawn = balance(api, "Cash", known_at="1900-01-01T00:00:00Z")
    assert (dawn["balance"], dawn["event_sequence"], dawn["recorded_at"]) == ("0.00", 0, None)
    assert balance(api, "Cash", known_at="2999-12-31T23:59:59Z")["balance"] == "70.00"


def test_a_roll_up_has_a_total_per_currency(api: ApiClient) -> None:
    assert balance(api, "Assets", rollup="true") == {
        "account": "Assets",
        "normal_side": "debit",
        "totals": [
            {"currency": "EUR", "accounts": 2, "debits": "100.00", "credits": "30.00", "balance": "70.00"},
            {"currency": "USD", "accounts": 1, "debits": "0.00", "credits": "0.00", "balance": "0.00"},
        ],
    }
    then = balance(api, "Assets", rollup="true", as_of=str(YESTERDAY))
    assert (then["totals"][0]["balance"], then["as_of"]) == ("100.00", str(YESTERDAY))
    assert balance(api, "Assets", rollup="false")["balance"] == "0.00"


@pytest.mark.parametrize(
    "query, pointer",
    [
        ({"as_of": "nonsense"}, "/as_of"),
        ({"as_of": ""}, "/as_of"),
        ({"as_of": "2026-02-30"}, "/as_of"),
        ({"as_of": "20260202"}, "/as_of"),
        ({"as_of": "10000-01-01"}, "/as_of"),
        ({"as_of": "2026-03-02\x00"}, "/as_of"),
        ({"known_at": "2026-03-02"}, "/known_at"),
        ({"known_at": "2026-03-02T10:00:00"}, "/known_at"),
        ({"known_at": "now"}, "/known_at"),
        ({"rollup": "yes"}, "/rollup"),
        ({"rollup": ""}, "/rollup"),
        ({"at": "2026-03-02"}, "/at"),
        ({"as_of": ["2026-03-02", "2026-03-02"]}, "/as_of"),
    ],
)
def test_a_balance_query_that_makes_no_sense_is_refused(api: ApiClient, query: dict[str, Any], pointer: str) -> None:
    reply = api.get("/api/accounts/Cash/balance", query)
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])


# --- registers -----------------------------------------------------------------------------------


def versions(reply: Reply) -> list[int]:
    assert reply.status == 200, reply.json
    return [line["version"] for line in reply.json["results"]]


def test_a_register_lists_lines_with_the_balance_after_each(api: ApiClient) -> None:
    reply = api.get("/api/accounts/Sales/register")
    lines = [
        {name: line[name] for name in ("version", "side", "amount", "balance_after", "effective_date", "description")}
        for line in reply.json["results"]
    ]
    assert lines == [
        {"version": 1, "side": "credit", "amount": "100.00", "balance_after": "100.00",
         "effective_date": str(YESTERDAY), "description": "Sale"},
        {"version": 2, "side": "debit", "amount": "30.00", "balance_after": "70.00",
         "effective_date": str(TODAY), "description": ""},
    ]  # fmt: skip
    assert reply.json["next"] is None
    last = reply.json["results"][1]
    assert (last["external_reference"], last["kind"], last["journal_number"]) == ("R-1", "transfer", 2)
    assert last["recorded_at"].endswith("Z")


def test_registers_are_paged_in_both_orders_and_by_date(api: ApiClient) -> None:
    first = api.get("/api/accounts/Cash/register", {"limit": 1})
    assert (versions(first), versions(api.get(first.json["next"]))) == ([1], [2])
    newest = api.get("/api/accounts/Cash/register", {"limit": 1, "order": "newest"})
    assert (versions(newest), versions(api.get(newest.json["next"]))) == ([2], [1])
    assert versions(api.get("/api/accounts/Cash/register", {"from": str(TODAY)})) == [2]
    assert versions(api.get("/api/accounts/Cash/register", {"to": str(YESTERDAY)})) == [1]
    assert versions(api.get("/api/accounts/Cash/register", {"order": "oldest", "from": "1900-01-01"})) == [1, 2]


@pytest.mark.parametrize(
    "query, pointer",
    [
        ({"from": "today"}, "/from"),
        ({"to": "2026-00-01"}, "/to"),
        ({"order": "random"}, "/order"),
        ({"order": "date", "holds": "true"}, "/holds"),
        ({"limit": "1001"}, "/limit"),
        ({"limit": ""}, "/limit"),
        ({"cursor": "x"}, "/cursor"),
        ({"cursor": "WyJhIl0"}, "/cursor"),  # ["a"]
        ({"cursor": "WzEsMl0"}, "/cursor"),  # [1,2]
        ({"cursor": "Wy0xXQ"}, "/cursor"),  # [-1]
        ({"cursor": "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd"}, "/cursor"),  # [2**63]
        ({"page": "2"}, "/page"),
    ],
)
def test_a_register_query_that_makes_no_sense_is_refused(api: ApiClient, query: dict[str, str], pointer: str) -> None:
    reply = api.get("/api/accounts/Cash/register", query)
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])


# --- owners --------------------------------------------------------------------------------------


def test_an_owner_has_the_balances_of_all_his_accounts(api: ApiClient) -> None:
    reply = api.get("/api/owners/team/1/balances")
    assert [(row["account"], row["balance"]) for row in reply.json["results"]] == [("Cash", "70.00"), ("Till", "0.00")]
    assert reply.json["next"] is None
    assert api.get("/api/owners/nobody/balances").json == {"results": [], "next": None}
    assert api.get("/api/owners/nul%00/balances").json["results"] == []


def test_the_balances_of_an_owner_are_paged(api: ApiClient) -> None:
    first = api.get("/api/owners/team/1/balances", {"limit": 1})
    assert [row["account"] for row in first.json["results"]] == ["Cash"]
    second = api.get(first.json["next"])
    assert ([row["account"] for row in second.json["results"]], second.json["next"]) == (["Till"], None)


@pytest.mark.parametrize("query, pointer", [
    ({"limit": "x"}, "/limit"), ({"cursor": "WzFd"}, "/cursor"), ({"cursor": "WyJhIiwiYiJd"}, "/cursor"),
    ({"currency": "EUR"}, "/currency"),
])  # fmt: skip
def test_an_owner_query_that_makes_no_sense_is_refused(api: ApiClient, query: dict[str, str], pointer: str) -> None:
    reply = api.get("/api/owners/team/1/balances", query)
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])


# --- opening balances ----------------------------------------------------------------------------


@pytest.fixture
def new_books() -> Entity:
    entity = an_entity()
    an_account(entity, "Bank")
    an_account(entity, "Loan", "liability", max_balance="500")
    return entity


def items(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"account": account, "amount": amount} for account, amount in pairs]


def test_opening_balances_are_posted_each_for_itself(new_books: Entity) -> None:
    api = ApiClient(new_books, "manage", "read")
    body = {"items": items(("Bank", "700"), ("Loan", "501"), ("Nowhere", "1"))}
    reply = api.post("/api/opening-balances", body)
    assert reply.status == 200
    assert [result["status"] for result in reply.json["results"]] == ["posted", "refused", "refused"]
    assert (reply.json["posted"], reply.json["replayed"], reply.json["refused"]) == (1, 0, 2)
    assert reply.json["opening_equity"] == {"EUR": "700.00"}
    journal = reply.json["results"][0]["journal"]
    assert (journal["kind"], journal["effective_date"], journal["idempotency_key"]) == (
        "opening", str(YESTERDAY), "opening:Bank",
    )  # fmt: skip
    errors = [result["error"] for result in reply.json["results"][1:]]
    assert [error["code"] for error in errors] == ["max_balance_exceeded", "unknown_account"]
    assert errors[1]["errors"][0]["pointer"] == "/items/2/account"
    again = api.post("/api/opening-balances", {"items": items(("Bank", "700.0"), ("Loan", "-0.5"))})
    assert [result["status"] for result in again.json["results"]] == ["replayed", "posted"]
    assert balance(api, "Loan")["balance"] == "-0.50"


def test_opening_balances_may_be_all_or_nothing(new_books: Entity) -> None:
    api = ApiClient(new_books)
    body = {"mode": "atomic", "items": items(("Bank", "700"), ("Loan", "501"))}
    refused = api.post("/api/opening-balances", body)
    assert (refused.status, refused.code) == (422, "batch_refused")
    assert [one["error"]["code"] for one in refused.json["results"]] == ["batch_refused", "max_balance_exceeded"]
    assert balance(api, "Bank")["version"] == 0
    body["items"] = items(("Bank", "700"), ("Loan", "500"))
    assert api.post("/api/opening-balances", body).json["opening_equity"] == {"EUR": "200.00"}


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({}, "/items"),
        ({"items": []}, "/items"),
        ({"items": items(*[("Bank", "1")] * 10_001)}, "/items"),
        ({"items": items(("Bank", "x"))}, "/items/0/amount"),
        ({"items": items(("Bank", "1"), ("Loan", "1e400"))}, "/items/1/amount"),
        ({"items": [{"account": "Bank", "amount": 5}]}, "/items/0/amount"),
        ({"items": [{"account": "", "amount": "5"}]}, "/items/0/account"),
        ({"items": [{"account": "Bank", "amount": "5", "date": "x"}]}, "/items/0/date"),
        ({"items": items(("Bank", "1")), "mode": "some"}, "/mode"),
    ],
)
def test_opening_balances_that_make_no_sense_name_the_field(new_books: Entity, body: Any, pointer: str) -> None:
    reply = ApiClient(new_books).post("/api/opening-balances", body)
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])
