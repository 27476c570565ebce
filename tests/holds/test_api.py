"""The endpoints of holds."""

from __future__ import annotations

from typing import Any

import pytest

from journals.days.closing.running import close_day
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from tests.builders import TODAY
from tests.client import NO_JOURNAL, ApiClient, Reply
from tests.holding import a_wallet


@pytest.fixture(scope="module")
def entity(_database: None) -> Entity:
    return a_wallet("100000.00")


@pytest.fixture(scope="module")
def api(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def placed(api: ApiClient, amount: str = "60.00", **given: Any) -> Reply:
    return api.post("/api/holds", {"account": "wallet", "amount": amount} | given)


def test_from_placing_to_the_end() -> None:
    api = ApiClient(a_wallet())
    body = {
        "account": "wallet", "amount": "60.00", "currency": "EUR", "expires_at": "2100-01-01T01:00:00+01:00",
        "description": "Hotel", "external_reference": "H-1", "metadata": {"nights": 2},
    }  # fmt: skip
    reply = api.post("/api/holds", body)
    assert reply.status == 201
    hold = reply.json["hold"]
    assert (reply.json["status"], hold["status"], hold["remaining"]) == ("placed", "active", "60.00")
    assert hold["expires_at"] == "2100-01-01T00:00:00.000000Z"
    assert hold["balance"]["available"] == "40.00"
    path = f"/api/holds/{hold['id']}"
    capture = api.post(f"{path}/capture", {"counter_account": "shop", "amount": "25.00", "description": "Night one"})
    assert capture.status == 201
    assert capture.json["status"] == "captured"
    assert capture.json["journal"]["kind"] == "hold_capture"
    assert capture.json["journal"]["hold"] == hold["id"]
    assert capture.json["hold"]["remaining"] == "35.00"
    released = api.post(f"{path}/release")
    assert (released.status, released.json["status"]) == (201, "released")
    assert released.json["hold"]["balance"]["available"] == "75.00"
    balance = api.get("/api/accounts/wallet/balance").json
    assert (balance["balance"], balance["held"], balance["available"]) == ("75.00", "0.00", "75.00")
    shown = api.get(path).json
    assert (shown["amount"], shown["captured"], shown["released"], shown["remaining"], shown["status"]) == (
        "60.00", "25.00", "35.00", "0.00", "captured",
    )  # fmt: skip
    assert shown["metadata"] == {"nights": 2}
    assert [(step["action"], step["amount"], step["held_after"]) for step in shown["steps"]] == [
        ("placed", "60.00", "60.00"), ("captured", "25.00", "35.00"), ("released", "35.00", "0.00"),
    ]  # fmt: skip
    assert shown["steps"][1]["journal"] == capture.json["journal"]["id"]


def test_a_capture_of_all_that_is_left_and_one_that_frees_the_rest(api: ApiClient) -> None:
    whole = placed(api).json["hold"]["id"]
    assert api.post(f"/api/holds/{whole}/capture", {"counter_account": "shop"}).json["hold"]["status"] == "captured"
    part = placed(api).json["hold"]["id"]
    body = {"counter_account": "shop", "amount": "1.00", "release_remainder": True, "effective_date": "2026-03-02"}
    hold = api.post(f"/api/holds/{part}/capture", body).json["hold"]
    assert (hold["status"], hold["captured"], hold["released"]) == ("captured", "1.00", "59.00")


def test_a_late_capture_rolls_forward_when_it_says_so() -> None:
    entity = a_wallet()
    api = ApiClient(entity)
    path = f"/api/holds/{placed(api).json['hold']['id']}/capture"
    close_day(entity.id, TODAY, actor="test")
    late = {"counter_account": "shop", "effective_date": str(TODAY)}
    assert api.post(path, late).code == "day_closed"
    journal = api.post(path, late | {"late": "roll_forward"}).json["journal"]
    assert (journal["effective_date"], journal["original_date"]) == ("2026-03-03", "2026-03-02")
    assert verify_books(entity.id) == []


def test_retries_are_answered_as_before(api: ApiClient) -> None:
    first = api.post("/api/holds", {"account": "wallet", "amount": "9.00"}, key="again-p")
    again = api.post("/api/holds", {"account": "wallet", "amount": "9.0"}, key="again-p")
    path = f"/api/holds/{first.json['hold']['id']}"
    for request in (("capture", {"counter_account": "shop", "amount": "4.00"}), ("release", {"amount": "5.00"})):
        one, two = (api.post(f"{path}/{request[0]}", request[1], key=f"again-{request[0]}") for _ in range(2))
        assert two.json == one.json | {"status": "replayed"}
        assert (one.headers.get("Idempotent-Replayed"), two.headers["Idempotent-Replayed"]) == (None, "true")
    assert again.json == first.json | {"status": "replayed"}
    other = api.post("/api/holds", {"account": "wallet", "amount": "8.00"}, key="again-p")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert api.post(f"{path}/capture", {"counter_account": "shop"}).code == "hold_not_active"


@pytest.mark.parametrize(
    "path, body, code, pointer",
    [
        ("", {"account": "wallet", "amount": "1e3"}, "malformed", "/amount"),
        ("", {"account": "wallet", "amount": "0"}, "malformed", "/amount"),
        ("", {"account": "wallet"}, "malformed", "/amount"),
        ("", {"account": "wallet", "amount": "1.00", "override_limits": "x"}, "malformed", "/override_limits"),
        ("", {"account": "wallet", "amount": "1.00", "expires_at": "2100-01-01T00:00:00"}, "malformed", "/expires_at"),
        ("", {"account": "wallet", "amount": "1.00", "expires_at": "0001-01-01T00:00:00+01:00"}, "date_out_of_range", "/expires_at"),
        ("", {"account": "wallet", "amount": "1.00", "expires_at": "2020-01-01T00:00:00Z"}, "malformed", "/expires_at"),
        ("", {"account": "nobody", "amount": "1.00"}, "unknown_account", "/account"),
        ("", {"account": "wallet", "amount": "1000000.00"}, "insufficient_funds", ""),
        (f"/{NO_JOURNAL}/capture", {"counter_account": "shop"}, "not_found", ""),
        (f"/{NO_JOURNAL}/release", {}, "not_found", ""),
        (f"/{NO_JOURNAL}/release", {"amount": "x"}, "malformed", "/amount"),
        (f"/{NO_JOURNAL}/capture", {"counter_account": "shop", "amount": "-1"}, "malformed", "/amount"),
    ],
    ids=lambda value: value if isinstance(value, str) and not value.startswith("/0") else "",
)  # fmt: skip
def test_what_is_refused(api: ApiClient, path: str, body: dict[str, Any], code: str, pointer: str) -> None:
    reply = api.post(f"/api/holds{path}", body)
    assert (reply.code, reply.pointers) == (code, [pointer])


def test_without_a_key_nothing_is_held(api: ApiClient) -> None:
    hold = placed(api, "1.00").json["hold"]["id"]
    for path, body in (
        ("/api/holds", {"account": "wallet", "amount": "1.00"}),
        (f"/api/holds/{hold}/capture", {"counter_account": "shop"}),
        (f"/api/holds/{hold}/release", {}),
    ):
        reply = api.post(path, body, key="")
        assert (reply.status, reply.code) == (400, "idempotency_key_missing")


def test_lists_are_filtered_and_paged(entity: Entity) -> None:
    entity = a_wallet()
    api = ApiClient(entity)
    ids = [placed(api, "1.00").json["hold"]["id"] for _ in range(3)]
    shop = api.post("/api/holds", {"account": "shop", "amount": "2.00"}).json["hold"]["id"]
    api.post(f"/api/holds/{ids[1]}/release")

    def listed(**params: str) -> list[str]:
        found, address = [], "/api/holds"
        while address:
            page = api.get(address, params if address == "/api/holds" else None).json
            found += [hold["id"] for hold in page["results"]]
            address = page["next"]
        return found

    assert listed() == listed(limit="1") == [shop, *ids[::-1]]
    assert listed(account="wallet") == listed(account="wallet", limit="2") == ids[::-1]
    assert listed(account="wallet", status="active") == [ids[2], ids[0]]
    assert listed(status="released") == [ids[1]]


@pytest.mark.parametrize(
    "query, code, pointer",
    [
        ("status=open", "malformed", "/status"),
        ("account=nobody", "not_found", "/account"),
        ("acount=wallet", "malformed", "/acount"),
        ("cursor=WzEsMl0", "malformed", "/cursor"),
    ],
)
def test_a_list_refuses_what_it_does_not_know(api: ApiClient, query: str, code: str, pointer: str) -> None:
    reply = api.get(f"/api/holds?{query}")
    assert (reply.code, reply.pointers) == (code, [pointer])


def test_a_register_with_its_holds() -> None:
    api = ApiClient(a_wallet())
    hold = placed(api).json["hold"]["id"]
    journal = api.post(f"/api/holds/{hold}/capture", {"counter_account": "shop"}).json["journal"]["id"]
    lines = api.get("/api/accounts/wallet/register?holds=true").json["results"]
    assert [(line["kind"], line.get("balance_after"), line.get("held_after")) for line in lines] == [
        ("transfer", "100.00", None), ("hold_placed", None, "60.00"), ("hold_capture", "40.00", None),
        ("hold_captured", None, "0.00"),
    ]  # fmt: skip
    assert (lines[3]["hold"], lines[3]["journal"]) == (hold, journal)
    paged, address = [], "/api/accounts/wallet/register?holds=true&limit=1&order=newest"
    while address:
        page = api.get(address).json
        paged += page["results"]
        address = page["next"]
    assert paged == lines[::-1]
    without = api.get("/api/accounts/wallet/register?holds=false").json["results"]
    assert [line["kind"] for line in without] == ["transfer", "hold_capture"]
    other = api.get("/api/accounts/wallet/register?limit=1").json["next"]
    assert api.get(f"{other}&holds=true").code == "malformed"
