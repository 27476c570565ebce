"""Extending a hold: by the use case, over the API and in the admin."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.changing import freeze_account
from journals.errors import HoldExpired, HoldNotActive, HoldRevised
from journals.hold_events import read_hold_fact
from journals.holds.models import Hold
from journals.holds.use_cases import expire_holds
from journals.proof.ledger import verify_books
from ledgerflow.core import clocks
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, Malformed, NotFound
from tests.client import NO_JOURNAL, ApiClient
from tests.holding import IN_2096, Later, a_wallet, capture, extend, fact_of, held, hold, release, stands
from tests.pages import in_books, page_of, read, send, without_label
from tests.people import a_member_of_staff

pytestmark = pytest.mark.every_server

IN_2097 = "2097-01-01T00:00:00Z"


def test_an_extended_hold_waits_until_its_new_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    entity, later = a_wallet(), Later(monkeypatch)
    soon = clocks.now() + timedelta(hours=1)
    hold_id = held(entity, "60.00", expires_at=soon)
    capture(entity, hold_id, "10.00")
    answer = extend(entity, hold_id, soon + timedelta(hours=2), key="e", reason="The guest is late")
    fact = fact_of(answer)
    assert (answer.status, fact.number, fact.moved, fact.remaining) == ("extended", 3, "0.00", "50.00")
    assert (fact.expired_before, fact.expires_at) == (as_text(soon), as_text(soon + timedelta(hours=2)))
    assert (fact.reason, fact.balance.held) == ("The guest is late", "50.00")
    assert entity.events.latest("sequence").type == "hold.extended"
    assert stands(entity) == ("90.00", "50.00", "40.00")
    later.by(hours=2)
    assert expire_holds(entity.id) == 0
    extend(entity, hold_id, None)
    later.by(hours=2)
    assert expire_holds(entity.id) == 0
    extend(entity, hold_id, clocks.now() + timedelta(minutes=1))
    again = extend(entity, hold_id, soon + timedelta(hours=2), key="e", reason="The guest is late")
    assert again == answer._replace(status="replayed")
    later.by(hours=1)
    assert expire_holds(entity.id) == 1
    assert [*Hold.objects.get(id=hold_id).steps.order_by("number").values_list("action", flat=True)] == [
        "placed", "captured", "extended", "extended", "extended", "expired",
    ]  # fmt: skip
    assert verify_books(entity.id) == []


def test_what_is_not_extended(monkeypatch: pytest.MonkeyPatch) -> None:
    entity, later = a_wallet(), Later(monkeypatch)
    ended, overdue = held(entity, "1.00"), held(entity, "1.00", expires_at=clocks.now() + timedelta(hours=1))
    release(entity, ended)
    waits = held(entity, "1.00", key="p")
    later.by(hours=2)
    refusals: list[tuple[type[LedgerError], object, dict[str, object]]] = [
        (HoldNotActive, ended, {}),
        (HoldExpired, overdue, {}),
        (NotFound, uuid4(), {}),
        (HoldRevised, waits, {"expected_revision": 2}),
        (Malformed, waits, {"expires_at": clocks.now()}),
        (Malformed, waits, {"expires_at": None}),
        (Malformed, waits, {"expires_at": IN_2096.replace(tzinfo=None)}),
        (Malformed, waits, {"reason": "x" * 501}),
        (IdempotencyKeyReused, waits, {"key": "p"}),
    ]
    head = entity.events.count()
    for refusal, hold_id, given in refusals:
        with pytest.raises(refusal):
            extend(entity, hold_id, **({"expires_at": IN_2096} | given))  # type: ignore[arg-type]
    assert entity.events.count() == head
    freeze_account(entity.id, "wallet", outflow=True, inflow=False, actor="test")
    with pytest.raises(LedgerError, match="frozen"):
        extend(entity, waits, IN_2096)


def test_over_the_api() -> None:
    entity = a_wallet()
    api = ApiClient(entity)
    path = f"/api/holds/{held(entity, '60.00', expires_at=IN_2096)}"
    tag = api.get(path).headers["ETag"]
    body = {"expires_at": "2097-01-01T01:00:00+01:00", "reason": "The guest is late"}
    done = api.patch(path, body, if_match=tag, idempotency_key="e")
    assert (done.status, done.json["status"], done.headers["ETag"]) == (200, "extended", '"2"')
    assert done.json["hold"]["expires_at"] == "2097-01-01T00:00:00.000000Z"
    again = api.patch(path, body, if_match=tag, idempotency_key="e")
    assert (again.headers["Idempotent-Replayed"], again.json) == ("true", done.json | {"status": "replayed"})
    shown = api.get(path)
    assert (shown.headers["ETag"], shown.json["revision"], shown.json["expires_at"]) == ('"2"', 2, IN_2097)
    step = shown.json["steps"][1]
    assert (step["action"], step["amount"], step["reason"]) == ("extended", "0.00", "The guest is late")
    assert (step["expired_before"], step["expires_at"]) == ("2096-01-01T12:00:00Z", IN_2097)
    assert api.patch(path, {"expires_at": None}, if_match=tag, idempotency_key="f").code == "precondition_failed"
    assert api.patch(path, {"expires_at": None}, if_match=done.headers["ETag"], idempotency_key="f").status == 200
    kinds = [line["kind"] for line in api.get("/api/accounts/wallet/register?holds=true").json["results"]]
    assert kinds == ["transfer", "hold_placed", "hold_extended", "hold_extended"]
    for given, code, pointers in (
        ({"if_match": ""}, "precondition_required", []),
        ({"idempotency_key": ""}, "idempotency_key_missing", []),
        ({"body": {}}, "malformed", ["/expires_at"]),
        ({"body": {"expires_at": "2100-01-01T00:00:00"}}, "malformed", ["/expires_at"]),
        ({"path": f"/api/holds/{NO_JOURNAL}"}, "not_found", []),
    ):
        sent: dict[str, Any] = {"path": path, "body": body, "if_match": "*", "idempotency_key": "g"}
        refused = api.send("PATCH", **(sent | given))
        assert refused.code == code
        assert [pointer for pointer in refused.pointers if pointer] == pointers


def test_in_the_admin(operator: Client) -> None:
    entity = a_wallet()
    row = Hold.objects.get(id=fact_of(hold(entity, "60.00", expires_at=IN_2096)).id)
    page = in_books(entity, reverse("admin:holds_hold_extend", args=[row.pk]))
    links = [page_of(row), in_books(entity, "/admin/holds/hold/"), page_of(entity.accounts.get(code="wallet"))]
    assert all(f'href="{page}"' in operator.get(link).content.decode() for link in links)
    assert f'href="{page}" data-key="x"' in operator.get(page_of(row)).content.decode()
    shown = operator.get(page).content.decode()
    assert 'value="2096-01-01T12:00:00"' in shown
    assert "It holds 60.00 EUR and expires: 2096-01-01 12:00:00 UTC." in shown
    assert without_label(shown) == []
    fields = {"expires_at": "2097-01-01T12:00", "reason": "The guest is late", "revision": "1", "key": "e"}
    said = "The hold on wallet expires: 2096-01-01 12:00:00 UTC → 2097-01-01 12:00:00 UTC."
    assert said in send(operator, page, **fields)
    assert said in send(operator, page, **fields)  # sent twice: one extension
    steps = read(operator, page_of(row))
    assert "extended: 2096-01-01 12:00:00 UTC → 2097-01-01 12:00:00 UTC 60.00 The guest is late" in steps
    assert "The hold has changed since it was read." in send(operator, page, **(fields | {"key": "f"}))
    assert "expires: 2097-01-01 12:00:00 UTC → never." in send(
        operator, page, expires_at="", reason="Until he comes", revision="2", key="g"
    )
    over = operator.post(page, fields | {"expires_at": "2020-01-01T12:00", "revision": "3", "key": "h"})
    assert "still to come" in over.content.decode()
    viewer = a_member_of_staff("holds.view_hold")
    assert page not in viewer.get(page_of(row)).content.decode()
    assert viewer.post(page, fields).status_code == 403
    facts = [read_hold_fact(event.data) for event in entity.events.filter(type="hold.extended").order_by("sequence")]
    assert [(fact.key_issuer, fact.reason) for fact in facts] == [
        ("admin", "The guest is late"), ("admin", "Until he comes"),
    ]  # fmt: skip
