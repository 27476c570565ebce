"""What a close takes: base amounts at the rates of their days, with reopenings, missing rates and kills."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from fx.deals.settlement import reverse_settlement
from fx.functional import measuring
from fx.functional.models import BaseMeasure, BaseSnapshot, MeasuredRate
from fx.rates.errors import RateMissing
from fx.revaluation.auto_reversal import revalue_day
from fx.revaluation.valuation_pairs import pair_missing
from journals.days.closing import running
from journals.days.closing.running import cancel_close, close_day
from journals.days.errors import CloseFailed
from journals.days.models import DayCloseStep
from ledgerflow.books.models import Entity, Event
from tests.approving import reopened
from tests.builders import an_account
from tests.functional.worksheets import (
    CURRENT,
    RESULT,
    a_rate,
    books,
    closed,
    dollars,
    go_to,
    income,
    is_proven,
    moved,
    sheet,
    trial,
)
from tests.trading import an_exchange

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, day) for day in (2, 3, 4, 5))


@pytest.fixture
def house() -> Entity:
    """1,000 dollars sold on Monday at 0.80."""
    entity = books(MONDAY)
    a_rate(entity, MONDAY, "0.80")
    moved(entity, "BANK-USD", "SALES-USD", "1000.00")
    return entity


def snapshots(entity: Entity) -> list[tuple[str, date, str]]:
    rows = BaseSnapshot.objects.filter(account__entity=entity).order_by("number", "account__code")
    return [(row.account.code, row.day, f"{row.base_total:f}") for row in rows.select_related("account")]


def step(entity: Entity, day: date) -> DayCloseStep:
    return DayCloseStep.objects.filter(close__entity=entity, close__day=day, step="base_amounts").latest("id")


def test_accounts_that_moved_have_a_snapshot(house: Entity) -> None:
    closed(house, MONDAY)
    moved(house, "COSTS-USD", "BANK-USD", "100.00")
    a_rate(house, TUESDAY, "0.90")
    closed(house, TUESDAY)
    assert snapshots(house) == [
        ("BANK-USD", MONDAY, "800.00"), ("SALES-USD", MONDAY, "-800.00"),
        ("BANK-USD", TUESDAY, "710.00"), ("COSTS-USD", TUESDAY, "90.00"),
    ]  # fmt: skip
    assert [(one.currency, one.since, one.day) for one in BaseMeasure.objects.filter(entity=house).order_by("day")] == [
        ("USD", None, MONDAY), ("USD", MONDAY, TUESDAY),
    ]  # fmt: skip
    assert MeasuredRate.objects.filter(entity=house).count() == 2
    assert step(house, MONDAY).detail == {"base_amounts": 2}
    assert is_proven(house)


def test_a_rate_that_is_corrected_later_changes_no_closed_day(house: Entity) -> None:
    closed(house, MONDAY)
    a_rate(house, MONDAY, "0.85")
    assert income(house, MONDAY, TUESDAY)["SALES-USD"] == "800.00"


def test_an_open_day_is_worth_the_newest_rate(house: Entity) -> None:
    a_rate(house, MONDAY, "0.85")
    assert income(house, MONDAY, MONDAY)["SALES-USD"] == "850.00"


def test_a_reopened_day_is_measured_again_at_the_corrected_rate(house: Entity) -> None:
    closed(house, MONDAY)
    a_rate(house, TUESDAY, "0.90")
    moved(house, "BANK-USD", "SALES-USD", "10.00")
    closed(house, TUESDAY)
    assert income(house, MONDAY, TUESDAY)["SALES-USD"] == "809.00"
    reopened(house, MONDAY)
    a_rate(house, MONDAY, "0.85")
    moved(house, "BANK-USD", "SALES-USD", "100.00", MONDAY)
    assert income(house, MONDAY, TUESDAY)["SALES-USD"] == "944.00"  # 1,100 x 0.85 + 10 x 0.90
    closed(house, MONDAY)
    assert income(house, MONDAY, TUESDAY)["SALES-USD"] == "944.00"
    closed(house, TUESDAY)
    assert income(house, MONDAY, TUESDAY)["SALES-USD"] == "944.00"
    assert is_proven(house)


def test_a_close_that_was_given_up_leaves_nothing_that_counts(house: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_after(monkeypatch, "base_amounts", house)
    cancel_close(house.id, MONDAY, reason="a late invoice", actor="test")
    moved(house, "BANK-USD", "SALES-USD", "100.00", MONDAY)
    monkeypatch.undo()
    closed(house, MONDAY)
    assert income(house, MONDAY, TUESDAY)["SALES-USD"] == "880.00"
    assert len(snapshots(house)) == 4
    assert is_proven(house)


def fail_after(monkeypatch: pytest.MonkeyPatch, name: str, entity: Entity) -> None:
    """Close Monday and be killed when the work of a step is done and its record is not."""
    record = running._record

    def killed(run: Any, taken: str, *rest: Any) -> None:
        if taken == name:
            raise KeyboardInterrupt
        record(run, taken, *rest)

    monkeypatch.setattr(running, "_record", killed)
    with pytest.raises(KeyboardInterrupt):
        close_day(entity.id, MONDAY, actor="test", accept="meant")


def test_killed_after_measuring_it_goes_on(house: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_after(monkeypatch, "base_amounts", house)
    monkeypatch.undo()
    closed(house, MONDAY)
    assert len(snapshots(house)) == 2
    assert step(house, MONDAY).detail == {"base_amounts": 2}
    assert is_proven(house)


def test_killed_while_measuring_it_goes_on(house: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "INSERT_SNAPSHOTS", "SELECT %s, %s, %s, %s, 1 / 0")
    with pytest.raises(CloseFailed):
        close_day(house.id, MONDAY, actor="test", accept="meant")
    assert BaseMeasure.objects.filter(entity=house).count() == 0
    monkeypatch.undo()
    closed(house, MONDAY)
    assert len(snapshots(house)) == 2
    assert is_proven(house)


# --- without a rate ---


def test_without_a_rate_the_amounts_follow_with_the_next_close() -> None:
    entity = books(MONDAY)
    dollars(entity, "CHF")
    a_rate(entity, MONDAY, "1.10", "CHF")
    moved(entity, "BANK-USD", "SALES-USD", "1000.00")
    moved(entity, "BANK-CHF", "SALES-CHF", "100.00")
    closed(entity, MONDAY)
    taken = step(entity, MONDAY)
    assert taken.outcome == "warned"
    assert taken.detail == {
        "base_amounts": 2,
        "refused": [
            (
                "USD has no base amounts: There is no spot rate of USD/EUR on or before 2026-03-02. "
                "Record a spot rate for 2026-03-02, and the next close takes what was left."
            ),
        ],
    }
    with pytest.raises(RateMissing) as refused:
        sheet(entity)
    assert (refused.value.data["pair"], refused.value.data["on"]) == ("USD/EUR", "2026-03-02")
    a_rate(entity, MONDAY, "0.80")
    assert sheet(entity)[CURRENT] == "910.00"
    closed(entity, TUESDAY)
    assert BaseMeasure.objects.get(entity=entity, currency="USD").since is None
    assert sheet(entity)[CURRENT] == "910.00"
    assert is_proven(entity)


def test_one_confirmed_old_date_stops_base_amounts_until_its_rate_is_recorded(house: Entity) -> None:
    """1906 for 2006, before all rates: the dollar waits, other currencies do not, and a rate of that day is enough."""
    long_ago = date(1906, 5, 4)
    dollars(house, "CHF")
    a_rate(house, MONDAY, "1.10", "CHF")
    moved(house, "BANK-CHF", "SALES-CHF", "100.00")
    moved(house, "BANK-USD", "SALES-USD", "10.00", long_ago)
    closed(house, MONDAY)
    assert {code for code, _, _ in snapshots(house)} == {"BANK-CHF", "SALES-CHF"}
    (sentence,) = step(house, MONDAY).detail["refused"]
    assert sentence.endswith("Record a spot rate for 1906-05-04, and the next close takes what was left.")
    a_rate(house, long_ago, "0.20")
    closed(house, TUESDAY)
    assert ("BANK-USD", TUESDAY, "802.00") in snapshots(house)  # 1,000 at 0.80 and 10 at 0.20
    assert step(house, TUESDAY).detail == {"base_amounts": 2}
    assert is_proven(house)


# --- settlements ---


def test_a_settlement_and_its_reversal_come_to_nothing(house: Entity) -> None:
    """500 dollars for 400 euro at 0.80; taken back on Wednesday, when the dollar is at 0.95, at the deal's rate."""
    an_account(house, "BANK-EUR")
    settled = an_exchange(house, "BANK-USD", "BANK-EUR", "500.00").settlement
    closed(house, MONDAY)
    assert sheet(house) == {"BANK-EUR": "400.00", "BANK-USD": "400.00", CURRENT: "800.00"}
    a_rate(house, TUESDAY, "0.95")
    reverse_settlement(house.id, settled.id, key=uuid4().hex, actor="test")
    assert sheet(house) == {"BANK-USD": "800.00", CURRENT: "800.00"}
    closed(house, TUESDAY)
    assert sheet(house) == {"BANK-USD": "950.00", CURRENT: "950.00"}  # revalued with the close
    assert income(house, TUESDAY, TUESDAY) == {"Exchange differences": "150.00", RESULT: "150.00"}
    assert is_proven(house)


