"""The wall clock, in one place so that a test can stand another one in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TICK = timedelta(microseconds=1)


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)
