"""Rows against rows: side by side in the order of their keys, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledgerflow.books.faults import compare_ordered, compare_rows, keyed

pytestmark = pytest.mark.pure

Row = dict[str, Any]


def told(expected: list[tuple[str, int]], found: list[tuple[str, int]]) -> list[str]:
    """The faults, which are those that all rows at once have."""

    def rows(pairs: list[tuple[str, int]]) -> Iterator[tuple[str, Row]]:
        return ((key, {"key": key, "value": value}) for key, value in pairs)

    faults = list(compare_ordered("t", rows(expected), rows(found)))
    whole = keyed((row for _, row in rows(found)), lambda row: row["key"])
    assert sorted(faults) == sorted(compare_rows("t", dict(rows(expected)), whole))
    return [str(fault) for fault in faults]


def test_rows_side_by_side() -> None:
    assert told([("a", 1), ("b", 2)], [("a", 1), ("b", 2)]) == []
    assert told([], []) == []
    assert told([("a", 1), ("b", 2), ("d", 4)], [("b", 3), ("c", 9), ("d", 4)]) == [
        "t a: row should be a row, is absent",
        "t b: value should be 2, is 3",
        "t c: row should be absent, is a row",
    ]


def test_a_row_that_is_there_twice() -> None:
    assert told([("a", 1)], [("a", 1), ("a", 1)]) == ["t a, again: row should be absent, is a row"]


def test_only_what_has_one_key_is_kept() -> None:
    taken: list[int] = []

    def endless() -> Iterator[tuple[str, Row]]:
        for number in range(10**9):
            taken.append(number)
            yield f"{number:010}", {"value": number}

    faults = compare_ordered("t", endless(), iter([("0000000001", {"value": 7})]))
    assert [next(faults).key for _ in range(2)] == ["0000000000", "0000000001"]
    assert len(taken) < 5
