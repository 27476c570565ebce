"""The views as callers read them: post, project, read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from accounts.changing import change_account, close_account
from journals.drafts import Line
from journals.views.bodies import AccountView, BalanceView, DashboardView, JournalView
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.client import NO_JOURNAL, ApiClient, Reply
from tests.holding import a_wallet, capture, held, hold, release
from tests.read_models.projecting import project


def a_shop() -> Entity:
    entity = an_entity()
    an_account(entity, "CASH", name="Cash in hand")
    an_account(entity, "SALES", "income", name="Sales")
    return entity


def found(entity: Entity, **asked: Any) -> list[str]:
    """The descriptions of the journals that a search finds."""
    reply = ApiClient(entity).get("/api/views/journals", asked)
    assert reply.status == 200, reply.json
    return [one["description"] for one in reply.json["results"]]


def test_a_journal_is_shown_with_all_there_is_to_it() -> None:
    entity = a_shop()
    answer = posted(
        entity,
        a_journal(
            Line("CASH", Decimal("12.50"), description="Till 4"),
            ("SALES", "-12.50"),
            description='Two "teas"\tand a\\slash',
            external_reference="INV-1",
            metadata={"table": 7},
            actor="key:1",
        ),
    )
    project(entity)
    client = ApiClient(entity)
    (shown,) = client.get("/api/views/journals").json["results"]
    assert client.get(f"/api/views/journals/{shown['id']}").json == shown
    view = msgspec.convert(shown, JournalView)
    assert (view.number, view.kind, view.layer, view.actor) == (1, "manual", "ordinary", "key:1")
    assert view.description == 'Two "teas"\tand a\\slash'
    assert (view.external_reference, view.metadata) == ("INV-1", {"table": 7})
    assert (view.effective_date, view.event_sequence) == (date(2026, 3, 2), answer.event_sequence)
    assert view.recorded_at == answer.recorded_at
    assert view.amounts == {"EUR": "12.50"}
    assert [(one.account, one.name) for one in view.counterparties] == [("CASH", "Cash in hand"), ("SALES", "Sales")]
    lines = [(line.account, line.side, line.amount, line.description) for line in view.lines]
    assert lines == [("CASH", "debit", "12.50", "Till 4"), ("SALES", "credit", "12.50", "")]


def test_an_account_is_named_in_a_journal_as_it_was_called_then() -> None:
    entity = a_shop()
    posted(entity, a_transfer("CASH", "SALES", "1.00", description="before"))
    change_account(entity.id, "CASH", {"name": "Petty cash"}, actor="test")
    posted(entity, a_transfer("CASH", "SALES", "1.00", description="after"))
    project(entity)
    rows = ApiClient(entity).get("/api/views/journals").json["results"]
    assert [row["counterparties"][0]["name"] for row in rows] == ["Petty cash", "Cash in hand"]
    assert found(entity, q="petty") == ["after"]
    assert found(entity, q="hand") == ["before"]


def test_a_reversal_and_what_it_reverses_name_each_other() -> None:
    entity = a_shop()
    client = ApiClient(entity)
    body = {"debit_account": "CASH", "credit_account": "SALES", "amount": "1.00"}
    first = client.post("/api/transfers", body).json["journal"]["id"]
    project(entity)
    second = client.post(f"/api/journals/{first}/reverse").json["journal"]["id"]
    project(entity)
    assert client.get(f"/api/views/journals/{first}").json["reversed_by"] == second
    assert client.get(f"/api/views/journals/{second}").json["reverses"] == first


@pytest.mark.parametrize(
    "words, finds",
    [
        ("coffee", True), ("COFFEE beans", True), ("beans coffee", True), ("cof", True), ("cof beans", False), ("beans cof", True),
        ("INV-2026-0042", True), ("2026", True), ("inv-2026-00", True), ("0042", True), ("42", False),
        ("shop.example", True), ("shop", True), ("straße", True), ("STRASSE", True), ("été", True),
        ("cash", True), ("hand", True), ("sales", True), ("deep", True), ("12", True), ("note", False),
        ("tea", False), ("coffee tea", False), ("!!!", False), ("a:b & c | (d)", False), ("'; DROP TABLE journals", False),
        ("\\", False), ("beans:*", True), ("x" * 400, False),
    ],
)  # fmt: skip
def test_words_find_a_journal(cafe: Entity, words: str, finds: bool) -> None:
    assert (found(cafe, q=words) != []) is finds


@pytest.fixture(scope="module")
def cafe(_database: None) -> Entity:
    entity = a_shop()
    posted(
        entity,
        a_transfer(
            "CASH", "SALES", "3.00", description="Coffee beans, Lange Straße 5 (été)",
            external_reference="INV-2026-0042", metadata={"note": "shop.example", "tags": [{"a": "deep"}, 12, None, True]},
        ),
    )  # fmt: skip
    project(entity)
    return entity


def test_journals_are_found_by_account_date_and_words_together() -> None:
    entity = a_shop()
    an_account(entity, "a 'quoted' \\ code", "income")
    for day, account, words in ((2, "SALES", "one"), (3, "a 'quoted' \\ code", "two"), (4, "SALES", "three")):
        advance_business_date(entity, date(2026, 3, day), actor="test") if day > 2 else None
        posted(entity, a_transfer("CASH", account, "1.00", description=words, effective_date=date(2026, 3, day)))
    project(entity)
    assert found(entity) == ["three", "two", "one"]
    assert found(entity, account="a 'quoted' \\ code") == ["two"]
    assert found(entity, account="SALES", to="2026-03-03") == ["one"]
    assert found(entity, q="t", **{"from": "2026-03-03"}) == ["three", "two"]
    assert found(entity, q="t", account="SALES") == ["three"]
    reply = ApiClient(entity).get("/api/views/journals", {"account": "NONE"})
    assert (reply.status, reply.code) == (404, "not_found")
    reply = ApiClient(entity).get("/api/views/journals", {"from": "2026-03-03", "to": "2026-03-02"})
    assert (reply.status, reply.pointers) == (400, ["/from"])


def test_a_balance_is_that_of_the_books() -> None:
    entity = a_wallet()
    first = held(entity, "30.00")
    capture(entity, first, "10.00")
    release(entity, first, "5.00")
    project(entity)
    client = ApiClient(entity)
    for code in ("cash", "wallet", "shop"):
        shown = client.get(f"/api/views/accounts/{code}/balance").json
        of_books = client.get(f"/api/accounts/{code}/balance").json
        msgspec.convert(shown, BalanceView)
        assert shown.pop("event_sequence") > 0
        assert shown == {name: of_books[name] for name in shown}
    assert client.get("/api/views/accounts/NONE/balance").status == 404


def test_accounts_are_listed_with_what_stands_on_them() -> None:
    entity = a_shop()
    an_account(entity, "OLD", owner_id="u-1", metadata={"a": 1}, min_balance="0")
    close_account(entity.id, "OLD", actor="test")
    posted(entity, a_transfer("CASH", "SALES", "1.00"))
    project(entity)
    client = ApiClient(entity)
    rows = client.get("/api/views/accounts").json["results"]
    shown = {one.code: one for one in msgspec.convert(rows, list[AccountView])}
    assert [(code, one.balance, one.version) for code, one in shown.items()] == [
        ("CASH", "1.00", 1), ("OLD", "0.00", 0), ("SALES", "1.00", 1)
    ]  # fmt: skip
    assert shown["OLD"].closed_at
    assert not shown["CASH"].closed_at
    assert shown["OLD"].metadata == {"a": 1}
    for asked in ({"type": "asset", "owner_id": "u-1"}, {"owner_id": "u-1"}):
        assert [row["code"] for row in client.get("/api/views/accounts", asked).json["results"]] == ["OLD"]
    assert client.get("/api/views/accounts", {"currency": "USD"}).json["results"] == []


DAYS = {date(2026, 3, 2): "1.00", date(2026, 3, 3): "2.00", date(2026, 3, 9): "4.00", date(2026, 4, 1): "8.00"}


@pytest.fixture(scope="module")
def busy(_database: None) -> Entity:
    """A shop with a sale on each of `DAYS`: two weeks and one more, two months."""
    entity = a_shop()
    for day, amount in DAYS.items():
        posted(entity, a_transfer("CASH", "SALES", amount, effective_date=advanced(entity, day)))
    project(entity)
    return entity


def advanced(entity: Entity, day: date) -> date:
    if day > entity.business_date:
        advance_business_date(entity, day, actor="test")
        entity.refresh_from_db()
    return day


def activity(entity: Entity, **asked: Any) -> list[tuple[str, int, str]]:
    reply = ApiClient(entity).get("/api/views/accounts/CASH/activity", asked)
    assert reply.status == 200, reply.json
    found, following = list(reply.json["results"]), reply
    while following.json["next"]:
        following = ApiClient(entity).get(following.json["next"])
        found += following.json["results"]
    assert all(row["credits"] == "0.00" for row in found)
    return [(row["starts_on"], row["count"], row["debits"]) for row in found]


@pytest.mark.parametrize(
    "asked, expected",
    [
        ({}, [(str(day), 1, amount) for day, amount in DAYS.items()]),
        ({"by": "week"}, [("2026-03-02", 2, "3.00"), ("2026-03-09", 1, "4.00"), ("2026-03-30", 1, "8.00")]),
        ({"by": "month"}, [("2026-03-01", 3, "7.00"), ("2026-04-01", 1, "8.00")]),
        ({"by": "week", "from": "2026-03-03", "to": "2026-03-31"}, [("2026-03-02", 1, "2.00"), ("2026-03-09", 1, "4.00")]),
        ({"by": "month", "to": "2026-03-02"}, [("2026-03-01", 1, "1.00")]),
        ({"from": "2027-01-01"}, []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("limit", [1, 100])
def test_activity_is_summed_by_period(busy: Entity, asked: dict[str, str], expected: list[Any], limit: int) -> None:
    assert activity(busy, **asked, limit=limit) == expected


def test_the_dashboard_counts_what_there_is() -> None:
    entity = a_wallet("100.00")
    an_account(entity, "dollars", currency="USD")
    an_account(entity, "owed", "liability", currency="USD")
    first = held(entity, "30.00")
    hold(entity, "5.00")
    capture(entity, first)
    advanced(entity, date(2026, 3, 5))
    posted(entity, a_journal(("cash", "7.00"), ("shop", "-7.00"), ("dollars", "3.00"), ("owed", "-3.00")))
    project(entity)
    shown = ApiClient(entity).get("/api/views/dashboard").json
    view = msgspec.convert(shown, DashboardView)
    assert (view.entity, view.base_currency, view.business_date) == (entity.code, "EUR", date(2026, 3, 5))
    assert (view.journals, view.open_accounts) == (3, 5)
    assert view.journals_by_kind == {"hold_capture": 1, "manual": 1, "transfer": 1}
    assert shown["today"] == {"EUR": {"journals": 1, "volume": "7.00"}, "USD": {"journals": 1, "volume": "3.00"}}
    assert shown["month"] == {"EUR": {"journals": 3, "volume": "137.00"}, "USD": {"journals": 1, "volume": "3.00"}}
    assert shown["open_holds"] == {"EUR": {"count": 1, "held": "5.00"}}


def test_another_entity_sees_nothing_of_it(cafe: Entity) -> None:
    stranger = a_shop()
    project(stranger)
    (journal,) = ApiClient(cafe).get("/api/views/journals").json["results"]
    client = ApiClient(stranger)
    assert found(stranger, q="coffee") == found(stranger) == []
    assert client.get(f"/api/views/journals/{journal['id']}").status == 404
    assert client.get(f"/api/views/journals/{NO_JOURNAL}").status == 404
    assert client.get("/api/views/dashboard").json["journals"] == 0


def test_an_answer_waits_for_an_event(cafe: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    client = ApiClient(cafe)
    project(cafe)
    known = client.get("/api/views/dashboard").json["event_sequence"]
    assert client.get("/api/views/journals", {"min_sequence": known}).status == 200
    monkeypatch.setattr("django.conf.settings.LEDGERFLOW_READ_MODEL_WAIT_SECONDS", 0)
    paths = (
        "journals",
        f"journals/{NO_JOURNAL}",
        "accounts",
        "accounts/CASH/balance",
        "accounts/CASH/activity",
        "dashboard",
    )
    for path in paths:
        refused: Reply = client.get(f"/api/views/{path}", {"min_sequence": known + 1})
        assert (refused.status, refused.code) == (503, "read_model_behind")
        assert refused.json["data"] == {"position": known, "min_sequence": known + 1}
        assert refused.headers["Retry-After"] == "1"
