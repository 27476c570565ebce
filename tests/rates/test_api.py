"""Rates, conversion and their policy over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from fx.rates.models import Rate
from ledgerflow.books.models import Entity
from tests.builders import an_entity
from tests.client import ApiClient

FRIDAY, SUNDAY, MONDAY = "2008-09-12", "2008-09-14", "2008-09-15"


def rate(pair: str, value: str, date: str = MONDAY, **given: str) -> dict[str, Any]:
    base, quote = pair.split("/")
    return {"base": base, "quote": quote, "value": value, "date": date} | given


@pytest.fixture(scope="module")
def books() -> Entity:
    """Books for tests that write nothing."""
    entity = an_entity()
    rates = [
        rate("EUR/USD", "1.4066", FRIDAY), rate("EUR/JPY", "150.91", FRIDAY), rate("EUR/USD", "1.4150"),
        rate("EUR/JPY", "149.87"), rate("EUR/USD", "1.42", kind="average"),
    ]  # fmt: skip
    api = ApiClient(entity)
    api.post("/api/fx/rates", {"rates": rates, "source": "ECB"})
    api.post("/api/fx/rates", {"rates": [rate("EUR/USD", "1.4151")]})
    return entity


@pytest.fixture
def api(books: Entity) -> ApiClient:
    return ApiClient(books)


def shown(results: list[dict[str, Any]]) -> list[str]:
    return [
        f"{row['base']}/{row['quote']} {row['date']} {row['kind']} {row['value']} v{row['version']}" for row in results
    ]


# --- recording -----------------------------------------------------------------------------------


def test_each_rate_has_its_own_outcome() -> None:
    entity = an_entity()
    client = ApiClient(entity)
    body = {
        "rates": [rate("EUR/USD", "1.4066", FRIDAY), rate("EUR/USD", "1.9"), rate("USD/EUR", "0.7")],
        "source": "ECB",
    }
    reply = client.post("/api/fx/rates", body, key="")
    assert reply.status == 200
    assert {name: reply.json[name] for name in ("recorded", "unchanged", "refused")} == {
        "recorded": 1, "unchanged": 0, "refused": 2,
    }  # fmt: skip
    first, jump, inverse = reply.json["results"]
    assert first == {"status": "recorded", "version": 1}
    assert (jump["error"]["code"], jump["error"]["errors"][0]["pointer"]) == ("rate_jump", "/rates/1/value")
    assert jump["error"]["data"]["percent"] == "35.1"
    assert jump["error"]["data"]["compared"] == [
        {
            "place": "before",
            "rate_date": str(FRIDAY),
            "value": "1.4066",
            "inverse": "0.710934",
            "change_percent": "35.08",
        }
    ]
    assert (inverse["error"]["code"], inverse["error"]["data"]) == ("rate_direction", {"stored": "EUR/USD"})
    again = client.post("/api/fx/rates", body | {"confirm_jump": True})
    assert [one["status"] for one in again.json["results"]] == ["unchanged", "recorded", "refused"]
    row = Rate.objects.get(entity=entity, rate_date=MONDAY)
    assert (row.source, row.actor) == ("ECB", f"key:{client.key.id}")


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({}, "/rates"),
        ({"rates": []}, "/rates"),
        ({"rates": [rate("EUR/USD", "1")], "source": ""}, "/source"),
        ({"rates": [rate("EUR/USD", "1")], "sauce": "x"}, "/sauce"),
        ({"rates": [rate("EUR/USD", "0.00")]}, "/rates/0/value"),
        ({"rates": [rate("EUR/USD", "1e3")]}, "/rates/0/value"),
        ({"rates": [rate("EUR/USD", "1\n")]}, "/rates/0/value"),
        ({"rates": [rate("EUR/USD", "1") | {"value": 1.5}]}, "/rates/0/value"),
        ({"rates": [rate("eur/USD", "1")]}, "/rates/0/base"),
        ({"rates": [rate("EUR/USD", "1", "2008-02-30")]}, "/rates/0/date"),
        ({"rates": [rate("EUR/USD", "1", kind="forward")]}, "/rates/0/kind"),
        ({"rates": [rate("EUR/USD", "1")] * 1001}, "/rates"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_body_that_is_wrong_records_nothing(api: ApiClient, books: Entity, body: Any, pointer: str) -> None:
    before = Rate.objects.filter(entity=books).count()
    reply = api.post("/api/fx/rates", body)
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])
    assert Rate.objects.filter(entity=books).count() == before


def test_recording_needs_the_scope_manage(books: Entity) -> None:
    body = {"rates": [rate("EUR/USD", "1")]}
    assert ApiClient(books, "read", "post").post("/api/fx/rates", body).code == "permission_missing"


# --- listing -------------------------------------------------------------------------------------


def test_the_version_that_counts_or_all_of_them(api: ApiClient) -> None:
    assert shown(api.get("/api/fx/rates", {"base": "EUR", "quote": "USD"}).json["results"]) == [
        "EUR/USD 2008-09-12 spot 1.4066 v1", "EUR/USD 2008-09-15 average 1.42 v1", "EUR/USD 2008-09-15 spot 1.4151 v2",
    ]  # fmt: skip
    found = api.get("/api/fx/rates", {"versions": "all", "on": MONDAY, "kind": "spot", "quote": "USD"}).json["results"]
    assert shown(found) == ["EUR/USD 2008-09-15 spot 1.415 v1", "EUR/USD 2008-09-15 spot 1.4151 v2"]
    assert [row["source"] for row in found] == ["ECB", "manual"]
    assert shown(api.get("/api/fx/rates", {"source": "manual"}).json["results"]) == [
        "EUR/USD 2008-09-15 spot 1.4151 v2"
    ]
    assert api.get("/api/fx/rates", {"base": "USD"}).json == {"results": [], "next": None}


def test_a_page_at_a_time(api: ApiClient) -> None:
    everything = shown(api.get("/api/fx/rates", {"versions": "all"}).json["results"])
    assert len(everything) == 6
    found, url = [], "/api/fx/rates?versions=all&limit=1"
    while url:
        page = api.get(url.removeprefix("http://testserver")).json
        found += shown(page["results"])
        url = page["next"]
    assert found == everything


@pytest.mark.parametrize(
    "query",
    [
        "base=eur",
        "quote=%00",
        "on=monday",
        "kind=forward",
        "versions=some",
        "pair=EUR",
        "limit=0",
        "cursor=x",
        "source=",
    ],
)
def test_a_filter_that_is_wrong_is_named(api: ApiClient, query: str) -> None:
    reply = api.get(f"/api/fx/rates?{query}")
    assert (reply.status, reply.pointers) == (400, [f"/{query.partition('=')[0]}"])


# --- converting ----------------------------------------------------------------------------------


def test_a_conversion_shows_all_it_was_made_of(api: ApiClient) -> None:
    found = api.get("/api/fx/convert", {"amount": "1000.00", "from": "USD", "to": "JPY", "on": MONDAY})
    assert found.json == {
        "amount": "1000.00", "from": "USD", "converted": "105908", "to": "JPY", "on": MONDAY, "kind": "spot",
        "known_at": None,
        "chain": [
            {"base": "EUR", "quote": "USD", "rate_date": MONDAY, "kind": "spot", "value": "1.4151", "version": 2,
             "source": "manual", "operation": "divide"},
            {"base": "EUR", "quote": "JPY", "rate_date": MONDAY, "kind": "spot", "value": "149.87", "version": 1,
             "source": "ECB", "operation": "multiply"},
        ],
        "rounding": {"mode": "half_even", "minor_units": 0, "between": None},
    }  # fmt: skip


def test_a_sunday_is_answered_with_fridays_rate(api: ApiClient) -> None:
    found = api.get("/api/fx/convert", {"amount": "1000", "from": "USD", "to": "JPY", "on": SUNDAY}).json
    assert (found["converted"], [leg["rate_date"] for leg in found["chain"]]) == ("107287", [FRIDAY, FRIDAY])


def test_known_at_and_kind(api: ApiClient, books: Entity) -> None:
    first = Rate.objects.get(entity=books, quote="USD", rate_date=MONDAY, kind="spot", version=1).recorded_at
    asked = {"amount": "1", "from": "EUR", "to": "USD", "on": MONDAY}
    then = api.get("/api/fx/convert", asked | {"known_at": first.isoformat()}).json["chain"]
    assert [(leg["value"], leg["version"]) for leg in then] == [("1.415", 1)]
    assert api.get("/api/fx/convert", asked | {"kind": "average"}).json["converted"] == "1.42"


@pytest.mark.parametrize(
    "query, status, code, pointers",
    [
        ("amount=1&from=EUR&to=USD", 422, "rate_too_old", ["/on"]),  # the business date is in 2026
        ("amount=1&from=EUR&to=CHF&on=2008-09-15", 422, "rate_missing", ["/on"]),
        ("amount=1&from=EUR&to=ROL&on=2008-09-15", 422, "unknown_currency", ["/to"]),
        ("amount=99999999999999999999&from=EUR&to=JPY&on=2008-09-15", 422, "amount_too_large", [""]),
        ("from=EUR&to=USD", 400, "malformed", ["/amount"]),
        ("amount=1e3&from=EUR&to=USD", 400, "malformed", ["/amount"]),
        ("amount=1&to=USD", 400, "malformed", ["/from"]),
        ("amount=1&from=EUR", 400, "malformed", ["/to"]),
        ("amount=1&from=EUR&to=usd", 400, "malformed", ["/to"]),
        ("amount=1&from=EUR&to=USD&kind=forward", 400, "malformed", ["/kind"]),
        ("amount=1&from=EUR&to=USD&known_at=now", 400, "malformed", ["/known_at"]),
        ("amount=1&from=EUR&to=USD&on=1900-01-01", 422, "rate_missing", ["/on"]),
        ("amount=1&from=EUR&to=USD&when=now", 400, "malformed", ["/when"]),
    ],
)
def test_a_conversion_that_cannot_be(api: ApiClient, query: str, status: int, code: str, pointers: list[str]) -> None:
    reply = api.get(f"/api/fx/convert?{query}")
    assert (reply.status, reply.code, reply.pointers) == (status, code, pointers)


# --- the policy ----------------------------------------------------------------------------------


def test_the_policy_is_read_and_set_by_its_revision() -> None:
    client = ApiClient(an_entity())
    first = client.get("/api/fx/policy")
    assert first.headers["ETag"] == '"0"'
    defaults = {
        "max_age_days": 7, "max_jump_percent": "20", "rounding": "half_even", "revaluation_method": "cumulative",
        "max_revaluation_percent": "10",
        "revision": 0,
    }  # fmt: skip
    assert first.json == first.json | defaults
    changed = client.patch("/api/fx/policy", {"max_age_days": 3, "max_jump_percent": "12.50"}, if_match='"0"')
    assert changed.json == first.json | {"max_age_days": 3, "max_jump_percent": "12.5", "revision": 3}
    assert changed.headers["ETag"] == '"3"'
    assert client.get("/api/fx/policy").json == changed.json
    assert client.patch("/api/fx/policy", {"max_age_days": 4}, if_match='"0"').code == "precondition_failed"
    assert client.patch("/api/fx/policy", {"max_age_days": 4}).code == "precondition_required"


@pytest.mark.parametrize(
    "body, pointer",
    [({}, ""), ({"max_age_days": -1}, "/max_age_days"), ({"max_jump_percent": "0"}, "/max_jump_percent"),
     ({"rounding": "sometimes"}, "/rounding"), ({"revision": 1}, "/revision")],
    ids=str,
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(api: ApiClient, body: Any, pointer: str) -> None:
    reply = api.patch("/api/fx/policy", body, if_match="*")
    assert (reply.status, reply.pointers) == (400, [pointer])
