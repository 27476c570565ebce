"""A statement that two sets of books are asked for, as rows that can be compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from reports.shapes import TreeReport

# What two sets of books never have in common.
OF_THESE_BOOKS = frozenset({
    "entity", "entity_name", "event_sequence", "recorded_at", "generated_at", "checkpoint",
})  # fmt: skip


class Statement(NamedTuple):
    """A statement at one date; `make` gives what is compared, of one set of books."""

    name: str
    make: Callable[[UUID], list[Any]]


def tree(name: str, make: Callable[..., TreeReport], asked: dict[str, Any]) -> Statement:
    """A report of rows of accounts: its head, then each row with its currency."""

    def rows(entity_id: UUID) -> list[Any]:
        report = msgspec.to_builtins(make(entity_id, **asked))
        head = {key: value for key, value in report.items() if key not in OF_THESE_BOOKS | {"blocks"}}
        return [head, *([block["currency"], row] for block in report["blocks"] for row in block["rows"])]

    return Statement(name, rows)
