"""The date a journal gets: cut-offs, holidays, late journals, periods."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from journals.dating import Calendar, Dated, dated
from journals.drafts import Draft, Line
from journals.errors import DayClosed, FutureDate, NotABusinessDay, PeriodClosed, PeriodLocked, UnusualDate
from ledgerflow.books.errors import BusinessDateLeap
from ledgerflow.core.dates import LONGEST_STEP
from ledgerflow.core.errors import LedgerError, Malformed

pytestmark = pytest.mark.pure

FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY = (date(2026, 3, day) for day in (6, 7, 8, 9, 10))
LINES = (Line("a", Decimal(1)), Line("b", Decimal(-1)))


def on(day: date | None, calendar: Calendar, business_date: date = MONDAY, **given: Any) -> Dated:
    return dated(Draft("k", LINES, effective_date=day, **given), business_date, calendar)


def test_without_a_date_it_is_the_business_date() -> None:
    assert on(None, Calendar()) == Dated(MONDAY, None)


@pytest.mark.parametrize(
    "policy, day, expected",
    [
        ("allow", SATURDAY, Dated(SATURDAY, None)),
        ("following", FRIDAY, Dated(FRIDAY, None)),
        ("following", SATURDAY, Dated(MONDAY, SATURDAY)),
        ("following", SUNDAY, Dated(MONDAY, SUNDAY)),
    ],
)
def test_weekends_are_allowed_or_stepped_over(policy: str, day: date, expected: Dated) -> None:
    assert on(day, Calendar(holiday_policy=policy, weekend=frozenset({6, 7}))) == expected


def test_a_day_off_is_refused_by_name_with_the_next_business_day() -> None:
    calendar = Calendar(holiday_policy="refuse", weekend=frozenset({6, 7}), holidays=frozenset({MONDAY}))
    with pytest.raises(NotABusinessDay) as caught:
        on(SATURDAY, calendar, TUESDAY)
    assert caught.value.data.items() >= {"following_business_day": "2026-03-10"}.items()


@pytest.mark.parametrize("policy", ["refuse", "following"])
@pytest.mark.parametrize("day", [None, MONDAY], ids=["not given", "given"])
def test_the_business_date_itself_is_never_a_day_off(policy: str, day: date | None) -> None:
    calendar = Calendar(holiday_policy=policy, holidays=frozenset({MONDAY}))
    assert on(day, calendar) == Dated(MONDAY, None)


def test_what_may_roll_forward_leaves_a_day_off_where_such_days_are_refused() -> None:
    calendar = Calendar(holiday_policy="refuse", weekend=frozenset({6, 7}))
    assert on(SATURDAY, calendar, late="roll_forward") == Dated(MONDAY, SATURDAY)


def test_the_following_business_day_may_be_tomorrow_s_money() -> None:
    calendar = Calendar(holiday_policy="following", weekend=frozenset({6, 7}))
    with pytest.raises(FutureDate):
        on(SATURDAY, calendar, SUNDAY)
    assert on(SATURDAY, calendar, SUNDAY, late="roll_forward") == Dated(SUNDAY, SATURDAY)


def test_a_calendar_without_business_days_is_an_error_and_no_endless_search() -> None:
    calendar = Calendar(holiday_policy="following", weekend=frozenset(range(1, 8)))
    with pytest.raises(Malformed):
        on(FRIDAY, calendar)


def test_there_is_an_end_of_time() -> None:
    calendar = Calendar(weekend=frozenset({date.max.isoweekday()}))
    assert calendar.after(date(9999, 12, 29)) == date(9999, 12, 30)
    for no_day_after in (calendar.after, calendar.following):
        with pytest.raises(Malformed):
            no_day_after(date.max)


@pytest.mark.parametrize(
    "day, kind, code",
    [
        (FRIDAY, "manual", "day_closed"), (SATURDAY, "manual", "day_closed"), (SUNDAY, "manual", None),
        (FRIDAY, "fx_revaluation", "day_closed"), (SATURDAY, "fx_revaluation", None),
    ],
    ids=["closed", "closing", "open", "closed to the close", "closing to the close"],
)  # fmt: skip
def test_into_a_closing_day_only_the_close_posts(day: date, kind: str, code: str | None) -> None:
    calendar = Calendar(closed_through=FRIDAY, ordinary_through=SATURDAY)
    if code is None:
        assert on(day, calendar, kind=kind).day == day
    else:
        with pytest.raises(DayClosed):
            on(day, calendar, kind=kind)


def test_a_late_journal_rolls_forward_to_the_business_date() -> None:
    calendar = Calendar(closed_through=FRIDAY, ordinary_through=FRIDAY)
    assert on(FRIDAY, calendar, late="roll_forward") == Dated(MONDAY, FRIDAY)


def test_a_locked_period_lets_through_who_overrides_it() -> None:
    calendar = Calendar(locked=[(FRIDAY, SUNDAY)])
    with pytest.raises(PeriodLocked):
        on(SATURDAY, calendar)
    assert on(SATURDAY, calendar, override_lock="an invoice that came late").day == SATURDAY
    assert on(MONDAY, calendar).day == MONDAY


@pytest.mark.parametrize(
    "ends, refusal",
    [
        ({}, PeriodClosed), ({("adjustment", SUNDAY): "closed"}, PeriodClosed),
        ({("adjustment", SUNDAY): "locked"}, PeriodLocked), ({("closing", SUNDAY): "open"}, PeriodClosed),
    ],
    ids=["no period ends", "closed", "locked", "another layer's"],
)  # fmt: skip
def test_an_adjustment_needs_a_period_that_ends_on_its_day(ends: Any, refusal: type[LedgerError]) -> None:
    with pytest.raises(refusal):
        on(SUNDAY, Calendar(period_ends=ends), layer="adjustment")


def test_an_adjustment_goes_into_a_closed_day_of_an_open_period() -> None:
    calendar = Calendar(closed_through=SUNDAY, ordinary_through=SUNDAY, period_ends={("adjustment", SUNDAY): "open"})
    assert on(SUNDAY, calendar, layer="adjustment") == Dated(SUNDAY, None)


# How far one person goes, forward and back


def test_one_person_moves_the_business_date_by_a_month_and_no_further() -> None:
    month = MONDAY + LONGEST_STEP
    assert on(month, Calendar(), advance_business_date=True).day == month
    with pytest.raises(BusinessDateLeap) as caught:
        on(month + timedelta(1), Calendar(), advance_business_date=True)
    assert caught.value.pointer == "/effective_date"
    assert caught.value.data == {"business_date": "2026-03-09", "to": "2026-04-10"}


def test_the_first_journal_of_the_books_may_leap() -> None:
    leap = Draft("k", LINES, effective_date=date(2027, 1, 1), advance_business_date=True)
    assert dated(leap, MONDAY, Calendar(), in_use=False).day == date(2027, 1, 1)


def test_a_date_before_the_books_began_is_asked_about() -> None:
    calendar = Calendar(began_on=SUNDAY)
    with pytest.raises(UnusualDate) as caught:
        on(SATURDAY, calendar)
    assert caught.value.pointer == "/effective_date"
    assert caught.value.data == {"date": "2026-03-07", "first_business_date": "2026-03-08"}
    assert on(SATURDAY, calendar, confirm_unusual_date=True).day == SATURDAY
    assert on(SATURDAY, calendar, kind="reversal", reverses=UUID(int=1), not_before=FRIDAY).day == SATURDAY
    assert on(SUNDAY, calendar).day == SUNDAY


def test_whoever_is_asked_about_a_date_is_refused_for_nothing_else() -> None:
    calendar = Calendar(began_on=MONDAY, locked=[(FRIDAY, SUNDAY)])
    with pytest.raises(PeriodLocked):
        on(SATURDAY, calendar)
    with pytest.raises(UnusualDate):
        on(SATURDAY, calendar, override_lock="an invoice that came late")


@pytest.mark.parametrize(
    "day, given",
    [
        (MONDAY, {}), (None, {}), (TUESDAY, {"advance_business_date": True}), (SATURDAY, {"confirm_unusual_date": True}),
        (SATURDAY, {"reverses": UUID(int=1)}),
    ],
    ids=["business date", "not given", "after it", "confirmed", "reversal"],
)  # fmt: skip
def test_what_is_usual_before_a_calendar_that_was_made_ahead(day: date | None, given: dict[str, Any]) -> None:
    calendar = Calendar(fiscal_from=date(2027, 1, 1), began_on=SATURDAY)
    assert on(day, calendar, **given).day == (day or MONDAY)


def test_a_date_before_the_calendar_is_confirmed() -> None:
    calendar = Calendar(fiscal_from=SUNDAY, began_on=FRIDAY)
    assert on(SUNDAY, calendar).day == SUNDAY
    with pytest.raises(UnusualDate, match="2026-03-08, when the fiscal calendar") as caught:
        on(SATURDAY, calendar)
    assert (caught.value.code, caught.value.data["first_day"]) == ("unusual_date", "2026-03-08")


def test_taking_the_books_beyond_their_calendar_is_confirmed() -> None:
    ahead: dict[str, Any] = {"advance_business_date": True}
    assert on(TUESDAY, Calendar(fiscal_through=TUESDAY), **ahead).day == TUESDAY
    at_its_end = Calendar(fiscal_through=FRIDAY)  # it was not made longer in time: nobody is kept from his work
    assert [on(day, at_its_end).day for day in (SATURDAY, MONDAY)] == [SATURDAY, MONDAY]
    with pytest.raises(UnusualDate, match="2026-03-06, when the last fiscal year") as caught:
        on(TUESDAY, at_its_end, **ahead)
    assert (caught.value.code, caught.value.data["last_day"]) == ("unusual_date", "2026-03-06")
    assert on(TUESDAY, at_its_end, **ahead, confirm_unusual_date=True).day == TUESDAY
