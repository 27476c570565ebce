"""What the proof finds wrong. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """One wrong row: its table, its key, what of it is wrong, what it should be and what it is."""

    table: str
    key: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.what} should be {self.expected}, is {self.found}"


class TooManyFaultsError(Exception):
    """The cap is reached: the books are wrong, and more examples would not help to see why."""


class Faults:
    """Faults in the order they were found, up to `cap`."""

    def __init__(self, cap: int) -> None:
        self.found: list[Fault] = []
        self._cap = cap

    def add(self, table: str, key: object, what: str, expected: object, found: object) -> None:
        """Note one, once however many checks find it; raises `TooManyFaultsError` when no more are noted."""
        fault = Fault(table, str(key), what, _text(expected), _text(found))
        if fault in self.found:
            return
        self.found.append(fault)
        if len(self.found) >= self._cap:
            raise TooManyFaultsError

    def compare(self, table: str, key: object, expected: dict[str, Any], found: dict[str, Any]) -> None:
        """Note each name of `expected` under which `found` has another value."""
        for name, value in expected.items():
            differs = value != found[name] or isinstance(value, dict | list)
            if differs and not same(value, found[name]):
                self.add(table, key, name, value, found[name])


ABSENT = "absent"
PRESENT = "a row"
_SHOWN = 200


def same(one: Any, other: Any) -> bool:
    """Equal as JSON values: jsonb writes 1e300 as a whole number, and that is what it is."""
    if type(one) is type(other) and not isinstance(one, dict | list):
        return bool(one == other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    if isinstance(one, float | int) and isinstance(other, float | int):
        return Decimal(str(one)) == Decimal(str(other))
    return bool(one == other)


def compare_rows(
    table: str, expected: Mapping[Any, dict[str, Any]], found: Mapping[Any, dict[str, Any]]
) -> Iterator[Fault]:
    """Rows by their keys: which are missing or extra, and where the others have another value than expected."""
    for key in sorted(expected.keys() | found.keys(), key=_rank):
        if key not in found:
            yield Fault(table, str(key), "row", PRESENT, ABSENT)
        elif key not in expected:
            yield Fault(table, str(key), "row", ABSENT, PRESENT)
        else:
            for name, wanted in expected[key].items():
                for place, one, other in differences(wanted, found[key][name], name):
                    yield Fault(table, str(key), place, _text(one), _text(other))


def compare_ordered(
    table: str, expected: Iterable[tuple[str, dict[str, Any]]], found: Iterable[tuple[str, dict[str, Any]]]
) -> Iterator[Fault]:
    """The same of rows that both come in the order of their keys: however many there are, few are kept at a time."""
    both = merge(((key, 0, row) for key, row in expected), ((key, 1, row) for key, row in found), key=itemgetter(0, 1))
    for key, rows in groupby(both, key=itemgetter(0)):
        of_key = list(rows)
        wanted = {one: row for one, is_stored, row in of_key if not is_stored}
        stored = keyed((row for _, is_stored, row in of_key if is_stored), lambda _, key=key: key)  # type: ignore[misc]
        yield from compare_rows(table, wanted, stored)


def keyed(rows: Iterable[dict[str, Any]], key: Callable[[dict[str, Any]], Any]) -> dict[Any, dict[str, Any]]:
    """Rows by their keys; one whose key another row has already is kept as one that should not be there."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        own = key(row)
        while own in found:
            own = f"{own}, again"
        found[own] = row
    return found


def differences(wanted: Any, found: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Where two JSON values differ: the place, what should be there and what is."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in sorted(wanted.keys() | found.keys()):
            yield from differences(wanted.get(name, ABSENT), found.get(name, ABSENT), f"{place}.{name}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(one, other, f"{place}.{number}")
    elif not same(wanted, found):
        yield place, wanted, found


def _rank(key: object) -> tuple[int, int, str]:
    return (0, key, "") if isinstance(key, int) else (1, 0, str(key))


def _text(value: object) -> str:
    if value is None:
        return "nothing"
    text = format(value, "f") if isinstance(value, Decimal) else value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
