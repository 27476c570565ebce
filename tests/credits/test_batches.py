"""Many operations at once: in order, each for itself or all or nothing, and the same answers to a retry."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import Account
from apps.credits import use_cases
from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Operation
from apps.credits.drafting import look_up
from apps.credits.models import Turn
from apps.credits.use_cases import Request, run_operation, run_operations
from apps.credits.wallets import wallet_code
from apps.operations.running import Runner
from journals.events import Answer
from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, Event
from tests.builders import balance_of
from tests.client import ApiClient
from tests.lots.granting import credit_books

pytestmark = pytest.mark.every_server
EVERYTHING = Runner("test", frozenset({"post", "manage"}))


class Shop(BaseLedgerOperations):
    NAME = "shop"
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("VISIT", "none", Amount(fixed=0), once_per="month"),
        Operation("LOOK", "none", Amount(fixed=0)),
        Operation("WEEK", "grant", Amount(least=1, most=99), expires_after_days=7),
    )


@pytest.fixture
def books() -> Entity:
    return credit_books()


def asked(*operations: str) -> list[Request]:
    """Requests from texts such as "CREDIT_ADD ann 5 key"."""
    requests = []
    for text in operations:
        operation, owner, *rest = text.split()
        amount, key = (*rest, "", "")[:2]
        requests.append(Request(Shop, operation, owner, key or uuid4().hex, Decimal(amount) if amount else None))
    return requests


def run(books: Entity, requests: Sequence[Request], **given: Any) -> list[Answer]:
    return run_operations(books.id, requests, EVERYTHING, **given)


def said(answers: Sequence[Answer]) -> list[str]:
    return [answer.status if answer.refusal is None else answer.refusal.code for answer in answers]


def wallet(books: Entity, owner: str = "ann") -> int:
    return int(balance_of(books, wallet_code("CREDIT", owner)))


def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if all were asked for at one moment: the look before posting sees no turn, and the row decides alone."""
    monkeypatch.setattr(
        use_cases, "look_up", lambda *given, **more: look_up(*given, **more)._replace(taken=frozenset())
    )


def test_each_is_done_in_order_for_itself_and_answers_a_retry_as_before(books: Entity) -> None:
    requests = asked(
        "CREDIT_SPEND ann 1", "WEEK ann 5", "CREDIT_SPEND ann 2", "WEEK ann 1", "DAILY_REWARD ann", "DAILY_REWARD ann",
        "LEAVE ann", "VISIT bob", "VISIT bob", "DAILY_REWARD bob", "CREDIT_SPEND bob 1", "CREDIT_SPEND bob 1", "LOOK bob",
        "WEEK ann 0",
    )  # fmt: skip
    first = run(books, requests)
    assert said(first) == [
        "insufficient_funds", "posted", "posted", "posted", "posted", "already_granted",
        "invalid_operation", "posted", "already_granted", "posted", "posted", "insufficient_funds", "posted",
        "amount_out_of_range",
    ]  # fmt: skip
    assert (wallet(books), wallet(books, "bob"), Turn.objects.filter(entity=books).count()) == (5, 0, 3)
    again = run(books, requests)
    done = [place for place, answer in enumerate(first) if answer.refusal is None]
    assert [again[place] for place in done] == [first[place]._replace(status="replayed") for place in done]
    # What was refused for want of credits is asked for anew: ann has some by now.
    assert (said(again)[0], said(again)[5], said(again)[11]) == ("posted", "already_granted", "insufficient_funds")
    assert run_operation(books.id, requests[4], EVERYTHING) == again[4]
    assert verify_books(books.id) == []


