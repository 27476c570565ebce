"""The days of a fiscal year and of its periods, by the calendar on the wall."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journals.periods.errors import NotAFiscalYear, PeriodsOfNoYear
from journals.periods.fiscal_years import Span, Weeks, YearPlan, check_year, end_of_weeks, months_later, spans_of
from ledgerflow.core.errors import DateOutOfRange, Malformed

pytestmark = pytest.mark.pure

SUNDAY, FRIDAY, SATURDAY = 7, 5, 6
LAST_SATURDAY = Weeks(SATURDAY, 12, "last")
NEAREST_SATURDAY = Weeks(SATURDAY, 1)  # as retailers have it: the Saturday nearest to the end of January


def planned(first: str, last: str | None = None, **more: Any) -> list[Span]:
    return spans_of(YearPlan(date.fromisoformat(first), date.fromisoformat(last) if last else None, **more))


def ends(spans: list[Span]) -> str:
    return " ".join(f"{one.ends_on:%m-%d}" for one in spans if one.kind == "month")


def weeks_of(spans: list[Span]) -> list[int]:
    return [((one.ends_on - one.starts_on).days + 1) // 7 for one in spans if one.kind == "month"]


@pytest.mark.parametrize(
    "first, last, name, expected",
    [
        ("2026-01-01", None, "FY2026", "01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31"),
        ("2026-04-15", None, "FY2027", "05-14 06-14 07-14 08-14 09-14 10-14 11-14 12-14 01-14 02-14 03-14 04-14"),
        ("2026-03-17", "2026-12-31", "FY2026", "03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31"),
        ("2026-12-31", "2026-12-31", "FY2026", "12-31"),
        ("2026-07-01", "2027-12-31", "FY2027", ("07-31 08-31 09-30 10-31 11-30 12-31 01-31 02-28 03-31 04-30 05-31 06-30 "
                                               "07-31 08-31 09-30 10-31 11-30 12-31")),
        ("2026-01-31", None, "FY2027", "02-28 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30 01-30"),
        ("2027-03-01", None, "FY2028", "03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31 01-31 02-29"),
    ],
    ids=["calendar", "mid-month", "short from mid-month", "a day", "eighteen months", "31st", "to a leap day"],
)  # fmt: skip
def test_months_end_where_the_year_ends(first: str, last: str | None, name: str, expected: str) -> None:
    spans = planned(first, last)
    assert (ends(spans), spans[-1].kind, spans[-1].name) == (expected, "year", name)


def test_periods_are_named_as_people_write_them() -> None:
    spans = planned("2026-01-01", special_period=True)
    assert [one.name for one in spans[::6]] == ["FY2026 P01", "FY2026 P07", "FY2026 P13"]
    assert spans[12] == Span("special", "FY2026 P13", date(2026, 12, 31), date(2026, 12, 31))
    assert [one.name for one in planned("2026-01-01", "2026-03-31", name="2026 short", special_period=True)] == [
        "2026 short P01", "2026 short P02", "2026 short P03", "2026 short P04", "2026 short",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "weeks, year, expected",
    [
        # 26 CFR 1.441-2 (a)(4)
        (Weeks(SATURDAY, 11, "last"), 2001, "2001-11-24"), (Weeks(SATURDAY, 11, "nearest"), 2001, "2001-12-01"),
        # The retail calendar of the National Retail Federation: 2022, 2023 with its 53 weeks, 2024.
        (NEAREST_SATURDAY, 2023, "2023-01-28"), (NEAREST_SATURDAY, 2024, "2024-02-03"),
        (NEAREST_SATURDAY, 2025, "2025-02-01"), (LAST_SATURDAY, 2026, "2026-12-26"),
        (Weeks(SATURDAY, 12), 2026, "2027-01-02"), (Weeks(FRIDAY, 12), 2026, "2027-01-01"),
        (Weeks(SUNDAY, 2), 2028, "2028-02-27"),
    ],
)  # fmt: skip
def test_weeks_end_on_the_last_or_nearest_weekday(weeks: Weeks, year: int, expected: str) -> None:
    assert str(end_of_weeks(weeks, year)) == expected


@pytest.mark.parametrize(
    "pattern, quarter, last_quarter", [("4-4-5", [4, 4, 5], [4, 4, 6]), ("4-5-4", [4, 5, 4], [4, 5, 5]),
                                       ("5-4-4", [5, 4, 4], [5, 4, 5])],
)  # fmt: skip
def test_the_53rd_week_goes_to_the_last_period(pattern: str, quarter: list[int], last_quarter: list[int]) -> None:
    weeks = Weeks(SATURDAY, 1, "nearest", pattern)
    assert weeks_of(planned("2023-01-29", weeks=weeks)) == quarter * 3 + last_quarter
    following = planned("2024-02-04", weeks=weeks)
    assert (weeks_of(following), str(following[-1].ends_on)) == (quarter * 4, "2025-02-01")


def test_a_first_year_of_weeks_ends_with_them() -> None:
    short = planned("2026-01-01", weeks=LAST_SATURDAY)
    assert (short[0].ends_on, short[-1].ends_on) == (date(2026, 1, 24), date(2026, 12, 26))
    assert weeks_of(short) == [
        3,
        4,
        5,
        4,
        4,
        5,
        4,
        4,
        5,
        4,
        4,
        5,
    ]  # the first from Thursday to Saturday, three weeks on
    long = planned("2026-11-01", "2027-12-25", weeks=LAST_SATURDAY)
    assert (str(long[0].ends_on), str(long[1].ends_on), len(long)) == ("2026-11-21", "2026-12-26", 15)
    assert long[-1].name == "FY2027"


def test_weeks_that_end_in_january_belong_to_the_year_before() -> None:
    spans = planned("2026-01-03", weeks=Weeks(FRIDAY, 12))
    assert (spans[-1].name, str(spans[-1].ends_on)) == ("FY2026", "2027-01-01")


@pytest.mark.parametrize(
    "first, last, more, pointer",
    [
        ("2026-01-01", "2025-12-31", {}, "/ends_on"), ("2026-01-01", "2025-01-01", {}, "/ends_on"),
        ("2026-01-01", "2027-07-01", {}, "/ends_on"), ("2026-01-01", "9999-12-31", {}, "/ends_on"),
        ("9999-12-31", None, {}, "/starts_on"), ("1899-12-31", None, {}, "/starts_on"),
        ("2999-06-01", None, {}, "/starts_on"), ("0001-01-01", None, {}, "/starts_on"),
        ("2026-01-01", "2026-12-31", {"weeks": LAST_SATURDAY}, "/ends_on"),
        ("2999-12-31", None, {"weeks": LAST_SATURDAY}, "/starts_on"),
    ],
    ids=["no day", "a year ago", "a day too long", "end of time", "from the end of time", "before 1900", "beyond 2999",
         "beginning of time", "not the end of weeks", "weeks beyond 2999"],
)  # fmt: skip
def test_nonsense_is_no_year(first: str, last: str | None, more: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as caught:
        planned(first, last, **more)
    assert caught.value.pointer == pointer


def test_1900_is_a_year() -> None:
    assert planned("1900-01-01")[-1].ends_on == date(1900, 12, 31)
    assert planned("1900-01-01", weeks=LAST_SATURDAY)[-1].ends_on == date(1900, 12, 29)


DAYS = st.dates(date(1900, 1, 1), date(2990, 12, 31))
WEEKS = st.builds(
    Weeks, st.integers(1, 7), st.integers(1, 12), st.sampled_from(["last", "nearest"]),
    st.sampled_from(["4-4-5", "4-5-4", "5-4-4"]),
)  # fmt: skip


@settings(max_examples=60)
@given(DAYS, st.integers(0, 530), st.none() | WEEKS, st.booleans())
def test_each_day_of_the_year_lies_in_one_month(first: date, days: int, weeks: Weeks | None, special: bool) -> None:
    last = None if weeks is not None else first + timedelta(days=days)
    *periods, year = spans_of(YearPlan(first, last, "", weeks, special))
    months = [one for one in periods if one.kind == "month"]
    assert (months[0].starts_on, months[-1].ends_on) == (year.starts_on, year.ends_on)
    assert all(after.starts_on - before.ends_on == timedelta(days=1) for before, after in pairwise(months))
    assert all(one.starts_on <= one.ends_on for one in months)
    assert len({one.name for one in [*periods, year]}) == len(periods) + 1 <= 21
    assert year.ends_on < months_later(first, 18)


@settings(max_examples=30)
@given(st.dates(date(1901, 1, 1), date(2990, 12, 31)), WEEKS)
def test_years_of_weeks_follow_each_other(first: date, weeks: Weeks) -> None:
    year = spans_of(YearPlan(first, None, "", weeks))[-1]
    for _ in range(6):
        *months, year = spans_of(YearPlan(year.ends_on + timedelta(days=1), None, "", weeks))
        length = (year.ends_on - year.starts_on).days + 1
        assert length in {52 * 7, 53 * 7}
        assert (year.ends_on.isoweekday(), len(months)) == (weeks.weekday, 12)


def test_a_year_that_is_given_with_its_periods_is_checked_as_one_that_is_planned() -> None:
    plan = YearPlan(date(2026, 1, 16), date(2026, 12, 31), "FY26", special_period=True)
    spans = spans_of(plan)
    assert check_year(spans) == spans[-1]
    assert check_year(spans_of(YearPlan(date(2026, 1, 1)))).name == "FY2026"
    first, second, *rest, special, year = spans
    for wrong in (
        [], [year], spans[:-1], [year, *spans[:-1]], [*spans, year], [first, *rest, special, year], [second, *rest, year],
        [first._replace(starts_on=date(2026, 1, 15)), *spans[1:]], [*spans[:-1], year._replace(ends_on=date(2027, 1, 1))],
        [first._replace(name=" "), *spans[1:]], [first._replace(name="x" * 25), *spans[1:]],
        [first, second._replace(name=first.name), *spans[2:]], [*spans[:-2], special._replace(starts_on=first.ends_on), year],
        [first._replace(kind="week"), *spans[1:]], [first._replace(ends_on=date(2026, 1, 10)), *spans[1:]],
    ):  # fmt: skip
        with pytest.raises(PeriodsOfNoYear):
            check_year(wrong)
    long = Span("month", "P1", date(2026, 1, 1), date(2028, 1, 1))
    with pytest.raises(NotAFiscalYear):
        check_year([long, long._replace(kind="year", name="FY")])
    with pytest.raises(DateOutOfRange):
        check_year([long, long._replace(kind="year", name="FY", starts_on=date(206, 1, 1))])
