"""Webhooks over HTTP: what each endpoint takes and answers, and that a secret is in one answer only."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from ledgerflow.books.models import Entity
from tests.client import NO_JOURNAL, ApiClient
from tests.webhooks.receiving import (
    POSTED,
    Receiver,
    a_webhook,
    books_with_accounts,
    consume,
    deliver,
    due_now,
    happen,
    status,
)

PATH = "/api/webhooks"
URL = "https://hooks.example/a"
BODY = {"url": URL, "event_types": ["journal.*"], "description": "The warehouse"}


@pytest.fixture
def books() -> Entity:
    return books_with_accounts()


@pytest.fixture
def api(books: Entity) -> ApiClient:
    return ApiClient(books)


def test_a_webhook_from_its_making_to_its_end(api: ApiClient) -> None:
    made = api.post(PATH, BODY)
    webhook = made.json
    secret = webhook.pop("secret")
    assert (made.status, made.headers["Cache-Control"]) == (201, "no-store")
    assert made.headers["Location"] == f"{PATH}/{webhook['id']}"
    assert secret.startswith("whsec_")
    assert webhook == BODY | {
        "id": webhook["id"], "status": "enabled", "disabled_reason": "", "created_at": webhook["created_at"],
        "actor": f"key:{api.key.id}", "previous_secret_expires_at": None, "revision": webhook["revision"],
        "queue": {"state": "idle", "delivery": None, "next_attempt_at": None},
    }  # fmt: skip
    path = f"{PATH}/{webhook['id']}"
    read = api.get(path)
    assert (read.json, read.headers["ETag"]) == (webhook, f'"{webhook["revision"]}"')
    assert api.get(PATH).json == {"results": [webhook], "next": None}
    changed = api.patch(path, {"description": "Another"}, if_match=read.headers["ETag"])
    assert changed.json["description"] == "Another"
    rotated = api.post(f"{path}/rotate-secret", {"kept_hours": 1}, if_match=changed.headers["ETag"])
    assert rotated.json["secret"] not in {secret, ""}
    assert rotated.json["previous_secret_expires_at"] is not None
    disabled = api.post(f"{path}/disable", {"reason": "holidays"}, if_match="*").json
    assert (disabled["status"], disabled["disabled_reason"]) == ("disabled", "holidays")
    assert [len(api.get(PATH, {"status": one}).json["results"]) for one in ("enabled", "disabled")] == [0, 1]
    assert api.post(f"{path}/enable", if_match="*").json["status"] == "enabled"
    assert "secret" not in api.get(path).json
    assert api.send("DELETE", path, if_match="*").json["status"] == "deleted"
    assert api.get(path).status == 404
    assert api.get(PATH).json["results"] == []
    for answer in (read, changed, api.get(PATH)):
        assert b"whsec_" not in answer.content


@pytest.mark.parametrize("scopes", [("read",), ("manage",), ("read", "post")], ids=str)
def test_reading_takes_two_scopes(books: Entity, scopes: tuple[str, ...]) -> None:
    webhook, _ = a_webhook(books, URL)
    for path in (
        PATH,
        f"{PATH}/{webhook.id}",
        f"{PATH}/{webhook.id}/deliveries",
        f"{PATH}/{webhook.id}/deliveries/{NO_JOURNAL}",
    ):
        reply = ApiClient(books, *scopes).get(path)
        assert (reply.status, reply.code) == (403, "permission_missing")


@pytest.mark.parametrize(
    "change, answer, pointer",
    [
        ({"url": "http//x"}, 400, "/url"),
        ({"url": "https://u:p@x.example/"}, 400, "/url"),
        ({"url": ""}, 400, "/url"),
        ({"url": "https://x.example/" + "x" * 2048}, 400, "/url"),
        ({"url": 7}, 400, "/url"),
        ({"url": "https://169.254.169.254/latest"}, 422, "/url"),
        ({"event_types": []}, 400, "/event_types"),
        ({"event_types": "*"}, 400, "/event_types"),
        ({"event_types": ["journal.lost.v1"]}, 400, "/event_types/0"),
        ({"event_types": ["*"] * 101}, 400, "/event_types"),
        ({"description": "x" * 501}, 400, "/description"),
        ({"secret": "whsec_mine"}, 400, "/secret"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_at_its_place(
    api: ApiClient, change: dict[str, Any], answer: int, pointer: str
) -> None:
    reply = api.post(PATH, BODY | change)
    assert (reply.status, reply.pointers) == (answer, [pointer])
    webhook = api.post(PATH, BODY).json
    reply = api.patch(f"{PATH}/{webhook['id']}", change, if_match="*")
    assert (reply.status, reply.pointers) == (answer, [pointer])


def test_changes_want_the_state_they_are_based_on(api: ApiClient) -> None:
    webhook = api.post(PATH, BODY).json
    path = f"{PATH}/{webhook['id']}"
    sent = [
        ("PATCH", path, {"description": "x"}), ("DELETE", path, None), ("POST", f"{path}/disable", None),
        ("POST", f"{path}/enable", None), ("POST", f"{path}/rotate-secret", None),
    ]  # fmt: skip
    for method, address, body in sent:
        assert api.send(method, address, body).status == 428
        assert api.send(method, address, body, if_match='"1"').status == 412
    assert api.patch(path, {}, if_match="*").status == 400
    del webhook["secret"]
    assert api.get(path).json == webhook


def test_what_is_not_there_is_a_404(api: ApiClient) -> None:
    other, _ = a_webhook(books_with_accounts(), URL)
    for webhook_id in (uuid4(), other.id):
        path = f"{PATH}/{webhook_id}"
        for reply in (
            api.get(path), api.get(f"{path}/deliveries"), api.get(f"{path}/deliveries/{uuid4()}"),
            api.patch(path, {"description": ""}, if_match="*"), api.send("DELETE", path, if_match="*"),
            api.post(f"{path}/test"), api.post(f"{path}/enable", if_match="*"), api.post(f"{path}/disable", if_match="*"),
            api.post(f"{path}/rotate-secret", if_match="*"), api.post(f"{path}/deliveries/{uuid4()}/resend"),
            api.post(f"{path}/deliveries/{uuid4()}/discard", {"reason": "x"}),
        ):  # fmt: skip
            assert (reply.status, reply.code) == (404, "not_found")


def test_the_delivery_log_tells_each_attempt(books: Entity, api: ApiClient) -> None:
    with Receiver(status(500, b"sorry"), status(200, b"thanks")) as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        deliver(books)
        path = f"{PATH}/{webhook.id}"
        queue = api.get(path).json["queue"]
        log = api.get(f"{path}/deliveries").json["results"]
        assert [(one["event_sequence"], one["status"], one["attempts"]) for one in log] == [
            (second, "waiting", 0),
            (first, "waiting", 1),
        ]
        assert queue == {"state": "retrying", "delivery": log[1]["id"], "next_attempt_at": log[1]["next_attempt_at"]}
        due_now(webhook)
        deliver(books)
        found = api.get(f"{path}/deliveries/{log[1]['id']}").json
        assert (found["status"], found["attempts"], found["next_attempt_at"]) == ("delivered", 2, None)
        assert found["event_id"] == receiver.received[0].headers["webhook-id"]
        assert [(one["number"], one["http_status"], one["error"], one["response"]) for one in found["log"]] == [
            (1, 500, "", "sorry"),
            (2, 200, "", "thanks"),
        ]
        assert all(one["duration_ms"] >= 0 and one["address"] == "127.0.0.1" for one in found["log"])
        assert api.get(path).json["queue"]["state"] == "idle"


def test_the_log_is_filtered_and_goes_page_by_page(books: Entity, api: ApiClient) -> None:
    webhook, _ = a_webhook(books, URL, "*")
    sequences = happen(books, 3)
    consume(books)
    path = f"{PATH}/{webhook.id}/deliveries"

    def found(**query: str) -> list[int]:
        return [one["event_sequence"] for one in api.get(path, query).json["results"]]

    assert found(event_type=POSTED) == sequences[::-1]
    assert found(event_type="webhook.created.v1") == [webhook.revision]
    assert (found(status="delivered"), len(found(status="waiting"))) == ([], 4)
    page = api.get(path, {"limit": "2"}).json
    rest = api.get(page["next"]).json["results"]
    assert [one["event_sequence"] for one in page["results"] + rest] == [*sequences[::-1], webhook.revision]
    assert api.get(path, {"status": "lost"}).pointers == ["/status"]


def test_an_operator_resends_and_discards(books: Entity, api: ApiClient) -> None:
    with Receiver() as receiver:
        webhook, _ = a_webhook(books, receiver)
        first, second = happen(books, 2)
        consume(books)
        path = f"{PATH}/{webhook.id}/deliveries"
        ids = {one["event_sequence"]: one["id"] for one in api.get(path).json["results"]}
        assert api.post(f"{path}/{ids[first]}/discard", {"reason": ""}).pointers == ["/reason"]
        assert api.post(f"{path}/{ids[first]}/discard", {}).status == 400
        gone = api.post(f"{path}/{ids[first]}/discard", {"reason": "a test booking"}).json
        assert (gone["status"], gone["reason"]) == ("discarded", "a test booking")
        again = api.post(f"{path}/{ids[first]}/discard", {"reason": "x"})
        assert (again.status, again.code, again.json["data"]) == (409, "delivery_ended", {"status": "discarded"})
        deliver(books)
        assert receiver.sequences == [second]
        assert api.post(f"{path}/{ids[first]}/resend").json["status"] == "waiting"
        deliver(books)
        assert receiver.sequences == [second, first]


def test_a_test_says_how_the_receiver_took_it(books: Entity, api: ApiClient) -> None:
    with Receiver(status(200, b"thanks"), status(401, b"who?")) as receiver:
        webhook, _ = a_webhook(books, receiver)
        path = f"{PATH}/{webhook.id}/test"
        good = api.post(path).json
        assert good == {
            "delivered": True, "duration_ms": good["duration_ms"], "http_status": 200, "error": "", "detail": "",
            "address": "127.0.0.1", "response": "thanks",
        }  # fmt: skip
        bad = api.post(path).json
        assert (bad["delivered"], bad["http_status"], bad["response"]) == (False, 401, "who?")


def test_there_are_at_most_fifty(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledgerflow.events.webhooks.use_cases.MOST_WEBHOOKS", 1)
    assert api.post(PATH, BODY).status == 201
    refused = api.post(PATH, BODY)
    assert (refused.status, refused.code) == (409, "too_many_webhooks")
