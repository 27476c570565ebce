"""Bodies of the sink endpoint. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec


class SinkResponse(msgspec.Struct):
    """How far one sink is with these books.

    `sequence` is the last event that it acknowledged, `head` the last one recorded, `lag` what lies between.
    `problem` says why these books stand still although the sink works, "" for none. `breaker` is "open" while the
    sink takes nothing and nobody tries.
    """

    sink: str
    sequence: int
    head: int
    lag: int
    published_at: str | None
    problem: str
    breaker: Literal["closed", "open", "half-open"]


class SinkList(msgspec.Struct):
    results: list[SinkResponse]
