"""Trial balances at a date and of a range. Figures are from a worksheet made by hand.

    2026  capital 10,000 in March; sales 1,000 in June; rent 400 in June      earned   600
    2027  sales 100 on 20 January, 40 of them given back on 25 January        earned    60

No year is closed.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journals.errors import FutureDate
from journals.models import Posting
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError, Malformed
from reports.errors import OneDateOrRange, RangeInOneCurrency, RangeOfWorksheet
from reports.shapes import PRIOR_YEARS, TreeReport
from reports.statements.trial import trial_balance
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.calendars import books_on

D = Decimal
JUNE, YEAR_END, NEW_YEAR, JANUARY = date(2026, 6, 15), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 31)
OPENED = (
    "Accounts of income and expense open on 2027-01-01. What the years before earned is on the line "
    "'Prior-year earnings not yet allocated', as far as they are not closed."
)
RANGE = ("opening", "movement", "carried", "closing")


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = books_on(JANUARY)
    an_account(entity, "capital", "equity")
    for debit, credit, amount, day in [
        ("cash", "capital", "10000", date(2026, 3, 1)), ("cash", "sales", "1000", JUNE), ("rent", "cash", "400", JUNE),
        ("cash", "sales", "100", date(2027, 1, 20)), ("sales", "cash", "40", date(2027, 1, 25)),
    ]:  # fmt: skip
        posted(entity, a_transfer(debit, credit, amount, effective_date=day))
    return entity


def sides(report: TreeReport, stage: str = "", block: int = 0) -> dict[str, tuple[str, str]]:
    """Debit and credit of each account and computed line at a stage; what stands on neither is left out."""
    prefix = f"{stage}_" if stage else ""
    rows = [row for row in report.blocks[block].rows if row.kind in {"account", "computed", "total"}]
    found = {row.account or row.name: (row.amounts[f"{prefix}debit"], row.amounts[f"{prefix}credit"]) for row in rows}
    return {name: pair for name, pair in found.items() if pair != ("0.00", "0.00")}


def test_income_is_of_its_fiscal_year_and_earlier_years_are_one_line(books: Entity) -> None:
    report = trial_balance(books.id, as_of=JANUARY)
    assert sides(report) == {
        "cash": ("10660.00", "0.00"), "capital": ("0.00", "10000.00"), "sales": ("0.00", "60.00"),
        PRIOR_YEARS: ("0.00", "600.00"), "Total EUR": ("10660.00", "10660.00"),
    }  # fmt: skip
    sales = next(row for row in report.blocks[0].rows if row.account == "sales").amounts
    assert (sales["total_debits"], sales["total_credits"]) == ("40.00", "100.00")
    total = report.blocks[0].rows[-1].amounts
    assert (total["total_debits"], total["total_credits"]) == ("11540.00", "11540.00")
    assert report.notes == [OPENED]


def test_the_worked_case_of_the_documentation() -> None:
    entity = books_on(JANUARY)
    posted(entity, a_transfer("cash", "sales", "1000", effective_date=JUNE))
    posted(entity, a_transfer("cash", "sales", "100"))
    assert sides(trial_balance(entity.id, as_of=JANUARY)) == {
        "cash": ("1100.00", "0.00"), "sales": ("0.00", "100.00"), PRIOR_YEARS: ("0.00", "1000.00"),
        "Total EUR": ("1100.00", "1100.00"),
    }  # fmt: skip
    report = trial_balance(entity.id, from_date=date(2026, 12, 1), to_date=JANUARY)
    assert [sides(report, stage).get("sales") for stage in RANGE] == [
        ("0.00", "1000.00"), ("0.00", "100.00"), ("1000.00", "0.00"), ("0.00", "100.00"),
    ]  # fmt: skip
    assert [sides(report, stage).get(PRIOR_YEARS) for stage in RANGE] == [
        None, None, ("0.00", "1000.00"), ("0.00", "1000.00"),
    ]  # fmt: skip


def test_on_the_last_day_of_a_year_its_income_is_there(books: Entity) -> None:
    report = trial_balance(books.id, as_of=YEAR_END)
    assert sides(report)["sales"] == ("0.00", "1000.00")
    assert PRIOR_YEARS not in sides(report)
    assert report.notes == []


def test_on_the_first_day_of_the_next_it_is_not(books: Entity) -> None:
    found = sides(trial_balance(books.id, as_of=NEW_YEAR))
    assert "sales" not in found
    assert found[PRIOR_YEARS] == ("0.00", "600.00")


def test_lifetime_totals_hold_all_years(books: Entity) -> None:
    assert sides(trial_balance(books.id, totals="lifetime")) == {
        "cash": ("10660.00", "0.00"), "capital": ("0.00", "10000.00"), "sales": ("0.00", "1060.00"),
        "rent": ("400.00", "0.00"), "Total EUR": ("11060.00", "11060.00"),
    }  # fmt: skip


def test_a_range_within_a_year(books: Entity) -> None:
    report = trial_balance(books.id, from_date=date(2027, 1, 22), to_date=JANUARY)
    assert [column.title for column in report.columns] == [
        "Opening debit", "Opening credit", "Debit", "Credit", "Closing debit", "Closing credit",
    ]  # fmt: skip
    assert sides(report, "opening") == {
        "cash": ("10700.00", "0.00"), "capital": ("0.00", "10000.00"), "sales": ("0.00", "100.00"),
        PRIOR_YEARS: ("0.00", "600.00"), "Total EUR": ("10700.00", "10700.00"),
    }  # fmt: skip
    assert sides(report, "movement") == {
        "cash": ("0.00", "40.00"), "sales": ("40.00", "0.00"), "Total EUR": ("40.00", "40.00"),
    }  # fmt: skip
    assert sides(report, "closing") == sides(trial_balance(books.id, as_of=JANUARY))
    assert report.parameters == {"from": "2027-01-22", "to": "2027-01-31", "view": "after", "totals": "fiscal_year"}


def test_a_range_over_a_year_end_carries_what_the_year_earned(books: Entity) -> None:
    report = trial_balance(books.id, from_date=date(2026, 6, 1), to_date=JANUARY)
    assert sides(report, "opening") == {
        "cash": ("10000.00", "0.00"), "capital": ("0.00", "10000.00"), "Total EUR": ("10000.00", "10000.00"),
    }  # fmt: skip
    assert sides(report, "movement") == {
        "cash": ("1100.00", "440.00"), "sales": ("40.00", "1100.00"), "rent": ("400.00", "0.00"),
        "Total EUR": ("1540.00", "1540.00"),
    }  # fmt: skip
    assert sides(report, "carried") == {
        "sales": ("1000.00", "0.00"), "rent": ("0.00", "400.00"), PRIOR_YEARS: ("0.00", "600.00"),
        "Total EUR": ("1000.00", "1000.00"),
    }  # fmt: skip
    assert sides(report, "closing") == sides(trial_balance(books.id, as_of=JANUARY))
    assert [column.title for column in report.columns][4:6] == ["Carried debit", "Carried credit"]
    assert "open on 2026-01-01, and again on 2027-01-01." in report.notes[0]
    lifetime = trial_balance(books.id, from_date=date(2026, 6, 1), to_date=JANUARY, totals="lifetime")
    assert len(lifetime.columns) == 6
    assert sides(lifetime, "closing") == sides(trial_balance(books.id, as_of=JANUARY, totals="lifetime"))
    assert sides(lifetime, "movement") == sides(report, "movement")


def test_half_a_range_is_completed_as_in_other_reports(books: Entity) -> None:
    assert trial_balance(books.id, from_date=date(2026, 7, 1)).parameters["to"] == "2027-01-31"
    assert trial_balance(books.id, to_date=date(2026, 7, 1)).parameters["from"] == "2026-01-01"


def test_a_worksheet_begins_with_the_year_too(books: Entity) -> None:
    report = trial_balance(books.id, view="worksheet")
    assert sides(report, "before") == sides(report, "after") == sides(trial_balance(books.id))


def test_a_translated_one_has_the_line_too(books: Entity) -> None:
    assert sides(trial_balance(books.id, currency="EUR")) == sides(trial_balance(books.id))
    lifetime: dict[str, Any] = {"totals": "lifetime"}
    assert sides(trial_balance(books.id, currency="EUR", **lifetime)) == sides(trial_balance(books.id, **lifetime))


@pytest.mark.parametrize(
    "asked, refusal, pointer",
    [
        ({"as_of": JUNE, "to_date": JUNE}, OneDateOrRange, "/as_of"),
        ({"from_date": JUNE, "view": "worksheet"}, RangeOfWorksheet, "/view"),
        ({"to_date": JUNE, "currency": "CHF"}, RangeInOneCurrency, "/currency"),
        ({"from_date": JUNE, "to_date": JUNE - timedelta(days=1)}, Malformed, "/from"),
        ({"from_date": JUNE, "to_date": date(2027, 2, 1)}, FutureDate, "/to"),
    ],
    ids=["date and range", "worksheet of a range", "translated range", "backwards", "to tomorrow"],
)
def test_what_makes_no_sense_is_refused(
    books: Entity, asked: dict[str, Any], refusal: type[LedgerError], pointer: str
) -> None:
    with pytest.raises(refusal) as caught:
        trial_balance(books.id, **asked)
    assert caught.value.pointer == pointer


# --- whatever is posted -----------------------------------------------------------------------------

FIRST = date(2024, 11, 1)
DAYS = (JANUARY - FIRST).days
days = st.integers(0, DAYS).map(lambda number: FIRST + timedelta(days=number))


@pytest.fixture(scope="module")
def busy(_database: None) -> Entity:
    """Three fiscal years in two currencies: what moves differs from day to day."""
    entity = an_entity(business_date=JANUARY)
    for currency in ("EUR", "USD"):
        for code, kind in [("bank", "asset"), ("loan", "liability"), ("sales", "income"), ("costs", "expense")]:
            an_account(entity, f"{code}-{currency}", kind, currency=currency)
    pairs = [("bank", "sales"), ("costs", "bank"), ("costs", "loan"), ("bank", "loan"), ("sales", "bank")]
    for number in range(0, DAYS, 23):
        debit, credit = pairs[number % len(pairs)]
        currency = ("EUR", "USD")[number % 2]
        draft = a_transfer(
            f"{debit}-{currency}", f"{credit}-{currency}", f"{100 + number * 7 % 531}.{number % 90 + 10}",
            effective_date=FIRST + timedelta(days=number),
        )  # fmt: skip
        posted(entity, draft)
    return entity


def of_range(entity: Entity, first: date, last: date, totals: str = "fiscal_year") -> dict[str, dict[str, Decimal]]:
    """Each account (and the line of each currency) with what it has at each stage, debit positive."""
    report = trial_balance(entity.id, from_date=first, to_date=last, totals=totals)
    found: dict[str, dict[str, Decimal]] = {}
    for block in report.blocks:
        for row in block.rows:
            net = {stage: D(row.amounts[f"{stage}_debit"]) - D(row.amounts[f"{stage}_credit"]) for stage in RANGE}
            if row.kind == "total":
                assert set(net.values()) == {0}
            else:
                assert net["opening"] + net["movement"] + net["carried"] == net["closing"]
                found[row.account or f"{row.name} {block.currency}"] = net
    return found


@given(st.tuples(days, days, days).map(sorted))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ranges_balance_and_add_up(busy: Entity, dates: list[date]) -> None:
    first, middle, last = dates
    next_day = min(middle + timedelta(days=1), last)
    whole, left = of_range(busy, first, last), of_range(busy, first, middle)
    right = of_range(busy, next_day, last) if middle < last else {}
    for name, net in whole.items():
        moved = sum((part[name]["movement"] for part in (left, right) if name in part), D(0))
        assert net["movement"] == moved
        assert net["opening"] == left.get(name, {}).get("opening", 0)
        if right:
            assert net["closing"] == right.get(name, {}).get("closing", 0)
    lines = Posting.objects.filter(entity_id=busy.pk, effective_date__range=(first, last))
    posted_in: dict[str, Decimal] = {}
    for code, amount in lines.values_list("account__code", "amount"):
        posted_in[code] = posted_in.get(code, D(0)) + amount
    assert {code: net["movement"] for code, net in whole.items() if net["movement"]} == {
        code: amount for code, amount in posted_in.items() if amount
    }
    assert all(net["carried"] == 0 for net in of_range(busy, first, last, "lifetime").values())


@given(days)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_range_ends_as_the_trial_balance_of_its_last_day(busy: Entity, day: date) -> None:
    def balances(report: TreeReport, stage: str) -> list[dict[str, tuple[str, str]]]:
        return [sides(report, stage, place) for place in range(len(report.blocks))]

    at_date = balances(trial_balance(busy.id, as_of=day), "")
    assert balances(trial_balance(busy.id, from_date=FIRST, to_date=day), "closing") == at_date
    before = trial_balance(busy.id, from_date=day, to_date=JANUARY)
    if day > FIRST and (day.month, day.day) != (1, 1):
        assert balances(before, "opening") == balances(trial_balance(busy.id, as_of=day - timedelta(days=1)), "")
