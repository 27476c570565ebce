from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ledgerflow.core.dates import EARLIEST, LATEST, ONE_DAY, check_day, check_moment, read_day, read_moment
from ledgerflow.core.errors import DateOutOfRange, Malformed

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("day", [EARLIEST, date(2026, 3, 2), LATEST])
def test_a_date_in_range_is_itself(day: date) -> None:
    check_day(day)
    assert read_day(str(day)) == day


@pytest.mark.parametrize("day", [date.min, EARLIEST - ONE_DAY, LATEST + ONE_DAY, date.max])
def test_a_date_out_of_range_is_refused_and_named(day: date) -> None:
    with pytest.raises(DateOutOfRange) as refused:
        check_day(day, "/on")
    assert refused.value.pointer == "/on"
    assert refused.value.data == {"date": str(day), "earliest": "1900-01-01", "latest": "2999-12-31"}
    assert isinstance(refused.value, Malformed)
    with pytest.raises(ValueError, match="does not lie between"):
        read_day(str(day))


@pytest.mark.parametrize("text", ["", "20260302", "2026-W10-1", "2026-3-2", "tomorrow", "2026-03-02T00:00"])
def test_an_argument_that_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|isoformat"):
        read_day(text)


def test_a_moment_is_brought_to_utc_and_both_its_days_are_in_range() -> None:
    east = timezone(timedelta(hours=10))
    assert check_moment(datetime(2026, 3, 2, 1, tzinfo=east)) == datetime(2026, 3, 1, 15, tzinfo=UTC)
    for moment in (
        datetime(1900, 1, 1, 1, tzinfo=east),  # still 1899 in UTC
        datetime(3000, 1, 1, 1, tzinfo=east),  # still 2999 in UTC, and 3000 as it was written
        datetime.min.replace(tzinfo=east),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=10))),
        datetime.max,  # noqa: DTZ901 - whoever needs an offset says so elsewhere
    ):
        with pytest.raises(DateOutOfRange):
            check_moment(moment)


def test_a_moment_without_an_offset_is_left_as_it_is() -> None:
    moment = datetime(2999, 12, 31, 23, 59)  # noqa: DTZ001 - whoever needs an offset says so elsewhere
    assert check_moment(moment) is moment


def test_a_moment_as_an_argument_may_be_a_day() -> None:
    assert read_moment("2027-01-31") == datetime(2027, 1, 31, tzinfo=UTC)
    assert read_moment("2027-01-31T18:00:00+01:00").isoformat() == "2027-01-31T18:00:00+01:00"
    for text in ("0001-01-01", "9999-12-31T00:00:00Z", "soon"):
        with pytest.raises(ValueError, match=r"between|isoformat"):
            read_moment(text)