def test_what_is_atomic_is_done_in_whole_or_not_at_all(books: Entity) -> None:
    whole = asked("DAILY_REWARD ann", "VISIT ann", "CREDIT_SPEND ann 1", "CREDIT_ADD bob 5")
    done = run(books, whole, atomic=True)
    assert said(done) == ["posted"] * 4
    assert run(books, whole, atomic=True) == [one._replace(status="replayed") for one in done]
    recorded = Event.objects.filter(entity=books).count()
    for refused, codes in (
        (asked("CREDIT_ADD ann 1", "LOOK ann", "CREDIT_SPEND bob 9"), ["", "", "insufficient_funds"]),
        (asked("CREDIT_ADD ann 1", "VISIT ann"), ["", "already_granted"]),
        (asked("SIGNUP_CREDIT eve", "SIGNUP_CREDIT eve"), ["", "already_granted"]),
        (asked("VISIT eve", "VISIT eve"), ["", "already_granted"]),
        (asked("LEAVE ann", "CREDIT_ADD ann 1"), ["invalid_operation", ""]),
        (asked("CREDIT_SPEND eve 1", "CREDIT_ADD eve 1"), ["insufficient_funds", ""]),
    ):
        assert said(run(books, refused, atomic=True)) == [code or "batch_refused" for code in codes]
    assert Event.objects.filter(entity=books).count() == recorded
    assert not Account.objects.filter(entity=books, owner_id="eve").exists()
    assert verify_books(books.id) == []


def test_of_thousands_at_once_a_turn_that_is_met_refuses_only_its_own(
    books: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind(monkeypatch)
    run(books, asked(*(f"DAILY_REWARD u{number}" for number in range(0, 300, 3))))
    requests = asked(*(f"DAILY_REWARD u{number % 300}" for number in range(1_500)))
    outcomes = said(run(books, requests))
    assert [place for place, one in enumerate(outcomes) if one == "posted"] == [n for n in range(300) if n % 3]
    monkeypatch.undo()
    pairs = asked(*(text for number in range(1_500) for text in (f"WEEK u{number} 3", f"CREDIT_SPEND u{number} 2")))
    assert set(said(run(books, pairs))) == {"posted"}
    assert (wallet(books, "u1"), wallet(books, "u300")) == (2, 1)
    assert Journal.objects.filter(entity=books).count() == 3_300


def test_batches_and_singles_at_once_give_each_owner_one_turn(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    blind(monkeypatch)

    def batch(_: int) -> list[str]:
        try:
            return said(run(books, asked(*(f"DAILY_REWARD u{number}" for number in range(20)))))
        finally:
            connection.close()

    def single(number: int) -> list[str]:
        try:
            return said(run(books, asked(f"DAILY_REWARD u{number % 20}"), atomic=True))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        batches = threads.map(batch, range(6))
        singles = threads.map(single, range(40))
        outcomes = [one for many in (*batches, *singles) for one in many]
    assert sorted(outcomes) == ["already_granted"] * 140 + ["posted"] * 20
    assert {wallet(books, f"u{number}") for number in range(20)} == {1}


def test_over_http_each_item_has_its_entry_or_its_problem(books: Entity) -> None:
    client = ApiClient(books)
    item = {"operation": "CREDIT_ADD", "owner_id": "ann", "amount": "3", "idempotency_key": "a"}
    spend = {"operation": "CREDIT_SPEND", "owner_id": "ann", "amount": "4", "idempotency_key": "b"}
    sent = {"mode": "each", "items": [item, spend, item | {"amount": 3}, item | {"application": "none"}, item]}
    body = client.post("/api/credits/operations/batch", sent, key="").json
    assert {name: body[name] for name in ("posted", "replayed", "refused")} == {
        "posted": 1,
        "replayed": 1,
        "refused": 3,
    }
    assert body["results"][0]["entry"]["balance"] == "3"
    assert [one["error"]["code"] for one in body["results"][1:4]] == [
        "insufficient_funds", "malformed", "application_unknown",
    ]  # fmt: skip
    assert body["results"][3]["error"]["errors"][0]["pointer"] == "/items/3/application"
    atomic = {"mode": "atomic", "items": [item | {"idempotency_key": "c"}, spend | {"amount": "9"}]}
    refused = client.post("/api/credits/operations/batch", atomic, key="")
    assert (refused.status, refused.code) == (422, "batch_refused")
    assert refused.json["results"][1]["error"]["code"] == "insufficient_funds"
    assert wallet(books) == 3
