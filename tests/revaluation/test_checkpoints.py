"""A run goes on from the one before it, and from the beginning where something was dated before that one since."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from fx.rates.policies import set_policy
from fx.revaluation.positions import MOVED
from fx.revaluation.runs import RunPlan, carry_out, plan_of
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from tests.builders import a_transfer, posted
from tests.trading import a_dollar_house, a_rate, an_exchange, go_to, proven, revalued

FIRST = date(2026, 3, 2)
SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)


@pytest.fixture
def house() -> Entity:
    """1,000.00 dollars in at 1.25 (800.00 euro), revalued at 1.00 on the first two days: 200.00 more."""
    entity = a_dollar_house(FIRST)
    for day in (FIRST, SECOND, THIRD):
        a_rate(entity, "1.00", day, kind="closing")
    a_rate(entity, "2.00", SECOND)
    a_rate(entity, "2.00", THIRD)
    go_to(entity, SECOND)
    assert revalued(entity, SECOND) == [("BANK-USD", "200.00", "0.00", "0.00")]
    go_to(entity, THIRD)
    return entity


def plan_reading(entity: Entity, day: date) -> tuple[RunPlan, list[tuple[Any, ...]]]:
    """A plan, and the movements that were read for it."""
    read: list[tuple[Any, ...]] = []

    with snapshot() as connection:

        def fetch(sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
            rows = connection.execute(sql.encode(), params).fetchall()
            read.extend(rows if sql == MOVED else ())
            return rows

        return plan_of(entity.id, day, fetch), read


def test_only_movements_since_the_last_run_are_read(house: Entity) -> None:
    posted(house, a_transfer("BANK-USD", "SALES-USD", "100.00"))
    plan, read = plan_reading(house, THIRD)
    assert [on for _, on, _ in read] == [THIRD]
    (item,) = plan.items
    assert (item.fact.position, item.fact.cost, item.fact.closing_value) == ("1100.00", "850.00", "1100.00")


def test_what_is_dated_before_the_last_run_is_not_missed(house: Entity) -> None:
    """100.00 more on the first day are 80.00 euro, with a share in what leaves on the second day."""
    posted(house, a_transfer("BANK-USD", "SALES-USD", "100.00", effective_date=FIRST))
    plan, read = plan_reading(house, THIRD)
    assert [on for _, on, _ in read] == [FIRST]
    assert [(item.fact.position, item.fact.cost) for item in plan.items] == [("1100.00", "880.00")]


def test_what_came_between_plan_and_run_is_not_missed(house: Entity) -> None:
    def planner(fetch: Any) -> RunPlan:
        plan = plan_of(house.id, THIRD, fetch)
        if not posting_done:
            posting_done.append(posted(house, a_transfer("BANK-USD", "SALES-USD", "100.00", effective_date=SECOND)))
        return plan

    posting_done: list[Any] = []
    a_rate(house, "0.80", THIRD, kind="closing")
    carry_out(house.id, planner, actor="test")
    # 1,100.00 ÷ 0.80 = 1,375.00, at a cost of 850.00: 525.00, of which the first run posted 450.00.
    assert revalued(house, THIRD) == [("BANK-USD", "75.00", "0.00", "0.00")]
    assert proven(house)


def test_a_deal_and_its_reversal_go_on_from_the_last_run(house: Entity) -> None:
    """500.00 of 1,000.00 dollars for 250.00 euro: half of the cost, 400.00, leaves for it, 150.00 lost."""
    an_exchange(house, "BANK-USD", "BANK-EUR", "500.00")
    plan, read = plan_reading(house, THIRD)
    assert [on for _, on, _ in read] == [THIRD]
    (item,) = plan.items
    assert (item.fact.cost, item.fact.realised, item.fact.unrealised) == ("400.00", "-150.00", "100.00")


def test_an_earlier_day_is_not_worked_out_from_a_later_run(house: Entity) -> None:
    plan, read = plan_reading(house, FIRST)
    assert [on for _, on, _ in read] == [FIRST]
    assert [(item.fact.position, item.fact.cost) for item in plan.items] == [("1000.00", "800.00")]


def test_another_policy_starts_from_the_beginning(house: Entity) -> None:
    set_policy(house.id, {"rounding": "up"}, actor="test")
    _, read = plan_reading(house, THIRD)
    assert [on for _, on, _ in read] == [FIRST]


def test_an_account_that_was_emptied_keeps_what_it_realised(house: Entity) -> None:
    """1,000.00 dollars, in at 800.00 euro, leave for 500.00: 300.00 lost, once."""
    an_exchange(house, "BANK-USD", "BANK-EUR", "1000.00")
    assert revalued(house, THIRD) == [("BANK-USD", "-200.00", "0.00", "-300.00")]
    later = THIRD + timedelta(days=1)
    go_to(house, later)
    a_rate(house, "1.00", later)
    plan, read = plan_reading(house, later)
    assert (plan.items, read) == ([], [])
