"""When a business date ends, by the clock on the entity's wall. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = datetime.min.time()
FIRST_MOMENT, LAST_MOMENT = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def cut_off_moment(day: date, minutes: int, time_zone: str) -> datetime:
    """The moment in UTC at which the books leave `day`: so many minutes on the wall clock after its midnight.

    1440 is midnight at its end, 1500 one o'clock in the morning after it. An hour that the clock skips in spring counts
    as if it had not been skipped; of an hour that it shows twice in autumn, the first counts. Where there is no such
    moment, because the years end, it is the nearest one.
    """
    try:
        on_the_wall = datetime.combine(day, MIDNIGHT) + timedelta(minutes=minutes)
        return on_the_wall.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    except OverflowError:
        return FIRST_MOMENT if day.year == date.min.year else LAST_MOMENT


def next_cut_off(after: datetime, minutes: int, time_zone: str) -> datetime:
    """The first moment after `after` at which the books leave some day."""
    today = after.astimezone(ZoneInfo(time_zone)).date()
    moments = (cut_off_moment(today + timedelta(days=days), minutes, time_zone) for days in range(-2, 2))
    return next(moment for moment in moments if moment > after)
