"""Quotes, settlements and revaluations over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_transfer, an_account, balance_of, posted
from tests.client import ApiClient
from tests.trading import a_rate, a_trading_house, go_to

DEAL = {"sell_currency": "EUR", "buy_currency": "USD", "sell_amount": "1000.00"}
ACCOUNTS = {"sell_account": "WALLET-EUR", "buy_account": "WALLET-USD"}


@pytest.fixture
def house() -> Entity:
    entity = a_trading_house()
    a_rate(entity, "1.0892")
    return entity


@pytest.fixture
def client(house: Entity) -> ApiClient:
    return ApiClient(house)


def settled(client: ApiClient, **given: Any) -> Any:
    reply = client.post("/api/fx/settlements", {"direct": DEAL} | ACCOUNTS | given)
    assert reply.status == 201, reply.json
    return reply.json


def test_quote_then_settle(client: ApiClient, house: Entity) -> None:
    quote = client.post("/api/fx/quotes", DEAL | ACCOUNTS | {"spread_percent": "0.5", "expires_in": 60})
    assert quote.status == 201
    assert {name: quote.json[name] for name in ("gross_amount", "spread_amount", "buy_amount", "settlement")} == {
        "gross_amount": "1089.20", "spread_amount": "5.45", "buy_amount": "1083.75", "settlement": None,
    }  # fmt: skip
    assert quote.json["chain"][0] == {
        "base": "EUR", "quote": "USD", "rate_date": "2026-03-02", "kind": "spot", "value": "1.0892", "version": 1,
        "source": "test", "operation": "multiply",
    }  # fmt: skip
    made = settled(client, direct=None, quote=quote.json["id"])
    assert (made["buy_amount"], made["sell_side"], made["buy_base"]) == ("1083.75", "debit", "995.00")
    assert made["proof"] == {
        "legs": [
            {"account": "FX-CLEARING-EUR", "currency": "EUR", "amount": "-1000.00", "base_amount": "-1000.00"},
            {"account": "FX-CLEARING-USD", "currency": "USD", "amount": "1089.20", "base_amount": "1000.00"},
        ],
        "total": "0.00", "rounding": "0", "holds": True,
    }  # fmt: skip
    assert str(balance_of(house, "WALLET-USD")) == "1083.75"
    assert client.get(f"/api/fx/quotes/{quote.json['id']}").json["settlement"] == made["id"]
    again = client.post("/api/fx/settlements", {"quote": quote.json["id"]} | ACCOUNTS)
    assert (again.status, again.code, again.pointers) == (409, "quote_used", ["/quote"])


def test_the_two_journals_are_in_the_books(client: ApiClient) -> None:
    made = settled(client, description="Holiday money")
    kinds = [client.get(f"/api/journals/{one}").json["journal"]["kind"] for one in made["journals"]]
    assert kinds == ["fx_settlement", "fx_settlement"]
    listed = client.get("/api/journals", {"kind": "fx_settlement"}).json["results"]
    assert [one["journal"]["description"] for one in listed] == ["Holiday money"] * 2


def test_a_retry_is_a_replay(client: ApiClient) -> None:
    first = client.post("/api/fx/settlements", {"direct": DEAL} | ACCOUNTS, key="k")
    again = client.post("/api/fx/settlements", {"direct": DEAL} | ACCOUNTS, key="k")
    assert again.json == first.json
    assert (again.headers.get("Idempotent-Replayed"), first.headers.get("Idempotent-Replayed")) == ("true", None)
    other = client.post("/api/fx/settlements", {"direct": DEAL | {"sell_amount": "1.00"}} | ACCOUNTS, key="k")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert client.post("/api/fx/settlements", {"direct": DEAL} | ACCOUNTS, key="").code == "idempotency_key_missing"


def test_reversing(client: ApiClient, house: Entity) -> None:
    made = settled(client)
    path = f"/api/fx/settlements/{made['id']}/reverse"
    back = client.post(path, {"description": "wrong customer"}, key="back")
    assert (back.status, len(back.json["reversal"]["journals"])) == (201, 2)
    assert balance_of(house, "WALLET-USD") == 0
    assert client.post(path, {"description": "wrong customer"}, key="back").headers["Idempotent-Replayed"] == "true"
    assert client.post(path).code == "already_reversed"
    assert client.post(f"/api/journals/{made['journals'][0]}/reverse").code == "not_reversible"
    poster = ApiClient(house, "post")
    assert poster.post(path, {"override_limits": "because"}).code == "permission_missing"


def test_lists_and_pages(client: ApiClient) -> None:
    made = [settled(client)["id"] for _ in range(3)]
    first = client.get("/api/fx/settlements", {"limit": 2}).json
    assert [one["id"] for one in first["results"]] == made[:0:-1]
    rest = client.get(first["next"].partition("testserver")[2]).json
    assert ([one["id"] for one in rest["results"]], rest["next"]) == (made[:1], None)
    assert client.get("/api/fx/settlements", {"from": "2026-03-03"}).json["results"] == []
    assert len(client.get("/api/fx/settlements", {"to": "2026-03-02"}).json["results"]) == 3
    assert client.get(f"/api/fx/settlements/{made[0]}").json["id"] == made[0]
    assert client.get("/api/fx/settlements", {"since": "2026-03-02"}).pointers == ["/since"]


@pytest.mark.parametrize(
    "body, status, code, pointer",
    [
        ({"quote": str(uuid4())} | ACCOUNTS, 404, "not_found", "/quote"),
        (ACCOUNTS, 400, "malformed", "/quote"),
        ({"direct": DEAL | {"sell_amount": "0"}} | ACCOUNTS, 400, "malformed", "/direct/sell_amount"),
        ({"direct": DEAL | {"buy_currency": "CHF"}} | ACCOUNTS, 422, "rate_missing", "/direct/on"),
        ({"direct": DEAL, "sell_account": "WALLET-USD", "buy_account": "WALLET-USD"}, 422, "currency_mismatch", "/sell_account"),
        ({"direct": DEAL} | ACCOUNTS | {"sell_side": "left"}, 400, "malformed", "/sell_side"),
    ],
    ids=["no quote", "neither", "zero", "no rate", "currency", "side"],
)  # fmt: skip
def test_refusals(client: ApiClient, body: dict[str, Any], status: int, code: str, pointer: str) -> None:
    reply = client.post("/api/fx/settlements", body)
    assert (reply.status, reply.code, reply.pointers) == (status, code, [pointer])


def test_missing_accounts_are_named_and_can_be_opened(client: ApiClient, house: Entity) -> None:
    an_account(house, "BANK-GBP", currency="GBP")
    a_rate(house, "0.85", quote="GBP")
    body = {"direct": DEAL | {"buy_currency": "GBP"}, "sell_account": "BANK-EUR", "buy_account": "BANK-GBP"}
    refused = client.post("/api/fx/settlements", body)
    assert (refused.code, refused.json["data"]) == ("fx_account_missing", {"role": "fx_clearing", "currency": "GBP"})
    opened = client.post("/api/fx/accounts", {"currencies": ["GBP"]}).json
    assert opened["opened"] == ["FX-CLEARING-GBP", "FX-SPREAD-GBP", "BANK-GBP-VALUATION"]
    assert [one["account"] for one in opened["pairs"]] == ["BANK-GBP"]
    assert client.post("/api/fx/settlements", body).status == 201


def test_revaluing(client: ApiClient, house: Entity) -> None:
    settled(client)
    a_rate(house, "1.0800", kind="closing")
    # 1,089.20 / 1.08 = 1,008.52 owed, came in at 1,000.00
    asked = {"date": "2026-03-02"}
    preview = client.post("/api/fx/revaluations", asked | {"dry_run": True}).json
    assert (preview["status"], preview["id"], preview["lines"][0]["posted_loss"]) == ("would_post", None, "8.52")
    done = client.post("/api/fx/revaluations", asked).json
    assert (done["status"], done["lines"][0]["closing_value"]) == ("posted", "-1008.52")
    assert client.post("/api/fx/revaluations", asked).json["status"] == "unchanged"
    (run,) = client.get("/api/fx/revaluations").json["results"]
    assert (run["id"], run["number"], run["kind"], run["method"]) == (done["id"], 1, "revaluation", "cumulative")
    shown = client.get(f"/api/fx/revaluations/{run['id']}").json
    assert shown["lines"] == done["lines"]
    assert client.get(f"/api/fx/revaluations/{uuid4()}").code == "not_found"


def test_what_is_not_revalued_is_named(client: ApiClient, house: Entity) -> None:
    an_account(house, "BANK-GBP", currency="GBP")
    an_account(house, "SALES-GBP", "income", currency="GBP")
    posted(house, a_transfer("BANK-GBP", "SALES-GBP", "1.00"))
    answer = client.post("/api/fx/revaluations", {"date": "2026-03-02"}).json
    (skipped,) = answer["skipped"]
    assert answer["complete"] is False
    assert (skipped["account"], skipped["currency"], skipped["code"]) == ("BANK-GBP", "GBP", "fx_account_missing")


def test_valuation_pairs(client: ApiClient, house: Entity) -> None:
    pairs = client.get("/api/fx/valuation-pairs").json["results"]
    assert {one["account"]: one["valuation_account"] for one in pairs} == {
        "BANK-USD": "BANK-USD-VALUATION", "WALLET-USD": "WALLET-USD-VALUATION",
    }  # fmt: skip
    an_account(house, "V2", role="valuation")
    made = client.post("/api/fx/valuation-pairs", {"account": "BANK-USD", "valuation_account": "V2"}).json
    assert made["valuation_account"] == "V2"
    refused = client.post("/api/fx/valuation-pairs", {"account": "BANK-USD", "valuation_account": "BANK-EUR"})
    assert (refused.code, refused.pointers) == ("valuation_pair_refused", ["/valuation_account"])


def test_the_schedule_is_a_part_of_the_policy(client: ApiClient) -> None:
    assert client.get("/api/fx/policy").json["revalue"] == "daily"
    changed = client.patch("/api/fx/policy", {"revalue": "period_end"}, if_match="*")
    assert changed.json["revalue"] == "period_end"


CHOICES = [{"on": "2026-03-01"}, {"kind": "average"}]


@pytest.mark.parametrize("choice", CHOICES, ids=["another day", "another kind"])
def test_choosing_the_rate_takes_the_scope_manage(house: Entity, choice: dict[str, str]) -> None:
    a_rate(house, "2.0", TODAY - timedelta(days=1))
    a_rate(house, "2.0", kind="average")
    poster, manager = ApiClient(house, "post"), ApiClient(house, "post", "manage")
    (name,) = choice
    for path, body, pointer in (
        ("/api/fx/settlements", {"direct": DEAL | choice} | ACCOUNTS, f"/direct/{name}"),
        ("/api/fx/quotes", DEAL | choice, f"/{name}"),
    ):
        refused = poster.post(path, body)
        assert (refused.status, refused.code, refused.pointers) == (403, "permission_missing", [pointer])
        assert refused.json["data"].items() >= {"scope": "manage"}.items()
        made = manager.post(path, body, key="chosen")
        assert (made.status, made.json["buy_amount"]) == (201, "2000.00")
    # What somebody with the right has made is replayed, and his quote settled, by whoever may post.
    replay = poster.post("/api/fx/settlements", {"direct": DEAL | choice} | ACCOUNTS, key="chosen")
    assert replay.headers["Idempotent-Replayed"] == "true"
    quoted = manager.post("/api/fx/quotes", DEAL | choice).json["id"]
    assert poster.post("/api/fx/settlements", {"quote": quoted} | ACCOUNTS).json["buy_amount"] == "2000.00"


def test_naming_the_rate_that_is_due_is_no_choice(house: Entity) -> None:
    poster = ApiClient(house, "post")
    named = DEAL | {"on": TODAY.isoformat(), "kind": "spot"}
    assert poster.post("/api/fx/quotes", named).status == 201
    assert settled(poster, direct=named)["on"] == TODAY.isoformat()
    go_to(house, TODAY + timedelta(days=1))
    a_rate(house, "1.2", TODAY + timedelta(days=1))
    assert settled(poster, direct=named, effective_date=TODAY.isoformat())["buy_amount"] == "1089.20"
    assert settled(poster)["buy_amount"] == "1200.00"


def test_a_quote_dated_back_before_its_rate_takes_the_scope_manage(house: Entity) -> None:
    go_to(house, TODAY + timedelta(days=1))
    a_rate(house, "1.2", TODAY + timedelta(days=1))
    poster, manager = ApiClient(house, "post"), ApiClient(house, "post", "manage")
    order = {"quote": poster.post("/api/fx/quotes", DEAL).json["id"], "effective_date": TODAY.isoformat()} | ACCOUNTS
    refused = poster.post("/api/fx/settlements", order)
    assert (refused.code, refused.pointers) == ("permission_missing", ["/effective_date"])
    assert manager.post("/api/fx/settlements", order).json["buy_amount"] == "1200.00"
