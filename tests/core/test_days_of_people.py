from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.core.dates import EARLIEST, LATEST
from ledgerflow.core.errors import DateOutOfRange, LedgerError
from ledgerflow.core.locales.current import (
    Conventions,
    amount_text,
    cell_on_page,
    conventions,
    day_text,
    moment_text,
    rate_text,
    written_as,
)
from ledgerflow.core.locales.days import (
    DAY_FORMATS,
    DayFormat,
    TypedSpan,
    read_typed_day,
    read_typed_period,
    write_day,
)
from ledgerflow.core.locales.errors import DayAmbiguous, DayNotThere, DayUnreadable, PeriodForDay, PeriodUnreadable
from ledgerflow.core.locales.numbers import FORMATS

pytestmark = pytest.mark.pure

ISO, DMY, DMY_SLASH, MDY = (DAY_FORMATS[code] for code in ("iso", "dmy", "dmy-slash", "mdy-slash"))
BASE = date(2026, 11, 25)
days = st.dates(EARLIEST, LATEST)
formats = st.sampled_from(list(DAY_FORMATS.values()))


@given(days, formats, days)
def test_a_day_is_read_as_it_is_written_and_iso_always(day: date, written: DayFormat, base: date) -> None:
    assert read_typed_day(write_day(day, written), written, base) == day
    assert read_typed_day(day.isoformat(), written, base) == day
    assert read_typed_period(write_day(day, written), written, base) == TypedSpan(day, day)


@given(st.text(max_size=60) | st.text("0123456789./-+Qmonthyear\u2212", max_size=12), formats, days)
def test_whatever_is_typed_is_a_time_or_refused_by_name(text: str, written: DayFormat, base: date) -> None:
    with suppress(LedgerError):
        assert read_typed_day(text, written, base) >= EARLIEST
    with suppress(LedgerError):
        assert read_typed_period(text, written, base).first >= EARLIEST


@pytest.mark.parametrize(
    "text, written, day",
    [
        ("2026-1-5", DMY, "2026-01-05"),
        ("31.10.2026", ISO, "2026-10-31"),
        ("31.10.26", DMY, "2026-10-31"),
        ("31.10", ISO, "2026-10-31"),
        ("31.10.", DMY, "2026-10-31"),
        ("10/31/2026", MDY, "2026-10-31"),
        ("3/4", MDY, "2026-03-04"),
        ("3/4", DMY_SLASH, "2026-04-03"),
        ("31/10/26", ISO, "2026-10-31"),  # there is no 31st month
        ("-1", ISO, "2026-11-24"),
        ("\u22121", ISO, "2026-11-24"),
        ("+5", ISO, "2026-11-30"),
        (" 15 ", ISO, "2026-11-15"),
    ],
)
def test_a_day_that_was_typed(text: str, written: DayFormat, day: str) -> None:
    assert read_typed_day(text, written, BASE) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026-q4", "2026-10-01", "2026-12-31"),
        ("2026-2", "2026-02-01", "2026-02-28"),
        ("2027", "2027-01-01", "2027-12-31"),
        ("month", "2026-11-01", "2026-11-30"),
        ("month-1", "2026-10-01", "2026-10-31"),
        ("Month-11", "2025-12-01", "2025-12-31"),
        ("quarter+1", "2027-01-01", "2027-03-31"),
        ("year-1", "2025-01-01", "2025-12-31"),
        ("-1", "2026-11-24", "2026-11-24"),
    ],
)
def test_a_time_that_was_typed(text: str, first: str, last: str) -> None:
    found = read_typed_period(text, DMY, BASE)
    assert found == TypedSpan(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text, written, refusal, words",
    [
        ("10/11", ISO, DayAmbiguous, "10/11 can be read as 2026-10-11 or as 2026-11-10: write 2026-10-11 or 2026-11-10."),
        ("32/32", ISO, DayNotThere, "There is no day 32/32."),
        ("31/10", MDY, DayNotThere, "There is no day 31/10."),
        ("31.2.", DMY, DayNotThere, "There is no day 31.2.."),
        ("31", ISO, DayNotThere, "There is no day 31 in 2026-11."),
        ("2026-Q3", DMY, PeriodForDay, "2026-Q3 is from 01.07.2026 to 30.09.2026, and one day is asked for."),
        ("soon", DMY, DayUnreadable, "'soon' is not a date: write 25.11.2026, 2026-11-25, a day of this month as 15, or days from 25.11.2026 as -1 or +5."),
        ("1.1.1066", DMY, DateOutOfRange, None),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_what_to_write(text: str, written: DayFormat, refusal: Any, words: Any) -> None:
    with pytest.raises(refusal) as found:
        read_typed_day(text, written, BASE)
    assert words in (None, found.value.message)


def test_what_is_no_time_is_refused() -> None:
    for text, refusal in (("soon", PeriodUnreadable), ("2026-13", DayNotThere), ("month-9999", DateOutOfRange)):
        with pytest.raises(refusal):
            read_typed_period(text, ISO, BASE)
    with pytest.raises(DateOutOfRange):
        read_typed_day("-99999", ISO, EARLIEST.replace(year=2))


def test_who_is_looking_decides_how_it_is_written() -> None:
    moment = datetime(2026, 11, 25, 23, 30, 5, tzinfo=UTC)
    amount = Decimal("-1234.5")
    assert (amount_text(amount, 2), rate_text(amount), day_text(moment), moment_text(moment)) == (
        "\u22121,234.50", "\u22121234.5", "2026-11-25", "2026-11-25 23:30:05",
    )  # fmt: skip
    assert [cell_on_page(one) for one in (amount, BASE, 5, None)] == ["\u22121,234.5", "2026-11-25", "5", ""]
    assert moment_text(moment, with_zone=True) == "2026-11-25 23:30:05 UTC"
    assert conventions().base_day() <= datetime.now(UTC).date()
    assert conventions().most_decimals() is None
    with written_as(Conventions(FORMATS["de"], DMY, ZoneInfo("Europe/Berlin"))):
        assert (amount_text(amount), rate_text(amount), day_text(BASE)) == (
            "\u22121.234,5",
            "\u22121234,5",
            "25.11.2026",
        )
        assert (day_text(moment), moment_text(moment)) == ("26.11.2026", "26.11.2026 00:30:05 CET")
    assert day_text(BASE) == "2026-11-25"
