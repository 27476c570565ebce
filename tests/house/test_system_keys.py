"""Keys that the system makes for itself are out of its callers' reach, however well they are guessed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from accounts.errors import UnknownAccount
from fx.deals.plan import Order
from fx.deals.quoting import Deal, quote
from fx.deals.settlement import reverse_settlement, settle
from journals.drafts import Draft
from journals.models import Journal
from journals.openings import post_opening_balances
from journals.periods.year_end import close_year
from journals.proof.ledger import verify_books
from journals.schedules.accruals import post_accrual
from journals.schedules.dates import DueDates
from journals.schedules.recurring import create_recurring
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.books.models import Entity, IdempotencyKey
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.calendars import YEAR_END, books_on, close, close_months, due, reopened, year
from tests.client import ApiClient
from tests.trading import a_rate, a_trading_house, proven

JANUARY = date(2026, 1, 31)


@pytest.fixture
def books() -> Entity:
    """Books on the last day of January."""
    return books_on(JANUARY)


def take(entity: Entity, *keys: str, debit: str = "cash", credit: str = "sales") -> None:
    """Post a cent under each key, as a caller who may only post."""
    client = ApiClient(entity, "post")
    for key in keys:
        body = {"debit_account": debit, "credit_account": credit, "amount": "0.01"}
        assert client.post("/api/transfers", body, key=key).status == 201


def issued(entity: Entity, issuer: str) -> list[str]:
    rows = IdempotencyKey.objects.filter(entity=entity, issuer=issuer).order_by("event_sequence")
    return list(rows.values_list("key", flat=True))


def test_a_recurring_journal(books: Entity) -> None:
    lines = [TemplateLine("rent", "debit", "50.00"), TemplateLine("cash", "credit", "50.00")]
    template = Template("Rent", lines, DueDates("monthly", 31, JANUARY))
    made = create_recurring(books.id, template, key=uuid4().hex, actor="ann").recurring
    take(books, f"recurring:{made.id}:{JANUARY}")
    assert due(books, JANUARY)["recurring_posted"] == 1
    assert issued(books, "recurring") == [f"recurring:{made.id}:{JANUARY}"]
    assert verify_books(books.id) == []


def test_the_rehearsal_of_a_recurring_journal(books: Entity) -> None:
    """A caller's key hid what is wrong with a template, when both were called the same."""
    take(books, "check")
    lines = [TemplateLine("rent", "debit", "50.00"), TemplateLine("nowhere", "credit", "50.00")]
    with pytest.raises(UnknownAccount):
        create_recurring(books.id, Template("Rent", lines, DueDates("monthly", 31, JANUARY)), key="k", actor="ann")


def test_the_reversal_of_an_accrual(books: Entity) -> None:
    post_accrual(books.id, a_transfer("rent", "cash", "120.00"))
    accrued = Journal.objects.get(entity=books, kind="accrual")
    take(books, f"accrual:{accrued.id}:back")
    close(books, JANUARY)
    assert Journal.objects.filter(entity=books, reverses=accrued).exists()
    assert issued(books, "accruals") == [f"accrual:{accrued.id}:back"]


def test_the_year_end_and_its_reopening() -> None:
    books = books_on(YEAR_END)
    posted(books, a_transfer("cash", "sales", "1000.00"))
    ends = year(books)
    take(books, f"year-end:{ends.id}:{ends.number + 1}:1")
    close(books, YEAR_END)
    close_months(books)
    done = close_year(books.id, ends.id, key="k", actor="test")
    (entry,) = done.journals
    take(books, f"year-end:{entry}:back")
    assert reopened(books, year(books)).failure is None
    assert Journal.objects.filter(entity=books, reverses_id=entry).exists()
    assert issued(books, "year_end") == [f"year-end:{ends.id}:1:1", f"year-end:{entry}:back"]


def test_an_opening_balance() -> None:
    books = an_entity()
    an_account(books, "Bär 1")
    an_account(books, "sales", "income")
    take(books, "opening:B%C3%A4r%201", debit="Bär 1")
    (answer,) = post_opening_balances(books.id, [("Bär 1", Decimal(7))], actor="test")
    assert answer.status == "posted"
    (again,) = post_opening_balances(books.id, [("Bär 1", Decimal("7.00"))], actor="test")
    assert again.status == "replayed"
    assert issued(books, "openings") == ["opening:B%C3%A4r%201"]


def test_the_second_journal_of_a_settlement_and_its_reversal() -> None:
    house = a_trading_house()
    a_rate(house, "1.25")
    an_account(house, "cash")
    take(house, *(f"fx:{sha256(key).hexdigest()}" for key in (b"k", b"r")), credit="CAPITAL")
    order = Order(deal=Deal("EUR", "USD", sell_amount=Decimal(10)), sell_account="BANK-EUR", buy_account="BANK-USD")
    done = settle(house.id, order, key="k", actor="test")
    assert reverse_settlement(house.id, done.settlement.id, key="r", actor="test").replayed is False
    assert len(issued(house, "settlements")) == 4
    assert {"k", "r"} <= set(issued(house, "client"))
    assert proven(house)


def test_what_is_done_in_the_admin() -> None:
    house = a_trading_house()
    a_rate(house, "1.25")
    an_account(house, "cash")
    made = quote(house.id, Deal("EUR", "USD", sell_amount=Decimal(10)), expires_in=timedelta(minutes=5), actor="t")
    take(house, f"admin-quote:{made.id}", credit="CAPITAL")
    order = Order(quote=made.id, sell_account="BANK-EUR", buy_account="BANK-USD")
    settle(house.id, order, key=f"admin-quote:{made.id}", issuer="admin", actor="test")
    assert proven(house)


def test_a_key_is_of_its_issuer(books: Entity) -> None:
    """The same key of two issuers is two keys, and each replays its own."""
    given: dict[str, Any] = {"key": "k", "actor": "test"}
    one, other = (
        a_transfer("cash", "sales", "1.00", **given),
        a_transfer("cash", "sales", "2.00", **given, issuer="demo"),
    )
    first, second = posted(books, one), posted(books, other)
    again: list[Draft] = [one, other]
    assert [posted(books, draft).event_sequence for draft in again] == [first.event_sequence, second.event_sequence]
    assert verify_books(books.id) == []
