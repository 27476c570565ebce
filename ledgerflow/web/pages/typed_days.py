"""Days in the query of a page: typed there as in any field, and kept in the address in a way that all read alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.http import QueryDict

from ledgerflow.core.locales.current import conventions, day_text
from ledgerflow.core.locales.days import TypedSpan, read_typed_period

FIRST, LAST = "from", "to"  # what the names of the two ends of a range end with


def in_full(asked: QueryDict, names: Iterable[str]) -> QueryDict | None:
    """The same query with its days in full, as 2026-10-31; None where they are already.

    A time such as 2026-Q3 stands for its first day in a field that is called `from`, and for its last in any other;
    alone in one of a range, for both. Raises `Malformed` and its kinds.
    """
    spans = {name: span for name in names if (span := _read(asked.get(name, ""))) is not None}
    days = {name: span.first if name.endswith(FIRST) else span.last for name, span in spans.items()}
    for name, span in spans.items():
        other = name.removesuffix(LAST) + FIRST if name.endswith(LAST) else name.removesuffix(FIRST) + LAST
        if name.endswith((FIRST, LAST)) and not asked.get(other, "").strip() and span.first != span.last:
            days[name.removesuffix(FIRST).removesuffix(LAST) + FIRST] = span.first
            days[name.removesuffix(FIRST).removesuffix(LAST) + LAST] = span.last
    full = asked.copy()
    for name, day in days.items():
        full[name] = day.isoformat()
    return None if full == asked else full


def slashes_in_full(asked: QueryDict, names: Iterable[str]) -> QueryDict | None:
    """The same query where 10/11 is in full, because another person's order of day and month is another day.

    What moves on with the business date, as -1 and month-1 do, stays as it is. Raises `Malformed` and its kinds.
    """
    return in_full(asked, [name for name in names if "/" in asked.get(name, "")])


def as_typed(text: str) -> str:
    """A day in full as the person writes it; anything else as it is."""
    try:
        return day_text(date.fromisoformat(text))
    except ValueError:
        return text


def _read(text: str) -> TypedSpan | None:
    current = conventions()
    return read_typed_period(text, current.days, current.base_day()) if text.strip() else None
