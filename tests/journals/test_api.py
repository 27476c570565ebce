"""POST and GET /api/journals, and what can be found with its filters."""

from typing import Any
from uuid import uuid4

import pytest

from ledgerflow.books.models import Entity
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.client import NO_JOURNAL, ApiClient, Reply


@pytest.fixture
def entity() -> Entity:
    entity = an_entity(dimensions=["cost_centre", "project"])
    for code in ("CASH", "BANK"):
        an_account(entity, code)
    an_account(entity, "SALES", "income")
    return entity


@pytest.fixture
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def line(account: str, side: str, amount: str, **given: Any) -> dict[str, Any]:
    return {"account": account, "side": side, "amount": amount} | given


def a_split(**given: Any) -> dict[str, Any]:
    lines = [line("CASH", "debit", "4.00"), line("BANK", "debit", "6.00"), line("SALES", "credit", "10.00")]
    return {"lines": lines} | given


def numbers(reply: Reply) -> list[int]:
    assert reply.status == 200, reply.json
    return [row["journal"]["number"] for row in reply.json["results"]]


def test_a_journal_of_many_lines_is_posted(client: ApiClient) -> None:
    reply = client.post("/api/journals", a_split(description="Till"))
    assert reply.status == 201
    assert reply.json["journal"]["kind"] == "manual"
    assert [row["balance"] for row in reply.json["journal"]["balances"]] == ["4.00", "6.00", "10.00"]


def test_a_journal_replays_and_rehearses_like_a_transfer(client: ApiClient) -> None:
    assert client.post("/api/journals", a_split(dry_run=True), key="k").json["status"] == "would_post"
    assert client.post("/api/journals", a_split(), key="k").json["status"] == "posted"
    again = client.post("/api/journals", a_split(), key="k")
    assert (again.json["status"], again.headers["Idempotent-Replayed"]) == ("replayed", "true")


def test_a_transfer_is_not_the_journal_with_the_same_lines(client: ApiClient) -> None:
    transfer = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"}
    client.post("/api/transfers", transfer, key="k")
    lines = [line("CASH", "debit", "1.00"), line("SALES", "credit", "1.00")]
    assert client.post("/api/journals", {"lines": lines}, key="k").code == "idempotency_key_reused"


@pytest.mark.parametrize(
    "lines, code, status, pointer",
    [
        ([line("CASH", "debit", "4"), line("SALES", "credit", "5")], "unbalanced", 422, "/lines"),
        ([line("CASH", "debit", "4"), line("NONE", "credit", "4")], "unknown_account", 422, "/lines/1/account"),
        ([line("CASH", "debit", "4", currency="USD"), line("SALES", "credit", "4")], "currency_mismatch", 422, "/lines/0/currency"),
        ([line("CASH", "debit", "4"), line("SALES", "credit", "4.001")], "precision_exceeded", 422, "/lines/1/amount"),
        ([line("CASH", "debit", "4", expected_version=3), line("SALES", "credit", "4")], "version_mismatch", 409, "/lines/0/expected_version"),
        ([line("CASH", "debit", "4", expected_balance="1"), line("SALES", "credit", "4")], "balance_mismatch", 409, "/lines/0/expected_balance"),
    ],
)  # fmt: skip
def test_a_refused_line_is_pointed_at(
    client: ApiClient, lines: list[dict[str, Any]], code: str, status: int, pointer: str
) -> None:
    reply = client.post("/api/journals", {"lines": lines})
    assert (reply.status, reply.code, reply.pointers) == (status, code, [pointer])


def test_conditions_that_hold_let_a_journal_pass(client: ApiClient) -> None:
    lines = [line("CASH", "debit", "4", expected_version=0, expected_balance="-0.00"), line("SALES", "credit", "4")]
    assert client.post("/api/journals", {"lines": lines}).status == 201


def test_a_journal_of_a_thousand_lines_is_posted(client: ApiClient) -> None:
    lines = [line("CASH", "debit", "0.01"), line("SALES", "credit", "0.01")] * 500
    assert client.post("/api/journals", {"lines": lines}).json["journal"]["balances"][0]["version"] == 500


# Reading


def test_a_journal_can_be_read_back(client: ApiClient) -> None:
    answer = client.post("/api/journals", a_split()).json
    reply = client.get(f"/api/journals/{answer['journal']['id']}")
    assert reply.status == 200
    assert reply.json == {
        "event_sequence": answer["event_sequence"],
        "recorded_at": answer["recorded_at"],
        "actor": f"key:{client.key.id}",
        "reversed_by": None,
        "series_number": None,
        "journal": answer["journal"],
    }


@pytest.mark.parametrize("journal", [NO_JOURNAL, "7", "%00"])
def test_a_journal_that_is_not_there_is_not_found(client: ApiClient, journal: str) -> None:
    reply = client.get(f"/api/journals/{journal}")
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.fixture
def history(entity: Entity) -> Entity:
    """Journals 1 to 6 over three days, recorded out of order."""
    days = ["2026-02-27", "2026-03-01", "2026-02-26", "2026-03-01", "2026-02-27", "2026-03-02"]
    from datetime import date

    for number, day in enumerate(days, 1):
        debit = "BANK" if number == 2 else "CASH"
        draft = a_transfer(
            debit, "SALES", "1.00", effective_date=date.fromisoformat(day), external_reference=f"R{number}"
        )
        posted(entity, draft)
    return entity


