"""Average rates of reports: one that was recorded is enough, and of an average nothing else is made up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fx.rates.errors import RateMissing, RateTooOld
from fx.rates.report_rates import RateUsed, RateWanted
from fx.rates.translation import translation_rates
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from tests.builders import an_entity
from tests.trading import a_rate

START, END = date(2026, 3, 2), date(2026, 3, 31)


def average(entity: Entity, currency: str, target: str, on: date = END) -> RateUsed:
    wanted = RateWanted(currency, "average", on, START)
    with snapshot() as connection:
        rates = translation_rates(
            entity.id, target, [wanted], known_at=None,
            fetch=lambda sql, params: connection.execute(sql.encode(), params).fetchall(),
        )  # fmt: skip
    return rates.used[wanted]


def test_a_recorded_average_needs_no_other_rate() -> None:
    entity = an_entity()
    a_rate(entity, "1.28", END, kind="average")
    found = average(entity, "EUR", "USD")
    assert str(found.factor) == "32/25"  # 1.28
    assert found.shown == "1 EUR = 1.28 USD, average 2026-03-31, test, version 1"
    assert str(average(entity, "USD", "EUR").factor) == "25/32"


def test_each_rate_of_a_cross_is_averaged_by_what_there_is() -> None:
    entity = an_entity()
    a_rate(entity, "1.25", END, kind="average")
    a_rate(entity, "150", START, quote="JPY")
    a_rate(entity, "160", END, quote="JPY")
    found = average(entity, "USD", "JPY")
    assert str(found.factor) == "124"  # 155 / 1.25
    assert found.shown == (
        "1 EUR = 1.25 USD, average 2026-03-31, test, version 1; "
        "1 EUR = 155 JPY, mean of 2 spot rates 2026-03-02 to 2026-03-31"
    )


def test_the_average_of_another_day_is_not_taken() -> None:
    entity = an_entity()
    a_rate(entity, "1.28", END - timedelta(days=1), kind="average")
    with pytest.raises(RateMissing):
        average(entity, "EUR", "USD")


def test_spot_rates_that_ended_before_the_period_are_no_average_of_it() -> None:
    entity = an_entity()
    a_rate(entity, "1.28", START)
    with pytest.raises(RateTooOld):
        average(entity, "EUR", "USD", date(2026, 12, 31))
