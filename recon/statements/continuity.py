"""Whether statements go on from each other. Pure.

A statement begins where its new lines do: at its opening balance and the lines of it that were there already. So one
that overlaps the statement before, with the same lines in the days that both have, goes on from it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT, plain
from recon.statements.events import ContinuityBreak


class Span(NamedTuple):
    """A statement on the line of time, from its first line to its closing balance.

    `begins` and `ends` are balances, None where nobody knows them.
    """

    day: date
    number: int
    first_day: date
    begins: Decimal | None
    ends: Decimal | None


def begins_at(opening: Decimal | None, seen_total: Decimal) -> Decimal | None:
    """The balance at which the new lines of a statement begin."""
    return None if opening is None else CONTEXT.add(opening, seen_total)


def in_order(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: span[:2])


def breaks_around(spans: Sequence[Span], new: Span) -> list[ContinuityBreak]:
    """Where a statement that is put among others (in their order) does not go on from its neighbours.

    One that follows and did not fit before is no break of the new one: it may be one of several that were missing.
    """
    place = bisect_right(spans, new[:2], key=lambda span: span[:2])
    before = spans[place - 1] if place else None
    after = spans[place] if place < len(spans) else None
    found = []
    if before is not None and _apart(before, new):
        found.append(_broken("before", before, before, new))
    if after is not None and _apart(new, after) and not (before is not None and _apart(before, after)):
        found.append(_broken("after", after, new, after))
    return found


def breaks_in(spans: Iterable[Span]) -> list[tuple[Span, ContinuityBreak]]:
    """All breaks of a bank account as they stand: the later statement of each pair, and how it breaks."""
    ordered = in_order(spans)
    pairs = pairwise(ordered)
    return [(later, _broken("before", earlier, earlier, later)) for earlier, later in pairs if _apart(earlier, later)]


def _apart(earlier: Span, later: Span) -> bool:
    return earlier.ends is not None and later.begins is not None and earlier.ends != later.begins


def _broken(side: str, other: Span, earlier: Span, later: Span) -> ContinuityBreak:
    expected, found = earlier.ends or Decimal(), later.begins or Decimal()
    kind = "overlap" if later.first_day < earlier.day else "gap"
    difference = plain(CONTEXT.subtract(found, expected))
    return ContinuityBreak(side, kind, other.number, plain(expected), plain(found), difference)  # type: ignore[arg-type]  # the two words above
