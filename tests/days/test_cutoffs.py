"""When a business date ends: wall clocks of several zones, before, at and after midnight, and where clocks change.

The moments are typed in from the zones' own rules, not computed.
"""

from datetime import date, datetime
from itertools import pairwise

import pytest

from journals.days.cutoffs import cut_off_moment, next_cut_off

pytestmark = pytest.mark.pure

MIDNIGHT, SIX_IN_THE_EVENING = 1440, 1080


@pytest.mark.parametrize(
    "zone, day, minutes, expected",
    [
        ("UTC", "2026-03-02", MIDNIGHT, "2026-03-03T00:00:00+00:00"),
        ("UTC", "2026-03-02", 1, "2026-03-02T00:01:00+00:00"),
        ("UTC", "2026-12-31", MIDNIGHT, "2027-01-01T00:00:00+00:00"),
        ("UTC", "2028-02-28", 2880, "2028-03-01T00:00:00+00:00"),
        # Berlin is at +01:00 in winter, at +02:00 in summer.
        ("Europe/Berlin", "2026-03-02", SIX_IN_THE_EVENING, "2026-03-02T17:00:00+00:00"),
        ("Europe/Berlin", "2026-07-01", SIX_IN_THE_EVENING, "2026-07-01T16:00:00+00:00"),
        ("Europe/Berlin", "2026-03-02", 1500, "2026-03-03T00:00:00+00:00"),
        # On 29 March 2026 it goes from 02:00 to 03:00: 02:30 is not shown, and counts an hour and a half after 01:00.
        ("Europe/Berlin", "2026-03-29", 119, "2026-03-29T00:59:00+00:00"),
        ("Europe/Berlin", "2026-03-29", 150, "2026-03-29T01:30:00+00:00"),
        ("Europe/Berlin", "2026-03-28", 1440 + 150, "2026-03-29T01:30:00+00:00"),
        ("Europe/Berlin", "2026-03-29", 180, "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", "2026-03-29", MIDNIGHT, "2026-03-29T22:00:00+00:00"),
        # On 25 October 2026 the hour from 02:00 comes twice, first at +02:00: that one counts.
        ("Europe/Berlin", "2026-10-25", 150, "2026-10-25T00:30:00+00:00"),
        ("Europe/Berlin", "2026-10-24", 1440 + 150, "2026-10-25T00:30:00+00:00"),
        ("Europe/Berlin", "2026-10-25", 180, "2026-10-25T02:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25", MIDNIGHT, "2026-10-25T23:00:00+00:00"),
        # Kathmandu is at +05:45 all year.
        ("Asia/Kathmandu", "2026-03-02", MIDNIGHT, "2026-03-02T18:15:00+00:00"),
        ("Asia/Kathmandu", "2026-03-02", 345, "2026-03-02T00:00:00+00:00"),
        # Kiritimati is at +14:00: its day ends before it begins in most of the world.
        ("Pacific/Kiritimati", "2026-03-02", MIDNIGHT, "2026-03-02T10:00:00+00:00"),
        ("Pacific/Kiritimati", "2026-03-02", 60, "2026-03-01T11:00:00+00:00"),
        # New York is at -05:00 in winter, -04:00 in summer; on 8 March 2026 02:00 becomes 03:00.
        ("America/New_York", "2026-03-02", 1020, "2026-03-02T22:00:00+00:00"),
        ("America/New_York", "2026-03-09", 1020, "2026-03-09T21:00:00+00:00"),
        ("America/New_York", "2026-03-08", 150, "2026-03-08T07:30:00+00:00"),
        ("America/New_York", "2026-11-01", 90, "2026-11-01T05:30:00+00:00"),
        ("America/New_York", "2026-03-06", 1440 + 720, "2026-03-07T17:00:00+00:00"),
    ],
)
def test_a_day_ends_by_the_clock_on_the_wall(zone: str, day: str, minutes: int, expected: str) -> None:
    assert cut_off_moment(date.fromisoformat(day), minutes, zone).isoformat() == expected


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"])
def test_each_day_of_a_year_ends_once_and_after_the_one_before(zone: str) -> None:
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(365)]
    for minutes in (150, MIDNIGHT, 1440 + 150):
        moments = [cut_off_moment(day, minutes, zone) for day in days]
        hours = {(after - before).total_seconds() / 3600 for before, after in pairwise(moments)}
        assert hours <= {23.0, 24.0, 25.0}
        assert (moments[-1] - moments[0]).days == 364


@pytest.mark.parametrize(
    "zone, after, minutes, expected",
    [
        ("UTC", "2026-03-04T09:00Z", MIDNIGHT, "2026-03-05T00:00:00+00:00"),
        ("UTC", "2026-03-05T00:00Z", MIDNIGHT, "2026-03-06T00:00:00+00:00"),
        ("UTC", "2026-03-04T00:00Z", 1, "2026-03-04T00:01:00+00:00"),
        ("UTC", "2026-03-04T00:01Z", 1, "2026-03-05T00:01:00+00:00"),
        ("UTC", "2026-03-04T09:00Z", 2880, "2026-03-05T00:00:00+00:00"),
        ("UTC", "2026-03-04T00:30Z", 2879, "2026-03-04T23:59:00+00:00"),
        ("Europe/Berlin", "2026-03-04T16:59Z", SIX_IN_THE_EVENING, "2026-03-04T17:00:00+00:00"),
        ("Pacific/Kiritimati", "2026-03-01T10:30Z", 60, "2026-03-01T11:00:00+00:00"),
    ],
)
def test_the_clock_strikes_the_cut_off_once_a_day(zone: str, after: str, minutes: int, expected: str) -> None:
    assert next_cut_off(datetime.fromisoformat(after), minutes, zone).isoformat() == expected


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_first_and_the_last_day_there_is_end_too(zone: str) -> None:
    assert cut_off_moment(date.min, 1, zone).year == 1
    assert cut_off_moment(date.max, 2880, zone).year == 9999
