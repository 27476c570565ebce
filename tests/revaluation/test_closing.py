"""Revaluations at the close of a day, and the two methods of carrying them on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from fx.deals.settlement import reverse_settlement
from fx.rates.errors import AutoReversalsOpen
from fx.rates.policies import set_policy
from fx.revaluation import closing_checks
from fx.revaluation.auto_reversal import days_due, period_of, reverse_due
from fx.revaluation.models import RevaluationLine
from journals.days.closing.running import close_day
from journals.days.policies import set_day_policy
from journals.models import Journal
from journals.periods.models import Period
from ledgerflow.books.models import Entity
from tests.approving import reopened
from tests.builders import TODAY, a_transfer, an_account, an_entity, balance_of, posted, unguarded
from tests.trading import a_dollar_house, a_rate, an_exchange, go_to, newest, proven, revalued

START = date(2026, 3, 30)  # a Monday; the month ends on Tuesday
MONTH_END = date(2026, 3, 31)
FIRST = date(2026, 4, 1)
SECOND = date(2026, 4, 2)


@pytest.fixture
def house() -> Entity:
    return a_dollar_house(START)


def run(entity: Entity, day: date = START) -> list[tuple[str, str, str, str]]:
    return revalued(entity, day)


def test_a_close_revalues_its_day(house: Entity) -> None:
    a_rate(house, "1.20", START, kind="closing")
    record = close_day(house.id, START, actor="test")
    assert newest(house)["BANK-USD-VALUATION"] == "33.33"
    (journal,) = Journal.objects.filter(entity=house, kind="fx_revaluation")
    assert (journal.effective_date, journal.actor) == (START, "test")
    assert record.status == "closed"
    assert proven(house)


def test_a_close_without_a_rate_is_warned_and_goes_on(house: Entity) -> None:
    a_rate(house, "160.00", START, quote="JPY")
    an_account(house, "BANK-GBP", currency="GBP")
    an_account(house, "SALES-GBP", "income", currency="GBP")
    posted(house, a_transfer("BANK-GBP", "SALES-GBP", "10.00"))
    assert closing_checks.unrevalued_currencies(house.id, START) == [
        "BANK-GBP is not revalued on 2026-03-30: BANK-GBP has no account that carries its valuation."
    ]
    assert close_day(house.id, START, actor="test").status == "closed"


def test_what_no_settlement_put_into_clearing_is_told(house: Entity) -> None:
    done = an_exchange(house, "BANK-USD", "BANK-EUR", "100.00").settlement
    reverse_settlement(house.id, done.id, key=uuid4().hex, actor="test")
    assert closing_checks.unrevalued_currencies(house.id, START) == []
    posted(house, a_transfer("FX-CLEARING-USD", "BANK-USD", "10.00"))
    assert closing_checks.unrevalued_currencies(house.id, START) == [
        "FX-CLEARING-USD carries 10.00 USD that no settlement put there: clearing is not revalued."
    ]
    posted(house, a_transfer("BANK-USD", "FX-CLEARING-USD", "10.00"))
    assert closing_checks.unrevalued_currencies(house.id, START) == []


def test_reopened_days_are_revalued_again(house: Entity) -> None:
    a_rate(house, "1.20", START, kind="closing")
    close_day(house.id, START, actor="test")
    a_rate(house, "1.22", MONTH_END, kind="closing")
    close_day(house.id, MONTH_END, actor="test")
    assert balance_of(house, "BANK-USD-VALUATION") == Decimal("19.67")
    reopened(house, START)
    a_rate(house, "1.14", START, kind="closing")
    posted(house, a_transfer("BANK-USD", "SALES-USD", "250.00", effective_date=START))  # in at 1.25: 200.00
    close_day(house.id, START, actor="test")
    # 1,250.00 / 1.14 = 1,096.49: 96.49 more than 1,000.00, of which 33.33 stand on this day
    assert newest(house) == {"BANK-USD-VALUATION": "63.16", "FX-UNREALISED-GAIN-EUR": "-63.16"}
    close_day(house.id, MONTH_END, actor="test")
    # 1,250.00 / 1.22 = 1,024.59
    assert balance_of(house, "BANK-USD-VALUATION") == Decimal("24.59")
    assert proven(house)


@pytest.mark.parametrize("holidays", ["refuse", "following"])
def test_a_month_that_ends_on_a_day_off_is_revalued_at_its_end(holidays: str) -> None:
    """May 2026 ends on a Sunday: the close of Monday revalues it, whatever others may date to a Sunday."""
    friday, sunday, monday = date(2026, 5, 29), date(2026, 5, 31), date(2026, 6, 1)
    house = a_dollar_house(friday)
    set_day_policy(house.id, {"weekend": [6, 7], "holiday_policy": holidays}, actor="test")
    set_policy(house.id, {"revalue": "period_end", "revaluation_method": "auto_reverse"}, actor="test")
    a_rate(house, "1.20", friday, kind="closing")
    for day in (friday, monday):
        close_day(house.id, day, actor="test")
    made = Journal.objects.filter(entity=house, kind="fx_revaluation").order_by("number")
    assert [(one.effective_date, one.original_date) for one in made] == [(sunday, None), (monday, None)]
    assert balance_of(house, "BANK-USD-VALUATION") == 0
    assert proven(house)


# --- the two methods ---


@pytest.fixture
def reversing(house: Entity) -> Entity:
    set_policy(house.id, {"revaluation_method": "auto_reverse"}, actor="test")
    return house


def test_what_is_unrealised_is_taken_back_on_the_first_day_of_the_period(reversing: Entity) -> None:
    a_rate(reversing, "1.20", MONTH_END, kind="closing")
    for day in (START, MONTH_END):
        close_day(reversing.id, day, actor="test")
    assert balance_of(reversing, "BANK-USD-VALUATION") == 0
    back = Journal.objects.filter(entity=reversing, kind="fx_revaluation").latest("number")
    assert (back.effective_date, back.description) == (FIRST, "Reversal of unrealised amounts")
    assert newest(reversing) == {"BANK-USD-VALUATION": "-33.33", "FX-UNREALISED-GAIN-EUR": "33.33"}
    # Nothing is taken back twice, and the new period starts from what the money came in at.
    assert reverse_due(reversing.id, FIRST, actor="test").run is None  # type: ignore[union-attr]
    a_rate(reversing, "1.20", FIRST, kind="closing")
    assert run(reversing, FIRST) == [("BANK-USD", "33.33", "0.00", "0.00")]
    assert proven(reversing)


def test_a_corrected_rate_of_the_old_period_is_taken_back_too(reversing: Entity) -> None:
    a_rate(reversing, "1.20", MONTH_END, kind="closing")
    go_to(reversing, FIRST)
    run(reversing, MONTH_END)
    a_rate(reversing, "1.10", MONTH_END, kind="closing")
    run(reversing, MONTH_END)
    posted_on = {
        day: sum(
            (line.posted_gain for line in RevaluationLine.objects.filter(run__entity=reversing, run__day=day)),
            Decimal(0),
        )
        for day in (MONTH_END, FIRST)
    }
    assert posted_on == {MONTH_END: Decimal("109.09"), FIRST: Decimal("-109.09")}
    assert balance_of(reversing, "BANK-USD-VALUATION") == 0


def test_what_is_realised_is_not_taken_back(reversing: Entity) -> None:
    go_to(reversing, MONTH_END)
    a_rate(reversing, "1.20", MONTH_END)
    posted(reversing, a_transfer("SALES-USD", "BANK-USD", "600.00"))  # 500.00 for what came in at 480.00
    go_to(reversing, FIRST)
    run(reversing, MONTH_END)
    assert balance_of(reversing, "FX-REALISED-GAIN-EUR") == Decimal("20.00")
    assert balance_of(reversing, "FX-UNREALISED-GAIN-EUR") == 0
    assert balance_of(reversing, "BANK-USD-VALUATION") == Decimal("20.00")


def test_the_method_is_not_changed_while_reversals_are_open(reversing: Entity) -> None:
    a_rate(reversing, "1.20", START, kind="closing")
    run(reversing)
    with pytest.raises(AutoReversalsOpen):
        set_policy(reversing.id, {"revaluation_method": "cumulative"}, actor="test")
    go_to(reversing, FIRST)
    reverse_due(reversing.id, FIRST, actor="test")
    set_policy(reversing.id, {"revaluation_method": "cumulative"}, actor="test")
    assert reverse_due(reversing.id, FIRST, actor="test") is None


@pytest.mark.parametrize(
    "schedule, day, due",
    [
        ("daily", START, [START]),
        ("daily", SECOND, [MONTH_END, SECOND]),
        ("period_end", START, []),
        ("period_end", MONTH_END, [MONTH_END]),
        ("period_end", SECOND, [MONTH_END]),
    ],
    ids=["a day", "over the end of a month", "no end", "the end", "past the end"],
)
def test_on_which_days_a_close_revalues(house: Entity, schedule: str, day: date, due: list[date]) -> None:
    if day != START:
        close_day(house.id, START, actor="test")
    set_policy(house.id, {"revalue": schedule}, actor="test")
    assert list(days_due(house.id, day)) == due


def test_periods_of_the_fiscal_calendar_come_first(house: Entity) -> None:
    assert period_of(house.id, date(2028, 2, 10)) == (date(2028, 2, 1), date(2028, 2, 29))
    with unguarded():
        Period.objects.create(entity=house, kind="month", starts_on=date(2028, 2, 5), ends_on=date(2028, 3, 4))
    assert period_of(house.id, date(2028, 2, 10)) == (date(2028, 2, 5), date(2028, 3, 4))


def test_books_without_a_foreign_account_have_nothing_to_revalue() -> None:
    books = an_entity()
    assert list(days_due(books.id, TODAY)) == []
    an_account(books, "usd", currency="USD")
    assert list(days_due(books.id, TODAY)) == [TODAY]
