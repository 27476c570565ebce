"""A close whose revaluation would move a currency further than usual waits for a person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from fx.rates.policies import set_policy
from fx.revaluation.jump import revaluation_jump
from journals.days.closing.running import close_day
from journals.days.errors import CloseBlocked
from journals.days.models import DayClose, DayCloseStep
from journals.models import Journal
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, balance_of, posted
from tests.pages import confirm, in_books, read, send
from tests.trading import a_dollar_house, a_rate, go_to, proven

START = date(2026, 3, 30)
NEXT = START + timedelta(days=1)


@pytest.fixture
def house() -> Entity:
    return a_dollar_house(START)


def test_a_mistyped_closing_rate_blocks_the_close(house: Entity) -> None:
    a_rate(house, "11602", START, kind="closing")
    with pytest.raises(CloseBlocked) as blocked:
        close_day(house.id, START, actor="test")
    assert blocked.value.data["blocking"] == ["revaluation_jump"]
    (found,) = blocked.value.data["findings"]["revaluation_jump"]
    assert found == (
        "The closing rate of 2026-03-30 makes USD worth 99.99 % less than the rate of movements of 2026-03-30; "
        "the limit is 10 %. Is it right?"
    )
    assert balance_of(house, "BANK-USD-VALUATION") == 0
    a_rate(house, "1.1602", START, kind="closing")
    assert close_day(house.id, START, actor="test").status == "closed"
    assert proven(house)


def test_a_mistyped_rate_is_refused_confirmed_and_stops_the_close_all_on_the_pages(
    operator: Client, house: Entity
) -> None:
    typed = {"base": "EUR", "quote": "USD", "date": str(START), "kind": "closing", "source": "manual"}
    page = in_books(house, "/admin/rates/rate/add/")
    refused = send(operator, page, **typed, value="11602")
    assert "Nothing was written." in refused
    assert "What was typed 2026-03-30 11602 0.000086192 The spot rate 2026-03-30 1.25 0.8 928060 %" in refused
    assert "EUR/USD 2026-03-30, version 1, is recorded." in confirm(
        operator, page, "confirm_jump", **typed, value="11602"
    )
    journals, close = Journal.objects.filter(entity=house).count(), in_books(house, "/admin/days/dayclose/close/")
    jump = "The closing rate of 2026-03-30 makes USD worth 99.99 % less than the rate of movements of 2026-03-30"
    assert jump in read(operator, close)
    assert jump in send(operator, close, day=str(START))
    assert Journal.objects.filter(entity=house).count() == journals
    assert "version 2, is recorded." in confirm(operator, page, "confirm_jump", **typed, value="1.1602")
    assert jump not in read(operator, close)
    send(operator, close, day=str(START))
    assert DayClose.objects.get(entity=house).day == START
    # 1,000.00 dollars at 1.1602 in the place of 1.25: 861.92 euro in the place of 800.00.
    assert str(balance_of(house, "BANK-USD-VALUATION")) == "61.92"


def test_it_is_measured_from_the_last_revaluation(house: Entity) -> None:
    a_rate(house, "1.20", START, kind="closing")
    close_day(house.id, START, actor="test")
    a_rate(house, "1.00", NEXT)
    (found,) = revaluation_jump(house.id, NEXT)
    assert found.startswith(
        "The closing rate of 2026-03-31 makes USD worth 20 % more than the closing rate of 2026-03-30"
    )
    set_policy(house.id, {"max_revaluation_percent": "20"}, actor="test")
    assert revaluation_jump(house.id, NEXT) == []


def test_a_movement_at_a_mistyped_rate_is_seen_between_two_closings(house: Entity) -> None:
    set_policy(house.id, {"revalue": "period_end"}, actor="test")
    go_to(house, START + timedelta(days=1))
    a_rate(house, "12.5", START)
    posted(house, a_transfer("BANK-USD", "SALES-USD", "10.00", effective_date=START))
    a_rate(house, "1.25", NEXT)
    assert revaluation_jump(house.id, START) == []  # no revaluation is due on that day
    assert [one.partition(" than")[0] for one in revaluation_jump(house.id, NEXT)] == [
        "The closing rate of 2026-03-31 makes USD worth 900 % more"
    ]


def test_somebody_may_accept_it_with_a_reason(house: Entity) -> None:
    a_rate(house, "2.5", START, kind="closing")
    assert close_day(house.id, START, actor="test", accept="The dollar was halved").status == "closed"
    assert str(balance_of(house, "BANK-USD-VALUATION")) == "-400.00"


def test_a_revaluation_that_leaves_accounts_out_is_a_warning(house: Entity) -> None:
    an_account(house, "BANK-GBP", currency="GBP")
    an_account(house, "SALES-GBP", "income", currency="GBP")
    posted(house, a_transfer("BANK-GBP", "SALES-GBP", "10.00"))
    close_day(house.id, START, actor="test")
    step = DayCloseStep.objects.get(close__entity=house, step="revaluation")
    assert (step.outcome, step.detail["refused"]) == (
        "warned", ["BANK-GBP is not revalued on 2026-03-30: BANK-GBP has no account that carries its valuation."]
    )  # fmt: skip
