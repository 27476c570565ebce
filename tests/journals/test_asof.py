"""Balances of the past, compared with adding the postings up by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.balances import balance_now
from accounts.currencies import add_currency
from journals.models import Posting
from journals.reading.as_of import balance_then, rollup_then
from ledgerflow.books.models import Entity, Event
from ledgerflow.core import clocks
from ledgerflow.core.errors import NotFound
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.holding import LONG

pytestmark = pytest.mark.every_server


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def go(self, **span: float) -> datetime:
        self.moment += timedelta(**span)
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(clocks, "now", clock.now)
    monkeypatch.setattr("django.conf.settings.LEDGERFLOW_CLOCK_LEAD_SECONDS", LONG)
    return clock


@pytest.fixture
def books(clock: Clock) -> Entity:
    entity = an_entity()
    an_account(entity, "Cash")
    an_account(entity, "Sales", "income")
    return entity


def cash(entity: Entity, **asked: Any) -> str:
    return balance_then(entity.id, "Cash", **asked).balance


def test_a_balance_at_the_end_of_a_date_includes_that_date(books: Entity) -> None:
    posted(books, a_transfer("Cash", "Sales", "100", effective_date=date(2026, 2, 27)))
    posted(books, a_transfer("Cash", "Sales", "20", effective_date=date(2026, 2, 28)))
    posted(books, a_transfer("Sales", "Cash", "3", effective_date=TODAY))
    days = [date(2026, 2, 26), date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), TODAY, date(9999, 12, 31)]
    assert [cash(books, as_of=day) for day in days] == ["0.00", "100.00", "120.00", "120.00", "117.00", "117.00"]


def test_both_sides_are_shown_and_the_balance_is_on_the_normal_side(books: Entity) -> None:
    posted(books, a_transfer("Cash", "Sales", "100"))
    posted(books, a_transfer("Sales", "Cash", "30"))
    then = balance_then(books.id, "Sales", as_of=TODAY)
    assert (then.debits, then.credits, then.balance, then.normal_side) == ("30.00", "100.00", "70.00", "credit")
    now = balance_now(books.id, "Sales")
    assert (now.debits, now.credits, now.balance, now.version) == ("30.00", "100.00", "70.00", 2)


def test_what_was_known_does_not_change_when_a_backdated_journal_comes_in(books: Entity, clock: Clock) -> None:
    posted(books, a_transfer("Cash", "Sales", "100", effective_date=date(2026, 2, 28)))
    reported = clock.go(days=1)
    clock.go(days=1)
    posted(books, a_transfer("Cash", "Sales", "7", effective_date=date(2026, 2, 28)))
    assert cash(books, as_of=date(2026, 2, 28)) == "107.00"
    assert cash(books, as_of=date(2026, 2, 28), known_at=reported) == "100.00"
    assert cash(books, known_at=reported) == "100.00"


def test_moments_within_one_day_are_told_apart(books: Entity, clock: Clock) -> None:
    moments = []
    for amount in ("1", "10", "100"):
        clock.go(hours=1)
        moments.append(posted(books, a_transfer("Cash", "Sales", amount)).recorded_at)
    assert all(moments)
    assert [cash(books, known_at=moment) for moment in moments] == ["1.00", "11.00", "111.00"]
    just_before = [moment - timedelta(microseconds=1) for moment in moments if moment]
    assert [cash(books, known_at=moment) for moment in just_before] == ["0.00", "1.00", "11.00"]


def test_a_moment_on_a_later_day_knows_whole_days_and_the_part_of_its_own(books: Entity, clock: Clock) -> None:
    posted(books, a_transfer("Cash", "Sales", "1"))
    clock.go(hours=14, minutes=59)  # 23:59
    posted(books, a_transfer("Cash", "Sales", "10"))
    midnight = clock.go(minutes=1)
    posted(books, a_transfer("Cash", "Sales", "100"))
    morning = clock.go(hours=8)
    posted(books, a_transfer("Cash", "Sales", "1000"))
    assert cash(books, known_at=midnight - timedelta(microseconds=1)) == "11.00"
    assert cash(books, known_at=midnight) == "111.00"
    assert cash(books, known_at=morning - timedelta(microseconds=1)) == "111.00"
    assert cash(books, known_at=clock.go(days=30)) == "1111.00"


def test_the_answer_names_the_last_event_it_counts(books: Entity, clock: Clock) -> None:
    clock.go(hours=1)
    answer = posted(books, a_transfer("Cash", "Sales", "1"))
    clock.go(hours=1)
    last = posted(books, a_transfer("Sales", "Cash", "1"))
    then = balance_then(books.id, "Cash", known_at=clock.moment - timedelta(minutes=30))
    assert (then.event_sequence, then.recorded_at) == (answer.event_sequence, answer.recorded_at)
    assert balance_then(books.id, "Cash", as_of=TODAY).event_sequence == last.event_sequence


def test_before_the_first_event_nothing_was_known(books: Entity) -> None:
    posted(books, a_transfer("Cash", "Sales", "1"))
    then = balance_then(books.id, "Cash", known_at=datetime(1, 1, 1, tzinfo=UTC))
    assert (then.balance, then.event_sequence, then.recorded_at) == ("0.00", 0, None)


def test_an_answer_has_the_scale_of_its_currency(clock: Clock) -> None:
    entity = an_entity()
    for code, currency in (("Yen", "JPY"), ("Dinar", "BHD")):
        an_account(entity, code, currency=currency)
    assert balance_then(entity.id, "Yen", as_of=TODAY).balance == "0"
    assert balance_then(entity.id, "Dinar", as_of=TODAY).balance == "0.000"


def test_totals_of_more_than_28_digits_stay_exact(clock: Clock) -> None:
    entity = an_entity()
    add_currency(entity, code="WEI", name="Wei", minor_units=18, actor="test")
    an_account(entity, "Cold", currency="WEI")
    an_account(entity, "Mint", "equity", currency="WEI")
    posted(entity, a_transfer("Cold", "Mint", "99999999999999999999.000000000000000001"))
    posted(entity, a_transfer("Cold", "Mint", "99999999999999999999.000000000000000001"))
    total = "199999999999999999998.000000000000000002"
    assert balance_now(entity.id, "Cold").available == total
    assert balance_then(entity.id, "Mint", as_of=TODAY).balance == total
    assert rollup_then(entity.id, "Mint", as_of=TODAY).totals[0].balance == total


@pytest.mark.parametrize("code", ["Nowhere", "nul\x00", "\ud800"])
def test_an_account_that_is_not_there_is_not_found(books: Entity, code: str) -> None:
    with pytest.raises(NotFound):
        balance_then(books.id, code, as_of=TODAY)
    with pytest.raises(NotFound):
        rollup_then(books.id, code, as_of=TODAY)
    with pytest.raises(NotFound):
        balance_now(books.id, code)


# --- against adding up ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def growing_books() -> Iterator[tuple[Entity, Clock]]:
    """One entity whose clock only goes forward; every example opens its own pair of accounts in it."""
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(clocks, "now", clock.now)
        patch.setattr("django.conf.settings.LEDGERFLOW_CLOCK_LEAD_SECONDS", LONG)
        yield an_entity(), clock


steps = st.lists(
    st.tuples(
        st.sampled_from([1, 3_600, 40_000, 90_000, 200_000]),  # seconds until it is recorded
        st.integers(0, 5),  # days it is dated back
        st.integers(-9_999, 9_999).filter(bool),  # cents
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(steps=steps)
def test_every_past_balance_is_the_sum_of_its_postings(
    growing_books: tuple[Entity, Clock], steps: list[tuple[int, int, int]]
) -> None:
    entity, clock = growing_books
    one, other = f"a-{uuid4().hex}", f"b-{uuid4().hex}"
    account = an_account(entity, one)
    an_account(entity, other)
    moments = [clock.moment]
    for seconds, days_back, cents in steps:
        moments.append(clock.go(seconds=seconds))
        pair = (one, other) if cents > 0 else (other, one)
        draft = a_transfer(*pair, str(Decimal(abs(cents)) / 100), effective_date=TODAY - timedelta(days=days_back))
        posted(entity, draft)
    moments += [early + (late - early) / 2 for early, late in pairwise(moments)]
    recorded = dict(Event.objects.filter(entity=entity).values_list("sequence", "recorded_at"))
    lines = list(Posting.objects.filter(account=account).values_list("amount", "effective_date", "event_sequence"))
    for moment in moments:
        for day in (TODAY - timedelta(days=number) for number in range(-1, 6)):
            known = [amount for amount, on, sequence in lines if on <= day and recorded[sequence] <= moment]
            then = balance_then(entity.id, one, as_of=day, known_at=moment)
            assert Decimal(then.balance) == sum(known)
            assert Decimal(then.debits) == sum(amount for amount in known if amount > 0)
    assert Decimal(balance_then(entity.id, one, as_of=TODAY).balance) == sum(amount for amount, *_ in lines)
