"""UUID version 7 (RFC 9562 section 5.7): ordered by time, so that index inserts stay at the right edge.

Ids of one process rise, whichever of its threads asks and whatever the clock does: within a millisecond, and after the
clock was set back, the next id is the last one and one more (method 2 of section 6.2). The first of a millisecond has
a random tail, so that processes do not meet.
"""

from __future__ import annotations

import os
import time
from threading import Lock
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_TAIL_BITS = 74  # beside the 48 bits of the time, the version and the variant
_TAIL = (1 << _TAIL_BITS) - 1
_LOW_BITS = 0x3FFF_FFFF_FFFF_FFFF

_lock = Lock()
_last = 0  # of this process: time and tail, without version and variant


def uuid7() -> UUID:
    """One new id."""
    return UUID(int=_spread(_take(1)))


def uuid7_run(count: int) -> list[UUID]:
    """`count` new ids in rising order, with no other of this process between them."""
    first = _take(count)
    if (first & _LOW_BITS) + count > _LOW_BITS:  # counting carries into the bits before the variant
        return [UUID(int=_spread(value)) for value in range(first, first + count)]
    start = _spread(first)
    return [UUID(int=value) for value in range(start, start + count)]


def _take(count: int) -> int:
    """The first of `count` values in a row that nobody else gets."""
    global _last  # noqa: PLW0603 - what this module is about
    stamp = time.time_ns() // 1_000_000
    with _lock:
        first = _last + 1
        if first >> _TAIL_BITS < stamp:
            # 71 random bits of 74 leave room to count; what overflows all the same goes on in the next millisecond.
            first = stamp << _TAIL_BITS | int.from_bytes(os.urandom(9)) >> 1
        _last = first + count - 1
    return first


def _spread(value: int) -> int:
    """The 122 bits with the version and the variant put in their places."""
    tail = value & _TAIL
    return (value ^ tail) << 6 | _VERSION | tail >> 62 << 64 | _VARIANT | tail & _LOW_BITS


def _forget() -> None:
    """In a forked process, which would otherwise go on counting where its parent does: a new lock, a new tail."""
    global _last, _lock
    _last, _lock = 0, Lock()


os.register_at_fork(after_in_child=_forget)
