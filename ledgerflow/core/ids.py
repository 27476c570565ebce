"""UUID version 7 (RFC 9562 section 5.7): ordered by time, so that index inserts stay at the right edge."""

from __future__ import annotations

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


def uuid7() -> UUID:
    """One new id."""
    return uuid7_run(1)[0]


def uuid7_run(count: int) -> list[UUID]:
    """`count` new ids in rising order: one time stamp, one random start, then counting up (method 2 of 6.2)."""
    stamp = (time.time_ns() // 1_000_000) << 80
    start = int.from_bytes(os.urandom(9)) >> 1  # 71 random bits of 74: room to count without wrapping
    return [
        UUID(int=stamp | _VERSION | ((tail >> 62) << 64) | _VARIANT | (tail & 0x3FFF_FFFF_FFFF_FFFF))
        for tail in range(start, start + count)
    ]
