"""Closes when the calendar of the books changes between them."""

from __future__ import annotations

from datetime import date

import pytest

from journals.days.closing.frozen import close_of
from journals.days.closing.running import cancel_close, close_day, close_through
from journals.days.errors import CloseBlocked
from journals.days.policies import set_day_policy
from journals.proof.ledger import verify_books
from journals.reading.as_of import balance_then
from ledgerflow.books.entities import advance_business_date
from reports.reading.figures import reading
from tests.approving import reopened
from tests.builders import a_transfer, an_account, an_entity, posted

FRIDAY, SATURDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9)


def test_a_weekend_that_is_given_up_later_does_not_come_between_days_that_close_again() -> None:
    """Saturday closed on its own would leave Monday's old snapshot to answer for what came late into Saturday."""
    books = an_entity(business_date=FRIDAY)
    an_account(books, "cash")
    an_account(books, "equity", "equity")
    set_day_policy(books.id, {"weekend": [6, 7]}, actor="t")
    list(close_through(books.id, FRIDAY, actor="t"))
    posted(books, a_transfer("cash", "equity", "10.00", effective_date=SATURDAY))
    list(close_through(books.id, MONDAY, actor="t"))
    reopened(books, MONDAY)
    set_day_policy(books.id, {"weekend": []}, actor="t")
    posted(books, a_transfer("cash", "equity", "5.00", effective_date=SATURDAY))
    assert [record.day for record in close_through(books.id, MONDAY, actor="t")] == [MONDAY]
    assert balance_then(books.id, "cash", as_of=MONDAY).balance == "15.00"
    assert verify_books(books.id) == []


def test_a_report_counts_what_came_late_after_the_only_closed_day_was_reopened() -> None:
    """No day is closed then: the snapshot of the close that was taken back answers for nothing."""
    books = an_entity(business_date=FRIDAY)
    an_account(books, "cash")
    an_account(books, "equity", "equity")
    posted(books, a_transfer("cash", "equity", "10.00"))
    list(close_through(books.id, FRIDAY, actor="t"))
    reopened(books, FRIDAY)
    posted(books, a_transfer("cash", "equity", "5.00", effective_date=FRIDAY))
    with reading(books.id, None) as reader:
        assert {str(total.net) for total in reader.figures(FRIDAY).values()} == {"15.00", "-15.00"}


def test_a_close_that_was_given_up_on_what_became_a_day_off_is_no_close() -> None:
    books = an_entity(business_date=SATURDAY)
    an_account(books, "lost", role="suspense")
    an_account(books, "equity", "equity")
    set_day_policy(books.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(books, a_transfer("lost", "equity", "3.00"))
    with pytest.raises(CloseBlocked):
        close_day(books.id, SATURDAY, actor="t")
    cancel_close(books.id, SATURDAY, reason="it is a day off", actor="t")
    advance_business_date(books, MONDAY, actor="t")
    set_day_policy(books.id, {"weekend": [6, 7], "checks": {}}, actor="t")
    closed = close_day(books.id, actor="t")
    assert closed.day == MONDAY
    for found in (close_day(books.id, SATURDAY, actor="t"), close_of(books.id, SATURDAY)):
        assert (found.day, found.sha256) == (MONDAY, closed.sha256)
    assert close_of(books.id, SATURDAY, version=1).status == "cancelled"
    assert verify_books(books.id) == []
