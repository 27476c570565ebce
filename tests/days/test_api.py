"""Business days over HTTP: closing, looking at what was frozen, cancelling, reopening, and the policy."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from journals.days.policies import set_day_policy
from ledgerflow.books.models import Entity
from tests.approving import a_person
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient

TODAY, TOMORROW = "2026-03-02", "2026-03-03"
REOPENER = "days.reopen_day"


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "lost", role="suspense")
    an_account(entity, "sales", "income")
    posted(entity, a_transfer("cash", "sales", "12.50"))
    return entity


@pytest.fixture
def client(books: Entity) -> ApiClient:
    return ApiClient(books)


def close(client: ApiClient, day: str = TODAY, **given: Any) -> Any:
    reply = client.post(f"/api/days/{day}/close", given or None)
    assert reply.status == 200, reply.json
    return reply.json


def test_a_day_closes_and_is_shown_step_by_step(client: ApiClient) -> None:
    record = close(client)
    assert (record["day"], record["version"], record["status"], record["accounts"]) == (TODAY, 1, "closed", 2)
    assert record["totals"] == {"EUR": {"debits": "12.50", "credits": "12.50"}}
    assert [step["step"] for step in record["steps"]][-2:] == ["close", "new_day"]
    assert record["actor"] == f"key:{client.key.pk}"
    assert client.get(f"/api/days/{TODAY}").json == record
    assert client.get(f"/api/days/{TODAY}", {"version": 1}).json == record


def test_a_closed_day_again_gives_the_same_record(client: ApiClient) -> None:
    assert close(client) == close(client, accept="twice")


def test_a_date_without_business_belongs_to_the_close_after_it(books: Entity, client: ApiClient) -> None:
    set_day_policy(books.id, {"holidays": {TOMORROW: "A feast"}}, actor="t")
    close(client)
    close(client, "2026-03-04")
    for day, closed_with in ((TOMORROW, "2026-03-04"), ("2026-01-01", TODAY)):
        assert client.get(f"/api/days/{day}").json["day"] == closed_with


@pytest.mark.parametrize(
    "path, code",
    [
        (f"/api/days/{TODAY}", "not_found"),
        (f"/api/days/{TODAY}/trial-balance", "not_found"),
        ("/api/days/tomorrow", "not_found"),
        ("/api/days/2026-02-30", "not_found"),
        (f"/api/days/{TODAY}?version=0", "malformed"),
        (f"/api/days/{TODAY}?version=x", "malformed"),
        (f"/api/days/{TODAY}?on=1", "malformed"),
        ("/api/days?day=1", "malformed"),
    ],
)
def test_what_is_not_there_is_not_found(client: ApiClient, path: str, code: str) -> None:
    assert client.get(path).code == code


def test_days_are_listed_newest_first(client: ApiClient) -> None:
    close(client)
    close(client, TOMORROW)
    page = client.get("/api/days", {"limit": 1}).json
    assert [one["day"] for one in page["results"]] == [TOMORROW]
    assert "steps" not in page["results"][0]
    rest = client.get(page["next"]).json
    assert ([one["day"] for one in rest["results"]], rest["next"]) == ([TODAY], None)


def test_days_close_in_their_turn(client: ApiClient) -> None:
    reply = client.post(f"/api/days/{TOMORROW}/close")
    assert (reply.status, reply.code, reply.json["data"]) == (409, "day_not_next", {"day": TOMORROW, "next": TODAY})


def test_what_the_checks_find_stops_a_close_until_it_is_accepted(books: Entity, client: ApiClient) -> None:
    posted(books, a_transfer("lost", "sales", "3.00"))
    found = {"suspense": ["lost stands at 3.00 EUR, not at zero."]}
    assert client.patch("/api/day-policy", {"checks": {"suspense": "block"}}, if_match='"0"').status == 200
    turn = client.get("/api/days/next").json
    assert (turn["day"], turn["status"], turn["findings"], turn["blocking"]) == (TODAY, "open", found, ["suspense"])
    reply = client.post(f"/api/days/{TODAY}/close")
    assert (reply.status, reply.code) == (409, "close_blocked")
    assert reply.json["data"]["findings"] == found
    assert client.get("/api/days/next").json["status"] == "blocked"
    assert client.get(f"/api/days/{TODAY}/trial-balance").code == "day_not_closed"
    assert close(client, accept="written off tomorrow")["status"] == "closed"


def test_a_close_is_given_up_with_a_reason(books: Entity, client: ApiClient) -> None:
    set_day_policy(books.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(books, a_transfer("lost", "sales", "3.00"))
    assert client.post(f"/api/days/{TODAY}/cancel", {"reason": "early"}).code == "day_not_closed"
    client.post(f"/api/days/{TODAY}/close")
    assert client.post(f"/api/days/{TODAY}/cancel", {}).pointers == ["/reason"]
    reply = client.post(f"/api/days/{TODAY}/cancel", {"reason": "to clear suspense"})
    assert (reply.status, reply.json["status"]) == (200, "cancelled")
    turn = client.get("/api/days/next").json
    assert (turn["day"], turn["business_date"], turn["status"]) == (TODAY, TOMORROW, "open")


def test_reopening_is_proposed_and_another_person_approves_it(books: Entity) -> None:
    ann, bob = a_person(REOPENER), a_person(REOPENER)
    client, other = ApiClient(books, person=ann), ApiClient(books, person=bob)
    assert client.post(f"/api/days/{TODAY}/reopen", {"reason": "late"}).code == "day_not_closed"
    first = close(client)
    close(client, TOMORROW)
    reply = client.post(f"/api/days/{TODAY}/reopen", {"reason": "a late invoice"})
    assert (reply.status, reply.json["kind"], reply.json["status"]) == (201, "day.reopen", "pending")
    assert reply.headers["Location"] == f"/api/proposals/{reply.json['id']}"
    approve = f"/api/proposals/{reply.json['id']}/approve"
    assert client.post(approve, {}).code == "approval_needs_another_person"
    assert other.post(approve, {}).json["executed"] is True
    assert client.get(f"/api/days/{TOMORROW}").json["status"] == "reopened"
    again = close(client)
    assert (again["version"], client.get(f"/api/days/{TODAY}", {"version": 1}).json["sha256"]) == (2, first["sha256"])


def test_reopening_takes_a_person(client: ApiClient) -> None:
    close(client)
    assert client.post(f"/api/days/{TODAY}/reopen", {"reason": "late"}).code == "person_unknown"


def test_the_frozen_trial_balance_says_what_was_hashed(books: Entity, client: ApiClient) -> None:
    record = close(client)
    shown = client.get(f"/api/days/{TODAY}/trial-balance").json
    assert (shown["sha256"], shown["sha256_recomputed"], shown["is_unchanged"]) == (*[record["sha256"]] * 2, True)
    assert shown["lines"][1] == {
        "account": "sales", "currency": "EUR", "opening": "0", "debits": "0", "credits": "12.5", "closing": "-12.5",
        "postings": 1, "last_version": 1,
    }  # fmt: skip
    assert shown["totals"]["EUR"] == {"opening": "0", "debits": "12.5", "credits": "12.5", "closing": "0"}
    lines = ["\t".join(map(str, line.values())) for line in shown["lines"]]
    text = "\n".join(["ledgerflow trial balance 1", f"{books.code}\t{TODAY}", *lines, ""])
    assert sha256(text.encode()).hexdigest() == record["sha256"]


def test_the_frozen_trial_balance_is_a_file_too(books: Entity, client: ApiClient) -> None:
    record = close(client)
    path = f"/api/days/{TODAY}/trial-balance"
    text = client._client.get(path, {"format": "text"}, headers=client._headers({}))
    assert sha256(text.content).hexdigest() == record["sha256"]
    response = client._client.get(path, {"format": "csv"}, headers=client._headers({}))
    rows = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert f"{books.code}-{TODAY}-v1-trial-balance.csv" in response["Content-Disposition"]
    assert "cash,EUR,0,12.50,0,12.50,1,1" in rows
    assert record["sha256"] in rows
    assert client.get(path, {"format": "doc"}).pointers == ["/format"]


def test_the_policy_of_days_is_kept_from_lost_changes(client: ApiClient) -> None:
    shown = client.get("/api/day-policy")
    assert (shown.json["cut_off_minutes"], shown.headers["ETag"]) == (None, '"0"')
    assert shown.json["known_checks"]["suspense"] == "warn"
    change = {"cut_off_minutes": 1500, "weekend": [6, 7], "holidays": {"2026-12-25": "Christmas"}}
    assert client.patch("/api/day-policy", change).code == "precondition_required"
    changed = client.patch("/api/day-policy", change, if_match='"0"')
    assert {name: changed.json[name] for name in change} == change
    assert client.patch("/api/day-policy", {"weekend": []}, if_match='"0"').code == "precondition_failed"
    by_hand = client.patch("/api/day-policy", {"cut_off_minutes": None}, if_match=changed.headers["ETag"])
    assert (by_hand.json["cut_off_minutes"], by_hand.json["weekend"]) == (None, [6, 7])
    assert client.get("/api/day-policy").json == by_hand.json


@pytest.mark.parametrize(
    "change, pointer",
    [
        ({}, ""),
        ({"cut_off_minutes": 0}, "/cut_off_minutes"),
        ({"weekend": [1, 2, 3, 4, 5, 6, 7]}, "/weekend"),
        ({"weekend": [6, 6]}, "/weekend"),
        ({"holidays": {"2026-13-01": "No day"}}, ""),
        ({"holidays": {"2026-12-25": "x" * 101}}, "/holidays"),
        ({"holiday_policy": "sometimes"}, "/holiday_policy"),
        ({"checks": {"suspense": "shout"}}, "/checks"),
        ({"checks": {"nonsense": "warn"}}, "/checks"),
        ({"cutoff": 1}, "/cutoff"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_policy_that_makes_no_sense_is_refused_at_its_place(
    client: ApiClient, change: dict[str, Any], pointer: str
) -> None:
    reply = client.patch("/api/day-policy", change, if_match="*")
    assert reply.status == 400
    assert [found for found in reply.pointers if not found.startswith(pointer)] == []
