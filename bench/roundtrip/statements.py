"""All statements of two sets of books, one after the other, and where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from bench.roundtrip.declared import declared_statements
from bench.roundtrip.shapes import Statement, tree
from journals.models import Journal
from ledgerflow.books.models import Entity
from reports.equity.statement import changes_in_equity
from reports.flows.statement import cash_flow
from reports.statements.cash import cash_movement
from reports.statements.income import income_statement
from reports.statements.postings import Listing, general_ledger
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance

ONE_DAY = timedelta(days=1)
MOST_NAMED = 20
# What the original kind of a journal is kept for, and when it was recorded.
LINE_OF_THESE_BOOKS = frozenset({"recorded_at", "kind"})


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


def statements(entity: Entity, dates: Sequence[date], cash: Sequence[str], *, functional: bool) -> Iterator[Statement]:
    """Every statement of these books at each date, per currency and, where asked for, in functional currency."""
    yield from declared_statements(entity, dates)
    for before, day in pairwise([dates[0] - ONE_DAY, *dates]):
        asked: dict[str, Any]
        for view in ("after", "adjusted", "before"):
            asked = {"as_of": day, "view": view}
            yield tree(f"trial balance {view} {day}", trial_balance, asked)
            yield tree(f"balance sheet {view} {day}", balance_sheet, asked)
        yield tree(f"trial balance lifetime {day}", trial_balance, {"as_of": day, "totals": "lifetime"})
        yield tree(f"worksheet {day}", trial_balance, {"as_of": day, "view": "worksheet"})
        since = {"from_date": min(before + ONE_DAY, day), "to_date": day}
        yield tree(f"trial balance of the range to {day}", trial_balance, since)
        for view in ("adjusted", "before"):
            yield tree(f"income statement {view} {day}", income_statement, {"to_date": day, "view": view})
        yield _lines(f"general ledger to {day}", general_ledger, since)
        yield tree(f"changes in equity to {day}", changes_in_equity, since)
        if cash:
            yield tree(f"cash movement to {day}", cash_movement, since | {"accounts": cash})
            for method in ("indirect", "direct"):
                yield tree(f"cash flows, {method}, to {day}", cash_flow, since | {"accounts": cash, "method": method})
        if functional:
            in_base = {"currency": "functional"}
            yield tree(f"trial balance functional {day}", trial_balance, {"as_of": day} | in_base)
            yield tree(f"balance sheet functional {day}", balance_sheet, {"as_of": day} | in_base)
            yield tree(f"income statement functional {day}", income_statement, {"to_date": day} | in_base)


def compared(one: Entity, other: Entity, asked: Sequence[Statement]) -> Compared:
    """Make every statement of both."""
    rows, differences = 0, []
    for statement in asked:
        mine, theirs = statement.make(one.id), statement.make(other.id)
        rows += len(mine)
        if mine != theirs:
            differences.append(f"{statement.name}: {_first_difference(mine, theirs)}")
    return Compared(len(asked), rows, differences[:MOST_NAMED])


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
