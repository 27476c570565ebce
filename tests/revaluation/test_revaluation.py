"""Revaluations in the books: differences to what stands, run again, corrected, taken back, and at the close."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.changing import change_account, close_account
from accounts.errors import AccountExists, UnknownAccount
from fx.deals.errors import FxAccountMissing
from fx.deals.role_accounts import open_missing
from fx.deals.settlement import reverse_settlement
from fx.rates.report_rates import RateWanted
from fx.rates.translation import translation_rates
from fx.revaluation import closing_checks
from fx.revaluation.auto_reversal import revalue_day, revalue_from
from fx.revaluation.errors import ValuationPairRefused
from fx.revaluation.models import PinnedRate, Revaluation
from fx.revaluation.runs import revaluation_of, revalue
from fx.revaluation.valuation_pairs import pair_missing, pair_valuation
from journals.errors import FutureDate, NotReversible
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.errors import LedgerError, NotFound
from tests.builders import a_transfer, an_account, an_entity, balance_of, posted
from tests.trading import a_dollar_house, a_rate, an_exchange, go_to, newest, proven, revalued

START = date(2026, 3, 30)  # a Monday; the month ends on Tuesday
MONTH_END = date(2026, 3, 31)
FIRST = date(2026, 4, 1)


@pytest.fixture
def house() -> Entity:
    return a_dollar_house(START)


def run(entity: Entity, day: date = START) -> list[tuple[str, str, str, str]]:
    return revalued(entity, day)


def test_what_a_foreign_account_is_worth_more_is_a_gain(house: Entity) -> None:
    # 1,000.00 / 1.20 = 833.33: 33.33 more than 800.00
    a_rate(house, "1.20", START, kind="closing")
    revalue_day(house.id, START, actor="test")
    assert newest(house) == {"BANK-USD-VALUATION": "33.33", "FX-UNREALISED-GAIN-EUR": "-33.33"}
    assert balance_of(house, "BANK-USD") == 1000
    assert proven(house)


def test_again_with_the_same_rates_it_posts_nothing(house: Entity) -> None:
    a_rate(house, "1.20", START, kind="closing")
    first = revalue_day(house.id, START, actor="test")
    assert first.run is not None
    again = revalue_day(house.id, START, actor="test")
    assert (again.run, again.lines[0].unrealised) == (None, "33.33")
    assert Revaluation.objects.filter(entity=house).count() == 1


def test_a_corrected_rate_posts_only_the_difference(house: Entity) -> None:
    a_rate(house, "1.20", START, kind="closing")
    run(house)
    # 1,000.00 / 1.30 = 769.23: a loss of 30.77, and the gain is taken back
    a_rate(house, "1.30", START, kind="closing")
    assert run(house) == [("BANK-USD", "-33.33", "30.77", "0.00")]
    assert newest(house) == {
        "BANK-USD-VALUATION": "-64.10", "FX-UNREALISED-GAIN-EUR": "33.33", "FX-UNREALISED-LOSS-EUR": "30.77",
    }  # fmt: skip


def test_a_movement_keeps_the_rate_of_its_first_run(house: Entity) -> None:
    a_rate(house, "1.20", START, kind="closing")
    run(house)
    a_rate(house, "1.00", START)  # a late correction of the spot rate the sale came in at
    assert run(house) == []
    pinned = PinnedRate.objects.get(entity=house, currency="USD")
    assert (pinned.day, pinned.chain[0]["value"], pinned.chain[0]["version"]) == (START, "1.25", 1)


def test_a_dry_run_says_it_and_writes_nothing(house: Entity) -> None:
    a_rate(house, "1.20", START, kind="closing")
    told = revalue(house.id, START, actor="test", dry_run=True)
    assert (told.run, told.lines[0].posted_gain) == (None, "33.33")
    assert not PinnedRate.objects.filter(entity=house).exists()
    assert not Journal.objects.filter(entity=house, kind="fx_revaluation").exists()


def test_a_debt_that_is_worth_more_is_a_loss(house: Entity) -> None:
    # 500.00 owed at 1.25 = 400.00; at 1.20 they are 416.67. In the bank 1,500.00 from 1,200.00 to 1,250.00.
    posted(house, a_transfer("BANK-USD", "WALLET-USD", "500.00"))
    a_rate(house, "1.20", START, kind="closing")
    assert run(house) == [("BANK-USD", "50.00", "0.00", "0.00"), ("WALLET-USD", "0.00", "16.67", "0.00")]
    assert balance_of(house, "WALLET-USD-VALUATION") == Decimal("16.67")
    assert balance_of(house, "BANK-USD-VALUATION") == Decimal("50.00")


def test_an_overdraft_is_a_debt(house: Entity) -> None:
    # -3,000.00 + 1,000.00 = -2,000.00 in at 1.25 = -1,600.00; at 1.28: -1,562.50
    posted(house, a_transfer("SALES-USD", "BANK-USD", "3000.00"))
    a_rate(house, "1.28", START, kind="closing")
    assert run(house) == [("BANK-USD", "37.50", "0.00", "0.00")]


def test_an_emptied_account_has_realised_all_of_it(house: Entity) -> None:
    a_rate(house, "1.20", START, kind="closing")
    run(house)
    go_to(house, MONTH_END)
    a_rate(house, "1.22", MONTH_END)
    posted(house, a_transfer("SALES-USD", "BANK-USD", "1000.00"))
    # 1,000.00 / 1.22 = 819.67 came out of 800.00: 19.67 realised; the 33.33 unrealised are gone
    assert run(house, MONTH_END) == [("BANK-USD", "-33.33", "0.00", "19.67")]
    assert newest(house) == {
        "BANK-USD-VALUATION": "-13.66", "FX-UNREALISED-GAIN-EUR": "33.33", "FX-REALISED-GAIN-EUR": "-19.67",
    }  # fmt: skip
    # 800.00 - 819.67 + 33.33 - 13.66 = 0
    assert balance_of(house, "BANK-USD-VALUATION") == Decimal("19.67")
    assert proven(house)


def test_currencies_without_and_with_three_decimals(house: Entity) -> None:
    a_rate(house, "160.00", START, quote="JPY")
    an_account(house, "SALES-JPY", "income", currency="JPY")
    posted(house, a_transfer("BANK-JPY", "SALES-JPY", "100001"))  # 625.00625 -> 625.01
    for code, type_ in (("BANK-BHD", "asset"), ("SALES-BHD", "income")):
        an_account(house, code, type_, currency="BHD")
    pair_missing(house.id, "EUR", actor="test")
    a_rate(house, "0.41", START, quote="BHD")
    posted(house, a_transfer("BANK-BHD", "SALES-BHD", "100.005"))  # / 0.41 = 243.9146 -> 243.91
    a_rate(house, "1.25", START, kind="closing")
    a_rate(house, "150.00", START, quote="JPY", kind="closing")  # 666.6733 -> 666.67
    a_rate(house, "0.40", START, quote="BHD", kind="closing")  # 250.0125 -> 250.01, half to even does not come into it
    assert run(house) == [
        ("BANK-BHD", "6.10", "0.00", "0.00"), ("BANK-JPY", "41.66", "0.00", "0.00"),
        ("BANK-USD", "0.00", "0.00", "0.00"),
    ]  # fmt: skip


def test_settlement_legs_come_in_at_their_deal_rate(house: Entity) -> None:
    # 100.00 EUR for 125.00 USD less 2 % = 122.50, worth 98.00; the other 1,000.00 at 800.00; all at 1.25
    an_exchange(house, "BANK-EUR", "BANK-USD", "100.00", spread="2")
    a_rate(house, "2.00", START)  # the day's spot rate is another one by now, and pinned to the rest of the day
    (line,) = revalue(house.id, START, actor="test", dry_run=True).lines
    # 1,000.00 / 2.00 = 500.00, and the leg 98.00; at 2.00 all 1,122.50 are 561.25
    assert (line.cost, line.closing_value, line.unrealised) == ("598.00", "561.25", "-36.75")


def test_clearing_is_not_revalued(house: Entity) -> None:
    an_exchange(house, "BANK-EUR", "BANK-USD", "100.00")
    a_rate(house, "1.20", START, kind="closing")
    assert [account for account, *_ in run(house)] == ["BANK-USD"]


def test_a_reversed_settlement_leaves_nothing_behind(house: Entity) -> None:
    done = an_exchange(house, "WALLET-EUR", "WALLET-USD", "100.00").settlement
    a_rate(house, "1.20", START, kind="closing")
    run(house)
    assert balance_of(house, "WALLET-USD-VALUATION") == Decimal("4.17")  # 125.00 / 1.20 = 104.17
    reverse_settlement(house.id, done.id, key=uuid4().hex, actor="test")
    run(house)
    assert balance_of(house, "WALLET-USD-VALUATION") == 0


def test_a_settlement_taken_back_on_its_day_realises_nothing(house: Entity) -> None:
    """Between 800.00 and 1,000.00 euro for 1,000.00 dollars the average cost is 900.00: a gain nobody has made."""
    run(house)
    a_rate(house, "1.00", START)
    done = an_exchange(house, "BANK-EUR", "BANK-USD", "1000.00").settlement
    reverse_settlement(house.id, done.id, key=uuid4().hex, actor="test")
    (line,) = revalue(house.id, START, actor="test", dry_run=True).lines
    assert (line.position, line.cost, line.realised) == ("1000.00", "800.00", "0.00")


def test_an_account_without_a_pair_is_named_and_the_others_are_revalued(house: Entity) -> None:
    an_account(house, "BANK-GBP", currency="GBP")
    an_account(house, "SALES-GBP", "income", currency="GBP")
    posted(house, a_transfer("BANK-GBP", "SALES-GBP", "10.00"))
    a_rate(house, "1.20", START, kind="closing")
    done = revalue_day(house.id, START, actor="test")
    assert [(one.account, one.code) for one in done.skipped] == [("BANK-GBP", "fx_account_missing")]
    assert [line.posted_gain for line in done.lines] == ["33.33"]
    pair_missing(house.id, "EUR", actor="test")
    done = revalue_day(house.id, START, actor="test")
    assert [(one.account, one.code) for one in done.skipped] == [("BANK-GBP", "rate_missing")]


def test_a_date_before_all_rates_is_named_and_a_rate_of_it_is_all_that_it_needs(house: Entity) -> None:
    """An account that moved in 1900 cannot be revalued, reversed or not: the others are, and it says what to do."""
    posted(house, a_transfer("BANK-USD", "SALES-USD", "60.00", effective_date=date(1900, 1, 1)))
    an_account(house, "TILL-USD", currency="USD")
    posted(house, a_transfer("TILL-USD", "SALES-USD", "1000.00"))
    pair_missing(house.id, "EUR", actor="test")
    a_rate(house, "1.20", START, kind="closing")
    done = revalue_day(house.id, START, actor="test")
    assert [(line.account, line.posted_gain) for line in done.lines] == [("TILL-USD", "33.33")]
    (left_out,) = done.skipped
    assert (left_out.account, left_out.code) == ("BANK-USD", "rate_missing")
    assert left_out.message == (
        "BANK-USD moved on 1900-01-01: There is no spot rate of EUR/USD on or before 1900-01-01. Record a spot rate of "
        "that date: it brings in what moved the account that day, and the account is revalued."
    )
    a_rate(house, "1.20", date(1900, 1, 1))
    done = revalue_day(house.id, START, actor="test")
    assert done.skipped == []
    assert {line.account: line.unrealised for line in done.lines}["BANK-USD"] == "33.33"  # 60.00 is worth 50.00 as ever


@pytest.mark.parametrize("change", [{"monetary": False}, {"role": "fx_clearing"}], ids=["monetary", "clearing"])
def test_what_stands_on_an_account_that_is_not_revalued_any_more_is_named(
    house: Entity, change: dict[str, object]
) -> None:
    a_rate(house, "1.20", START, kind="closing")
    run(house)
    change_account(house.id, "BANK-USD", change, actor="test")
    (left,) = revalue(house.id, START, actor="test").skipped
    assert (left.account, left.code) == ("BANK-USD", "valuation_left_over")
    change_account(house.id, "BANK-USD", {"monetary": True, "role": ""}, actor="test")
    assert revalue(house.id, START, actor="test").skipped == []


def test_profit_and_loss_accounts_are_needed(house: Entity) -> None:
    close_account(house.id, "FX-UNREALISED-GAIN-EUR", actor="test")
    a_rate(house, "1.20", START, kind="closing")
    with pytest.raises(FxAccountMissing) as refused:
        revalue_day(house.id, START, actor="test")
    assert refused.value.data == {"role": "fx_unrealised_gain", "currency": "EUR"}
    told = closing_checks.close_revaluations(house.id, START, "test")
    assert told["fx_revaluations"][0]["code"] == "fx_account_missing"
    assert "fx_unrealised_gain" in closing_checks.unrevalued_currencies(house.id, START)[0]


def test_later_days_follow_a_correction(house: Entity) -> None:
    go_to(house, MONTH_END)
    a_rate(house, "1.20", START, kind="closing")
    a_rate(house, "1.22", MONTH_END, kind="closing")
    for day in (START, MONTH_END):
        run(house, day)
    a_rate(house, "1.10", START, kind="closing")
    assert revalue_from(house.id, START, actor="test").lines[0].unrealised == "109.09"
    # 75.76 more on the first day (109.09 - 33.33); 1,000.00 / 1.22 stays 19.67 of gain, so the second gives it back
    assert newest(house) == {"BANK-USD-VALUATION": "-75.76", "FX-UNREALISED-GAIN-EUR": "75.76"}
    assert balance_of(house, "BANK-USD-VALUATION") == Decimal("19.67")


def test_later_days_follow_even_when_the_first_request_was_cut_short(house: Entity) -> None:
    go_to(house, MONTH_END)
    a_rate(house, "1.22", MONTH_END, kind="closing")
    run(house, MONTH_END)
    a_rate(house, "1.10", START, kind="closing")
    run(house, START)  # and then it was killed
    assert revalue_from(house.id, START, actor="test").run is None
    assert balance_of(house, "BANK-USD-VALUATION") == Decimal("19.67")


def test_a_rate_that_is_too_old_leaves_its_currency_out(house: Entity) -> None:
    run(house)
    later = START + timedelta(days=8)
    go_to(house, later)
    done = revalue_day(house.id, later, actor="test")
    assert (done.run, [(one.account, one.code) for one in done.skipped]) == (None, [("BANK-USD", "rate_too_old")])
    assert "BANK-USD is not revalued on 2026-04-07" in closing_checks.unrevalued_currencies(house.id, later)[-1]


def test_the_future_is_not_revalued(house: Entity) -> None:
    a_rate(house, "1.20", MONTH_END, kind="closing")
    with pytest.raises(FutureDate):
        revalue_day(house.id, MONTH_END, actor="test")
    with pytest.raises(NotFound):
        revaluation_of(house.id, uuid4())


def test_books_without_foreign_money_have_nothing_to_do() -> None:
    plain = an_entity(business_date=START)
    assert closing_checks.unrevalued_currencies(plain.id, START) == []
    assert revalue_day(plain.id, START, actor="test").lines == []


# --- pairs ---


def test_a_pair_may_change_until_it_is_used(house: Entity) -> None:
    an_account(house, "OTHER-VALUATION", role="valuation")
    assert pair_valuation(house.id, "BANK-USD", "OTHER-VALUATION", actor="test").valuation.code == "OTHER-VALUATION"
    pair_valuation(house.id, "BANK-USD", "OTHER-VALUATION", actor="test")  # again: nothing to change
    a_rate(house, "1.20", START, kind="closing")
    run(house)
    with pytest.raises(ValuationPairRefused, match="has been revalued"):
        pair_valuation(house.id, "BANK-USD", "BANK-USD-VALUATION", actor="test")
    assert proven(house)


@pytest.mark.parametrize(
    "account, valuation, refusal",
    [
        ("BANK-EUR", "BANK-USD-VALUATION", ValuationPairRefused),
        ("SALES-USD", "BANK-USD-VALUATION", ValuationPairRefused),
        ("FX-CLEARING-USD", "BANK-USD-VALUATION", ValuationPairRefused),
        ("BANK-USD", "BANK-EUR", ValuationPairRefused),
        ("BANK-USD", "WALLET-USD-VALUATION", ValuationPairRefused),
        ("NONE", "BANK-USD-VALUATION", UnknownAccount),
        ("BANK-USD", "NO\x00NE", UnknownAccount),
    ],
    ids=[
        "base currency",
        "not monetary",
        "clearing",
        "no valuation account",
        "another type",
        "unknown",
        "not storable",
    ],
)
def test_what_is_no_pair_is_refused(house: Entity, account: str, valuation: str, refusal: type[LedgerError]) -> None:
    with pytest.raises(refusal):
        pair_valuation(house.id, account, valuation, actor="test")


def test_what_is_there_is_not_opened_again(house: Entity) -> None:
    assert open_missing(house.id, ["USD"], actor="test") == []
    assert pair_missing(house.id, "EUR", actor="test") == []
    assert sorted(open_missing(house.id, ["GBP"], actor="test")) == ["FX-CLEARING-GBP", "FX-SPREAD-GBP"]
    an_account(house, "FX-CLEARING-CHF", currency="CHF")
    with pytest.raises(AccountExists):
        open_missing(house.id, ["CHF"], actor="test")


# --- rates for reports ---


def test_the_rates_a_report_is_translated_at(house: Entity) -> None:
    a_rate(house, "1.20", MONTH_END, kind="closing")
    a_rate(house, "1.35", MONTH_END)
    with snapshot() as connection:

        def fetch(sql: str, params: tuple[object, ...]) -> list[tuple[object, ...]]:
            return connection.execute(sql.encode(), params).fetchall()

        closing = RateWanted("USD", "closing", MONTH_END)
        average = RateWanted("USD", "average", MONTH_END, START)
        before = RateWanted("USD", "average", FIRST, FIRST)
        rates = translation_rates(house.id, "EUR", [closing, average, before], known_at=None, fetch=fetch)
    assert str(rates.used[closing].factor) == "5/6"  # 1 / 1.20
    assert rates.used[closing].shown == "1 EUR = 1.2 USD, closing 2026-03-31, test, version 1"
    assert str(rates.used[average].factor) == "10/13"  # 1 / 1.30, the mean of 1.25 and 1.35
    assert rates.used[average].shown == "1 EUR = 1.3 USD, mean of 2 spot rates 2026-03-30 to 2026-03-31"
    assert rates.used[before].shown.startswith("1 EUR = 1.35 USD, spot 2026-03-31")
    assert rates.rounding == "ROUND_HALF_EVEN"


def test_a_recorded_average_is_used_as_it_is(house: Entity) -> None:
    a_rate(house, "1.28", MONTH_END, kind="average")
    wanted = RateWanted("EUR", "average", MONTH_END, START)
    with snapshot() as connection:
        rates = translation_rates(
            house.id,
            "USD",
            [wanted],
            known_at=None,
            fetch=lambda sql, params: connection.execute(sql.encode(), params).fetchall(),
        )
    assert str(rates.used[wanted].factor) == "32/25"
    assert rates.used[wanted].shown == "1 EUR = 1.28 USD, average 2026-03-31, test, version 1"


def test_revaluations_are_not_reversed_alone(house: Entity) -> None:
    from journals.reversal import reverse_journal

    a_rate(house, "1.20", START, kind="closing")
    run(house)
    journal = Journal.objects.get(entity=house, kind="fx_revaluation")
    with pytest.raises(NotReversible, match="running it again"):
        reverse_journal(house.id, journal.id, key="k", actor="test")


def test_a_run_that_comes_between_is_seen(house: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's run between plan and posting: the plan is made anew, and posts nothing twice."""
    from fx.revaluation import runs as revaluation

    a_rate(house, "1.20", START, kind="closing")
    plan_of, others = revaluation.plan_of, iter([True])

    def slow_plan(*args: object, **given: object) -> object:
        plan = plan_of(*args, **given)  # type: ignore[arg-type]
        if next(others, False):
            revalue(house.id, START, actor="other")
        return plan

    monkeypatch.setattr(revaluation, "plan_of", slow_plan)
    assert revalue(house.id, START, actor="test").run is None
    assert balance_of(house, "BANK-USD-VALUATION") == Decimal("33.33")
