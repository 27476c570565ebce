"""All statements of two sets of books, one after the other, and where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from journals.models import Journal
from ledgerflow.books.models import Entity
from reports.shapes import TreeReport
from reports.statements.cash import cash_movement
from reports.statements.income import income_statement
from reports.statements.postings import Listing, general_ledger
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance

ONE_DAY = timedelta(days=1)
MOST_NAMED = 20
# What two sets of books never have in common, or what the original kind of a journal is kept for.
OF_THESE_BOOKS = frozenset({
    "entity", "entity_name", "event_sequence", "recorded_at", "generated_at", "checkpoint",
})  # fmt: skip
LINE_OF_THESE_BOOKS = frozenset({"recorded_at", "kind"})


class Statement(NamedTuple):
    """A statement at one date; `make` gives what is compared, of one set of books."""

    name: str
    make: Callable[[UUID], list[Any]]


class Compared(NamedTuple):
    """How many statements were made of both, and those that differ."""

    statements: int
    rows: int
    differences: list[str]


def dates_of(entity: Entity, count: int) -> list[date]:
    """So many dates in even steps from the first journal to the last, the nearest to a year's end on that day."""
    days = Journal.objects.filter(entity=entity).order_by("effective_date").values_list("effective_date", flat=True)
    first, last = days[0], days.reverse()[0]
    found = [first + (last - first) * step // (count - 1) for step in range(count)]
    ends = {day.year: date(day.year, 12, 31) for day in found[1:-1] if date(day.year, 12, 31) < last}
    for end in ends.values():  # what a year end does is seen on its day
        nearest = min(found[1:-1], key=lambda day, end=end: abs(day - end))  # type: ignore[misc]
        found[found.index(nearest)] = end
    return sorted(found)


def statements(dates: Sequence[date], cash: Sequence[str], *, functional: bool) -> Iterator[Statement]:
    """Every statement at each date, per currency and, where asked for, in functional currency."""
    for before, day in pairwise([dates[0] - ONE_DAY, *dates]):
        asked: dict[str, Any]
        for view in ("after", "adjusted", "before"):
            asked = {"as_of": day, "view": view}
            yield _tree(f"trial balance {view} {day}", trial_balance, asked)
            yield _tree(f"balance sheet {view} {day}", balance_sheet, asked)
        yield _tree(f"trial balance lifetime {day}", trial_balance, {"as_of": day, "totals": "lifetime"})
        yield _tree(f"worksheet {day}", trial_balance, {"as_of": day, "view": "worksheet"})
        since = {"from_date": min(before + ONE_DAY, day), "to_date": day}
        yield _tree(f"trial balance of the range to {day}", trial_balance, since)
        for view in ("adjusted", "before"):
            yield _tree(f"income statement {view} {day}", income_statement, {"to_date": day, "view": view})
        yield _lines(f"general ledger to {day}", general_ledger, since)
        if cash:
            yield _tree(f"cash movement to {day}", cash_movement, since | {"accounts": cash})
        if functional:
            in_base = {"currency": "functional"}
            yield _tree(f"trial balance functional {day}", trial_balance, {"as_of": day} | in_base)
            yield _tree(f"balance sheet functional {day}", balance_sheet, {"as_of": day} | in_base)
            yield _tree(f"income statement functional {day}", income_statement, {"to_date": day} | in_base)


def compared(one: Entity, other: Entity, asked: Sequence[Statement]) -> Compared:
    """Make every statement of both."""
    rows, differences = 0, []
    for statement in asked:
        mine, theirs = statement.make(one.id), statement.make(other.id)
        rows += len(mine)
        if mine != theirs:
            differences.append(f"{statement.name}: {_first_difference(mine, theirs)}")
    return Compared(len(asked), rows, differences[:MOST_NAMED])


def _tree(name: str, make: Callable[..., TreeReport], asked: dict[str, Any]) -> Statement:
    def rows(entity_id: UUID) -> list[Any]:
        report = msgspec.to_builtins(make(entity_id, **asked))
        head = {key: value for key, value in report.items() if key not in OF_THESE_BOOKS | {"blocks"}}
        return [head, *([block["currency"], row] for block in report["blocks"] for row in block["rows"])]

    return Statement(name, rows)


def _lines(name: str, make: Callable[..., AbstractContextManager[Listing]], asked: dict[str, Any]) -> Statement:
    def rows(entity_id: UUID) -> list[Any]:
        with make(entity_id, **asked) as listing:
            report = msgspec.to_builtins(listing.report())
        found = []
        for section in report["sections"]:
            lines = section.pop("lines")
            found += [section, *({k: v for k, v in one.items() if k not in LINE_OF_THESE_BOOKS} for one in lines)]
        return found

    return Statement(name, rows)


def _first_difference(mine: list[Any], theirs: list[Any]) -> str:
    for one, other in zip(mine, theirs, strict=False):
        if one != other:
            return f"{other} instead of {one}"
    return f"{len(theirs)} rows instead of {len(mine)}"