@pytest.mark.parametrize(
    "params, found",
    [
        ({}, [6, 4, 2, 5, 1, 3]),
        ({"from": "2026-03-01"}, [6, 4, 2]),
        ({"to": "2026-02-27"}, [5, 1, 3]),
        ({"from": "2026-02-27", "to": "2026-03-01"}, [4, 2, 5, 1]),
        ({"account": "CASH"}, [6, 4, 5, 1, 3]),
        ({"account": "BANK"}, [2]),
        ({"account": "CASH", "from": "2026-02-27", "to": "2026-03-01"}, [4, 5, 1]),
        ({"account": "SALES", "external_reference": "R4"}, [4]),
        ({"external_reference": "R5"}, [5]),
        ({"external_reference": "none"}, []),
        ({"kind": "transfer", "to": "2026-02-26"}, [3]),
        ({"kind": "manual"}, []),
        ({"kind": "manual", "account": "CASH"}, []),
    ],
)
def test_journals_are_found_by_their_filters(history: Entity, params: dict[str, str], found: list[int]) -> None:
    assert numbers(ApiClient(history).get("/api/journals", params)) == found


@pytest.mark.parametrize("params", [{}, {"account": "CASH"}, {"account": "SALES", "to": "2026-03-01"}])
@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_pages_follow_each_other_without_gap_or_repeat(history: Entity, params: dict[str, str], limit: int) -> None:
    client = ApiClient(history)
    whole = numbers(client.get("/api/journals", params))
    pages: list[int] = []
    reply = client.get("/api/journals", params | {"limit": str(limit)})
    while True:
        pages += numbers(reply)
        assert len(reply.json["results"]) <= limit
        if reply.json["next"] is None:
            break
        assert reply.json["next"].startswith("http://testserver/api/journals?")
        reply = client.get(reply.json["next"])
    assert pages == whole


def test_a_page_stands_still_while_newer_journals_come_in(history: Entity) -> None:
    client = ApiClient(history)
    first = client.get("/api/journals", {"limit": "2"})
    posted(history, a_transfer("CASH", "SALES", "1.00"))
    assert numbers(client.get(first.json["next"])) == [2, 5]


def test_a_journal_with_several_lines_on_an_account_is_listed_once(entity: Entity, client: ApiClient) -> None:
    for _ in range(3):
        posted(entity, a_journal(("CASH", "1"), ("CASH", "2"), ("CASH", "-3")))
    assert numbers(client.get("/api/journals", {"account": "CASH"})) == [3, 2, 1]
    first = client.get("/api/journals", {"account": "CASH", "limit": "2"})
    assert numbers(client.get(first.json["next"])) == [1]


def test_journals_are_found_by_the_dimensions_of_a_line(client: ApiClient) -> None:
    def tagged(**dimensions: str) -> None:
        lines = [line("CASH", "debit", "1", dimensions=dimensions), line("SALES", "credit", "1")]
        assert client.post("/api/journals", {"lines": lines}).status == 201

    tagged(cost_centre="north", project="x")
    tagged(cost_centre="south")
    tagged(cost_centre="north")
    assert numbers(client.get("/api/journals", {"dimension.cost_centre": "north"})) == [3, 1]
    both = {"dimension.cost_centre": "north", "dimension.project": "x"}
    assert numbers(client.get("/api/journals", both)) == [1]
    assert numbers(client.get("/api/journals", both | {"account": "CASH"})) == [1]
    assert numbers(client.get("/api/journals", both | {"account": "SALES"})) == []


@pytest.mark.parametrize(
    "query, status, code, pointer",
    [
        ("limit=0", 400, "malformed", "/limit"),
        ("limit=1001", 400, "malformed", "/limit"),
        ("limit=ten", 400, "malformed", "/limit"),
        ("limit=1_0", 400, "malformed", "/limit"),
        ("limit=%D9%A3", 400, "malformed", "/limit"),
        ("limit=99999999999999999999", 400, "malformed", "/limit"),
        ("cursor=", 400, "malformed", "/cursor"),
        ("cursor=nonsense!", 400, "malformed", "/cursor"),
        ("cursor=WzFd", 400, "malformed", "/cursor"),
        ("cursor=WyJ4IiwieSJd", 400, "malformed", "/cursor"),
        ("cursor=W3t9LDFd", 400, "malformed", "/cursor"),
        ("cursor=WyIyMDI2LTAzLTAyIiwiXHUwMDAwIl0", 400, "malformed", "/cursor"),
        ("cursor=%C3%A9", 400, "malformed", "/cursor"),
        ("from=yesterday", 400, "malformed", "/from"),
        ("to=2026-02-30", 400, "malformed", "/to"),
        ("from=2026-03-02&to=2026-03-01", 400, "malformed", "/from"),
        ("account=", 400, "malformed", "/account"),
        ("account=a%00b", 400, "malformed", "/account"),
        ("account=NONE", 404, "not_found", "/account"),
        ("kind=transfr", 400, "malformed", "/kind"),
        ("external_reference=" + "x" * 501, 400, "malformed", "/external_reference"),
        ("dimension.planet=mars", 422, "unknown_dimension", "/dimension.planet"),
        ("form=2026-03-01", 400, "malformed", "/form"),
        ("from=2026-03-01&from=2026-03-02", 400, "malformed", "/from"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    client: ApiClient, query: str, status: int, code: str, pointer: str
) -> None:
    reply = client.get(f"/api/journals?{query}")
    assert (reply.status, reply.code, reply.pointers) == (status, code, [pointer])


def test_one_journal_takes_no_filters(client: ApiClient) -> None:
    assert client.get(f"/api/journals/{uuid4()}?limit=1").pointers == ["/limit"]