def test_a_spread_is_in_the_result_at_the_rate_of_the_deal(house: Entity) -> None:
    an_account(house, "BANK-EUR")
    moved(house, "BANK-EUR", "CAPITAL", "1000.00")
    an_exchange(house, "BANK-EUR", "BANK-USD", "800.00", spread="1")
    assert income(house, MONDAY, MONDAY) == {"FX-SPREAD-USD": "-8.00", "SALES-USD": "800.00", RESULT: "792.00"}
    assert trial(house)["FX-SPREAD-USD"] == "8.00"
    assert "FX-CLEARING-EUR" not in trial(house)


# --- dates ---


def test_what_is_dated_back_into_an_open_day_counts_at_its_rate(house: Entity) -> None:
    a_rate(house, TUESDAY, "0.90")
    closed(house, MONDAY)
    go_to(house, THURSDAY)
    moved(house, "BANK-USD", "SALES-USD", "10.00", TUESDAY)
    assert income(house, TUESDAY, TUESDAY)["SALES-USD"] == "9.00"
    closed(house, TUESDAY, WEDNESDAY)
    assert income(house, TUESDAY, TUESDAY)["SALES-USD"] == "9.00"
    assert is_proven(house)


def test_what_was_known_then_is_shown_again(house: Entity) -> None:
    closed(house, MONDAY)
    known_at = Event.objects.filter(entity=house).latest("sequence").recorded_at
    reopened(house, MONDAY)
    a_rate(house, MONDAY, "0.85")
    moved(house, "BANK-USD", "SALES-USD", "100.00", MONDAY)
    closed(house, MONDAY)
    assert income(house, MONDAY, TUESDAY)["SALES-USD"] == "935.00"
    assert income(house, MONDAY, TUESDAY, known_at=known_at)["SALES-USD"] == "800.00"
    assert sheet(house, known_at=known_at)["BANK-USD"] == "800.00"


def test_a_revaluation_uses_the_rates_that_a_close_has_pinned(house: Entity) -> None:
    """The dollar account is paired only after the close, and the rate of Monday corrected before: cost stays 800."""
    an_account(house, "WALLET-USD", "liability", currency="USD")
    moved(house, "BANK-USD", "WALLET-USD", "50.00")
    closed(house, MONDAY)
    a_rate(house, MONDAY, "0.85")
    pair_missing(house.id, "EUR", actor="test")
    a_rate(house, TUESDAY, "0.90")
    revalue_day(house.id, TUESDAY, actor="test")
    assert sheet(house)["WALLET-USD"] == "45.00"
    assert Decimal(sheet(house)["BANK-USD"]) == Decimal("945.00")
