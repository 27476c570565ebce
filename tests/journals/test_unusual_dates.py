"""A date before the books began is a slip more often than not: it is taken only when somebody says that it is meant."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from journals.errors import UnusualDate
from journals.openings import post_opening_balances
from journals.posting import post
from journals.schedules.dates import DueDates
from journals.schedules.recurring import create_recurring
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_transfer, an_account, an_entity, balance_of, posted
from tests.client import ApiClient
from tests.holding import held

BEFORE = str(TODAY - timedelta(days=1))
TRANSFER = {"debit_account": "cash", "credit_account": "sales", "amount": "1.00"}
LINES = [
    {"account": "cash", "side": "debit", "amount": "1.00"},
    {"account": "sales", "side": "credit", "amount": "1.00"},
]
BODIES: dict[str, dict[str, Any]] = {
    "/api/transfers": TRANSFER | {"effective_date": BEFORE},
    "/api/journals": {"lines": LINES, "effective_date": BEFORE},
    "/api/accruals": {"lines": LINES, "effective_date": BEFORE},
}


@pytest.fixture
def books() -> Entity:
    """They begin today."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    an_account(entity, "wallet", "liability", min_balance="0")
    posted(entity, a_transfer("cash", "wallet", "100.00"))
    return entity


@pytest.mark.parametrize("path", BODIES)
def test_it_is_refused_until_it_is_confirmed(books: Entity, path: str) -> None:
    client, body = ApiClient(books), BODIES[path]
    reply = client.post(path, body, key="q")
    assert (reply.status, reply.code, reply.pointers) == (422, "unusual_date", ["/effective_date"])
    assert reply.json["data"] == {"date": BEFORE, "first_business_date": str(TODAY)}
    confirmed = client.post(path, body | {"confirm_unusual_date": True}, key="q")
    assert (confirmed.status, confirmed.json["journal"]["effective_date"]) == (201, BEFORE)
    replayed = client.post(path, body, key="q")  # what was confirmed is no part of the request
    assert (replayed.status, replayed.json["status"]) == (201, "replayed")


def test_items_of_a_batch_are_confirmed_one_by_one(books: Entity) -> None:
    items = [
        BODIES["/api/transfers"] | {"idempotency_key": "a"},
        BODIES["/api/transfers"] | {"idempotency_key": "b", "confirm_unusual_date": True},
        BODIES["/api/journals"] | {"idempotency_key": "c", "confirm_unusual_date": True},
    ]
    reply = ApiClient(books).post("/api/journals/batch", {"mode": "each", "items": items})
    assert [one["status"] for one in reply.json["results"]] == ["refused", "posted", "posted"]
    assert reply.json["results"][0]["error"]["code"] == "unusual_date"


def test_a_capture_is_asked_too(books: Entity) -> None:
    client, hold = ApiClient(books), held(books, "10.00")
    path, body = f"/api/holds/{hold}/capture", {"counter_account": "sales", "effective_date": BEFORE}
    assert client.post(path, body).code == "unusual_date"
    assert client.post(path, body | {"confirm_unusual_date": True}).status == 201


def test_a_recurring_journal_is_asked_when_it_is_made(books: Entity) -> None:
    client = ApiClient(books)
    body = {"name": "Fee", "lines": LINES, "frequency": "monthly", "day": TODAY.day - 1, "starts_on": BEFORE}
    reply = client.post("/api/recurring-journals", body)
    assert (reply.code, reply.pointers) == ("unusual_date", ["/starts_on"])
    assert client.post("/api/recurring-journals", body | {"confirm_unusual_date": True}).status == 201
    assert client.post("/api/recurring-journals", body | {"starts_on": str(TODAY)}).status == 201
    assert client.post("/api/recurring-journals", body | {"day": TODAY.day}).status == 201  # its first date is today


def test_the_use_case_of_recurring_journals_asks_too(books: Entity) -> None:
    lines = [TemplateLine("cash", "debit", "1"), TemplateLine("sales", "credit", "1")]
    template = Template("Fee", lines, DueDates("monthly", 1, date(2026, 1, 1)))
    with pytest.raises(UnusualDate):
        create_recurring(books.id, template, key="r", actor="test")
    create_recurring(books.id, template, key="r", confirm_unusual_date=True, actor="test")


def test_the_first_business_date_is_not_unusual(books: Entity) -> None:
    assert post(books.id, a_transfer("cash", "sales", "1", effective_date=TODAY, confirm_unusual_date=False))


def test_a_reversal_of_what_was_confirmed_is_not_asked(books: Entity) -> None:
    client = ApiClient(books)
    made = client.post("/api/transfers", BODIES["/api/transfers"] | {"confirm_unusual_date": True})
    path = f"/api/journals/{made.json['journal']['id']}/reverse"
    assert client.post(path, {"effective_date": BEFORE}).status == 201


def test_opening_balances_are_of_the_day_before(books: Entity) -> None:
    (answer,) = post_opening_balances(books.id, [("cash", balance_of(books, "cash"))], actor="test")
    assert answer.status == "posted"


def test_a_late_journal_that_rolls_forward_is_not_unusual(books: Entity) -> None:
    """Nothing is closed here, so it keeps its date, and that is asked about."""
    body = BODIES["/api/transfers"] | {"late": "roll_forward"}
    assert ApiClient(books).post("/api/transfers", body).code == "unusual_date"
