"""The wall clock, in one place so that a test can stand another one in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TICK = timedelta(microseconds=1)


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def as_text(moment: datetime) -> str:
    """A moment in UTC the way the API writes it: RFC 3339 with microseconds and Z."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
