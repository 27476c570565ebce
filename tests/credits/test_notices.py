"""What owners are told of: each fall, each lot that comes near its last day, each night, and each of them once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from apps.credits.models import Notice
from apps.credits.owners import watching
from apps.credits.owners.expiry import tell_of_expiry
from apps.credits.owners.watching import entities_with_wallets, watch_balances
from apps.credits.wallets import wallet_code
from journals.lots.expiring import BEFORE_ALL, due_lots, expire_lots, expiry_draft
from journals.posting import post
from journals.proof.ledger import verify_books
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.plugins import registry
from tests.builders import unguarded
from tests.credits.shops import SHOP, run
from tests.lots.granting import credit_books, day, grant


@pytest.fixture
def books(settings: Settings) -> Entity:
    settings.LEDGERFLOW_APPLICATIONS = [SHOP]
    return credit_books()


def look_elsewhere(books: Entity) -> None:
    """As another process would."""
    watch_balances(books.id)
    connection.close()


def told(books: Entity, kind: str, *members: str) -> list[tuple[Any, ...]]:
    """What events of a type say, in their order."""
    texts = (
        Event.objects.filter(entity=books, type=f"credits.{kind}").order_by("sequence").values_list("data", flat=True)
    )
    return [tuple(json.loads(text)[name] for name in members) for text in texts]


def test_a_balance_that_falls_is_told_once_for_each_fall(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVENTS_AT_ONCE", 4)  # a look that is cut off goes on at the next
    low = ("owner_id", "threshold", "balance", "version")

    def look() -> list[tuple[Any, ...]]:
        while watch_balances(books.id):
            pass
        return told(books, "low", *low)

    run(books, "CREDIT_ADD", amount="10")
    assert look() == []  # it rose from nothing, and fell below nothing
    run(books, "CREDIT_SPEND", amount="1")
    run(books, "CREDIT_SPEND", amount="1")
    run(books, "CREDIT_ADD", "bob", "12")
    run(books, "CREDIT_SPEND", "bob", "12")
    assert books.id in set(entities_with_wallets())
    first = [("ann", "10", "9", 2), ("bob", "10", "0", 2), ("bob", "3", "0", 2)]
    assert look() == first == look()
    run(books, "CREDIT_ADD", amount="2")
    run(books, "CREDIT_SPEND", amount="8")
    again = [*first, ("ann", "10", "2", 5), ("ann", "3", "2", 5)]
    with ThreadPoolExecutor(4) as pool:  # many at once see the same events
        list(pool.map(look_elsewhere, [books] * 8))
    assert look() == again
    assert Notice.objects.filter(entity=books).count() == len(again)
    assert verify_books(books.id) == []


def test_lots_are_told_of_at_the_nearest_threshold_and_a_night_with_its_amount(books: Entity) -> None:
    wallet = wallet_code("CREDIT", "ann")
    run(books, "GIFT")  # five days
    for days in (8, 8, 31, 400, None):
        post(books.id, grant("5", wallet, **({} if days is None else {"expires_on": days})))

    def night(number: int) -> tuple[int, int]:
        advance_business_date(books, day(number), actor="test")
        expire_lots(books.id, day(number), "test")
        made = tell_of_expiry(books.id, day(number), "test")
        return made["credits_expired"], made["credits_expiring"]

    assert night(1) == (0, 4)
    assert sorted(told(books, "expiring", "owner_id", "days", "expires_on", "amount", "arrival")) == [
        ("ann", 7, str(day(5)), "7", 1), ("ann", 7, str(day(8)), "5", 2), ("ann", 7, str(day(8)), "5", 3),
        ("ann", 30, str(day(31)), "5", 4),
    ]  # fmt: skip
    assert [night(5), night(6), night(6), night(7)] == [(0, 0), (1, 0), (0, 0), (0, 0)]
    # A night that is cut off in the middle: what expires after it was told of is told of by itself.
    advance_business_date(books, day(9), actor="test")
    post(books.id, expiry_draft(due_lots(books.id, day(9), BEFORE_ALL, 1), day(9), "test"))
    assert tell_of_expiry(books.id, day(9), "test")["credits_expired"] == 1
    assert night(9) == (1, 0)
    assert told(books, "expired", "owner_id", "day", "amount") == [
        ("ann", str(day(6)), "7"), ("ann", str(day(9)), "5"), ("ann", str(day(9)), "5")]  # fmt: skip
    assert night(25) == (0, 1)
    names = list(registry.new_day_jobs)
    assert names.index("tell_of_expiry") > names.index("expire_lots")
    assert verify_books(books.id) == []


def test_a_notice_that_was_changed_is_found(books: Entity) -> None:
    run(books, "CREDIT_ADD", amount="10")
    run(books, "CREDIT_SPEND", amount="9")
    watch_balances(books.id)
    notice = Notice.objects.filter(entity=books).earliest("event_sequence")
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_notice SET amount = 2 WHERE id = %s", (notice.id,))
    found = {(fault.table, fault.key, fault.what) for fault in verify_books(books.id)}
    assert found == {("credits_notice", str(notice.id), "amount")}
