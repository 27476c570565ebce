"""A clock that is wrong writes nothing, and books that a wrong clock has written to go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from journals.proof.ledger import verify_books
from ledgerflow.books.errors import ClockSuspect
from ledgerflow.books.models import Entity, Event
from ledgerflow.core import clocks
from tests.approving import a_proposal, an_opener
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient
from tests.holding import LONG, capture, held

BEYOND = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "wallet", "liability", min_balance="0")
    posted(entity, a_transfer("cash", "wallet", "100.00"))
    return entity


@pytest.fixture
def wrong_clock(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the books are there."""
    assert books.code
    monkeypatch.setattr(clocks, "now", lambda: BEYOND)


@pytest.mark.usefixtures("wrong_clock")
def test_a_clock_far_ahead_writes_nothing(books: Entity) -> None:
    before = Event.objects.filter(entity=books).count()
    for write in (
        lambda: posted(books, a_transfer("cash", "wallet", "1.00")),
        lambda: held(books, "1.00"),
        lambda: a_proposal(books, an_opener()),
        an_entity,
    ):
        with pytest.raises(ClockSuspect) as refused:
            write()
        assert refused.value.data["clock"] == "2099-01-01T00:00:00.000000Z"
    assert Event.objects.filter(entity=books).count() == before


def test_the_api_says_so(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    client = ApiClient(books)
    monkeypatch.setattr(clocks, "now", lambda: BEYOND)
    body = {"debit_account": "cash", "credit_account": "wallet", "amount": "1.00"}
    reply = client.post("/api/transfers", body)
    assert (reply.status, reply.code) == (503, "clock_suspect")


@pytest.mark.parametrize("seconds, refused", [(290, False), (310, True)])
def test_a_few_minutes_are_no_reason(
    books: Entity, monkeypatch: pytest.MonkeyPatch, seconds: int, refused: bool
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        ((database_clock,),) = cursor.fetchall()
    monkeypatch.setattr(clocks, "now", lambda: database_clock + timedelta(seconds=seconds))
    if refused:
        with pytest.raises(ClockSuspect):
            posted(books, a_transfer("cash", "wallet", "1.00"))
    else:
        posted(books, a_transfer("cash", "wallet", "1.00"))


def test_quiet_books_are_written_to_after_years(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(clocks, "now", lambda: datetime(2001, 1, 1, tzinfo=UTC))
        entity = an_entity()
        an_account(entity, "cash")
        an_account(entity, "sales", "income")
    posted(entity, a_transfer("cash", "sales", "1.00"))
    assert verify_books(entity.id) == []


def test_books_with_an_event_of_the_future_go_on(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(clocks, "now", lambda: BEYOND)
        patch.setattr(settings, "LEDGERFLOW_CLOCK_LEAD_SECONDS", LONG)
        posted(books, a_transfer("cash", "wallet", "1.00"))
    hold = held(books, "60.00", expires_at=clocks.now() + timedelta(hours=1))
    capture(books, hold, "25.00", counter="cash")
    last = Event.objects.filter(entity=books).latest("sequence")
    assert BEYOND < last.recorded_at < BEYOND + timedelta(seconds=1)
    assert verify_books(books.id) == []
