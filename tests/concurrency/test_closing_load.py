"""Days close while transfers keep coming, closes race each other, and what comes late changes what it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections

from journals.days.closing import running
from journals.days.closing.frozen import frozen_day
from journals.days.closing.running import cancel_close, close_day, close_through
from journals.days.errors import CloseBlocked, CloseInProgress, DayNotClosed
from journals.days.models import DayClose, DaySnapshot
from journals.days.policies import set_day_policy
from journals.events import Answer, read_fact
from journals.models import Journal
from journals.posting import post, post_many
from journals.proof.ledger import verify_books
from journals.reading.as_of import balance_then
from ledgerflow.books.models import Entity
from tests.approving import reopened
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.concurrency.races import PATIENCE_SECONDS, Racer

DAYS = 6
POSTERS = 3
ONE_DAY = timedelta(days=1)
TOMORROW = TODAY + ONE_DAY


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "wallet", "liability")
    an_account(entity, "equity", "equity")
    return entity


class Poster(Thread):
    """Posts transfers dated by default until told to stop; `answers` are all of them."""

    def __init__(self, books: Entity, stop: Event, number: int) -> None:
        super().__init__(daemon=True)
        self._books, self._until, self._number = books, stop, number
        self.answers: list[Answer] = []
        self.failure: Exception | None = None
        self._answered = Event()

    def wait_for_one(self) -> None:
        """Until there is one more answer from here on."""
        self._answered.clear()
        assert self._answered.wait(PATIENCE_SECONDS), self.failure

    def run(self) -> None:
        try:
            while not self._until.is_set():
                drafts = [a_transfer("cash", "wallet", "0.01") for _ in range(self._number)]
                self.answers += (
                    post_many(self._books.id, drafts) if self._number > 1 else [post(self._books.id, *drafts)]
                )
                self._answered.set()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.failure = error
        finally:
            connections.close_all()


def closings(books: Entity, code: str) -> dict[date, Decimal]:
    """What each close in force says of an account that moved."""
    rows = DaySnapshot.objects.filter(account__entity=books, account__code=code).order_by("number")
    return {row.day: row.closing for row in rows}


def test_every_transfer_lands_on_one_side_of_the_line(books: Entity) -> None:
    stop = Event()
    posters = [Poster(books, stop, number) for number in range(1, POSTERS + 1)]
    for poster in posters:
        poster.start()
    try:
        for _ in range(DAYS):
            posters[0].wait_for_one()
            close_day(books.id, actor="t")
    finally:
        stop.set()
        for poster in posters:
            poster.join(PATIENCE_SECONDS)
    assert [poster.failure for poster in posters] == [None] * POSTERS, "nobody is refused"
    answers = [answer for poster in posters for answer in poster.answers]
    assert {answer.status for answer in answers} == {"posted"}
    dated = Counter(read_fact(answer.journal).effective_date for answer in answers)
    stored = Counter(Journal.objects.filter(entity=books).values_list("effective_date", flat=True))
    assert dated == stored, "what was answered is what is in the books"
    total = Decimal(0)
    for day in sorted(closings(books, "cash")):
        total += dated[day] * Decimal("0.01")
        assert closings(books, "cash")[day] == total == -closings(books, "wallet")[day]
    last = TODAY + (DAYS - 1) * ONE_DAY
    assert sum(count for day, count in dated.items() if day <= last) * Decimal("0.01") == total
    assert set(dated) <= {TODAY + n * ONE_DAY for n in range(DAYS + 1)}
    assert len(dated) >= DAYS, "there was load on each day"
    assert verify_books(books.id) == []


def held_at(monkeypatch: pytest.MonkeyPatch, step: str) -> tuple[Event, Event]:
    """The first close to come to this step says so, and waits to be let on."""
    there, on = Event(), Event()
    original: Callable[..., Any] = running.WORK[step]

    def work(*given: Any) -> Any:
        if not there.is_set():
            there.set()
            assert on.wait(PATIENCE_SECONDS), "nobody let it on"
        return original(*given)

    monkeypatch.setitem(running.WORK, step, work)
    return there, on


def test_of_two_closes_at_once_one_wins_and_the_other_is_told(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    there, on = held_at(monkeypatch, "snapshot")
    winner = Racer(lambda: close_day(books.id, TODAY, actor="winner"))
    winner.start()
    assert there.wait(PATIENCE_SECONDS)
    works: list[Callable[[], object]] = [
        lambda: close_day(books.id, TODAY, actor="loser"),
        lambda: close_day(books.id, actor="loser"),
        lambda: cancel_close(books.id, TODAY, reason="mine", actor="loser"),
    ]
    for work in works:
        with pytest.raises(CloseInProgress):
            work()
    on.set()
    winner.join(PATIENCE_SECONDS)
    assert winner.outcome.status == "closed"
    assert close_day(books.id, TODAY, actor="loser") == winner.outcome
    assert DayClose.objects.filter(entity=books).count() == 1


@pytest.mark.parametrize("step", ["checks", "snapshot", "proof", "close"])
def test_posting_goes_on_while_a_close_is_at_work(books: Entity, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """However long a step takes: what comes meanwhile is of the next day, and the close does not see it."""
    posted(books, a_transfer("cash", "wallet", "5.00"))
    there, on = held_at(monkeypatch, step)
    close = Racer(lambda: close_day(books.id, actor="t"))
    close.start()
    assert there.wait(PATIENCE_SECONDS)
    answers = [posted(books, a_transfer("cash", "wallet", "1.00")) for _ in range(3)]
    on.set()
    close.join(PATIENCE_SECONDS)
    assert {read_fact(answer.journal).effective_date for answer in answers} == {TOMORROW}
    assert close.outcome.totals == {"EUR": {"debits": "5.00", "credits": "5.00"}}
    assert closings(books, "cash") == {TODAY: Decimal("5.00")}


def test_a_late_journal_changes_exactly_the_closings_after_it(books: Entity) -> None:
    """By a worksheet, cash in euro:

    | day       | as first closed | 7.00 more on 3 March |
    | 2 March   |           10.00 |                10.00 |
    | 3 March   |           14.00 |                21.00 |
    | 4 March   |           13.00 |                20.00 |
    """
    second, third, fourth = TODAY, TODAY + ONE_DAY, TODAY + 2 * ONE_DAY
    for debit, credit, amount in (("cash", "equity", "10.00"), ("cash", "wallet", "4.00"), ("equity", "cash", "1.00")):
        posted(books, a_transfer(debit, credit, amount))
        close_day(books.id, actor="t")
    before = {second: Decimal("10.00"), third: Decimal("14.00"), fourth: Decimal("13.00")}
    assert closings(books, "cash") == before
    known_before = Journal.objects.filter(entity=books).latest("number").recorded_at

    proposal = reopened(books, third)
    with pytest.raises(DayNotClosed):
        reopened(books, third)
    late = posted(books, a_transfer("cash", "wallet", "7.00", effective_date=third))
    assert read_fact(late.journal).effective_date == third
    again = list(close_through(books.id, fourth, actor="t"))
    assert [(record.day, record.version) for record in again] == [(third, 2), (fourth, 2)]

    after = {second: Decimal("10.00"), third: Decimal("21.00"), fourth: Decimal("20.00")}
    assert closings(books, "cash") == after
    for day, figure in after.items():
        assert balance_then(books.id, "cash", as_of=day).balance == f"{figure:.2f}"
    for day, figure in before.items():
        assert balance_then(books.id, "cash", as_of=day, known_at=known_before).balance == f"{figure:.2f}"
        with frozen_day(books.id, day, 1) as frozen:
            assert {line.code: line.closing for line in frozen.lines}["cash"] == figure, "the old snapshot is kept"
    assert proposal.kind == "day.reopen"
    assert verify_books(books.id) == []


def test_transfers_go_on_through_a_reopening(books: Entity) -> None:
    """The business date stays: whoever gives no date is not led into the past."""
    posted(books, a_transfer("cash", "wallet", "5.00"))
    list(close_through(books.id, TOMORROW, actor="t"))
    reopened(books, TODAY)
    answer = posted(books, a_transfer("cash", "wallet", "1.00"))
    assert read_fact(answer.journal).effective_date == TODAY + 2 * ONE_DAY
    assert [record.version for record in close_through(books.id, TOMORROW, actor="t")] == [2, 2]


def test_a_blocked_day_keeps_its_line_while_posting_goes_on(books: Entity) -> None:
    an_account(books, "lost", role="suspense")
    set_day_policy(books.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(books, a_transfer("lost", "wallet", "3.00"))
    with pytest.raises(CloseBlocked):
        close_day(books.id, actor="t")
    answer = posted(books, a_transfer("wallet", "lost", "3.00"))
    assert read_fact(answer.journal).effective_date == TOMORROW
    with pytest.raises(CloseBlocked):
        close_day(books.id, actor="t")  # at the end of the day that closes, it was not zero
    assert close_day(books.id, actor="t", accept="cleared on the next day").day == TODAY
    assert close_day(books.id, actor="t").day == TOMORROW
