"""When a delivery is tried again: the example schedule of Standard Webhooks 1.0.0, over three days. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# What passes before each attempt, from the failure of the one before.
SCHEDULE = (
    timedelta(0), timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2),
    timedelta(hours=5), timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
LONGEST_WAIT = timedelta(hours=24)  # whatever a receiver asks for
_PER_MILLE = 1000
_JITTER_PER_MILLE = 100
_MAX_DIGITS = 9


def a_share() -> int:
    """A random part of a delay in per mille, 900 to 1100: receivers that failed together are not tried together."""
    return _PER_MILLE - _JITTER_PER_MILLE + secrets.randbelow(2 * _JITTER_PER_MILLE + 1)


def next_attempt(
    tried: int, now: datetime, asked_for: timedelta | None = None, share: Callable[[], int] = a_share
) -> datetime | None:
    """When to try again after `tried` attempts, the last of which failed now; None when that was the last.

    `asked_for` is the receiver's `Retry-After`. It puts an attempt off, up to `LONGEST_WAIT`, and never brings it
    forward: a receiver that asks for every second would use all attempts up in ten.
    """
    if tried >= len(SCHEDULE):
        return None
    delay = SCHEDULE[tried] * share() / _PER_MILLE
    return now + max(delay, min(asked_for or timedelta(0), LONGEST_WAIT))


def read_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """The header `Retry-After` (RFC 9110 section 10.2.3), seconds or a date; None for none, or for nonsense."""
    text = (text or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text)) if len(text) <= _MAX_DIGITS else LONGEST_WAIT
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))
