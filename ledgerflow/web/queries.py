"""Query parameters of read endpoints, checked: a misspelt filter is refused, not ignored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TypeVar

import msgspec
from django.http import HttpRequest

from ledgerflow.core.errors import Malformed

Value = TypeVar("Value")
MAX_TEXT = 500
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def refuse_unknown(request: HttpRequest, known: Iterable[str], *, prefix: str = "") -> None:
    """Raise `Malformed` for a parameter that is not `known` (and does not start with `prefix`), or is given twice."""
    allowed = set(known)
    for name, values in request.GET.lists():
        if name not in allowed and not (prefix and name.startswith(prefix)):
            message = f"There is no parameter {name[:100]!r} here."
            raise Malformed(message, pointer=f"/{name}")
        if len(values) > 1:
            message = f"The parameter {name!r} is given {len(values)} times."
            raise Malformed(message, pointer=f"/{name}")


def text_parameter(request: HttpRequest, name: str) -> str | None:
    """The parameter as it is, None when it is not given."""
    text = request.GET.get(name)
    if text is not None and (not text or len(text) > MAX_TEXT or "\x00" in text):
        message = f"The parameter {name!r} has from 1 to {MAX_TEXT} characters."
        raise Malformed(message, pointer=f"/{name}")
    return text


def date_parameter(request: HttpRequest, name: str) -> date | None:
    """A business date, YYYY-MM-DD."""
    return _parameter(request, name, date, "a date, YYYY-MM-DD")


def moment_parameter(request: HttpRequest, name: str) -> datetime | None:
    """A moment in UTC, given in RFC 3339 with its offset; one outside of the years 1 to 9999 is moved into them.

    In UTC, because PostgreSQL takes no offset of 16 hours or more, and RFC 3339 does.
    """
    moment = _parameter(request, name, datetime, "a moment, such as 2026-03-02T12:00:00Z")
    if moment is None:
        return None
    if moment.tzinfo is None:
        message = f"The parameter {name!r} needs its offset from UTC, such as Z."
        raise Malformed(message, pointer=f"/{name}")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return EARLIEST if moment.year == 1 else LATEST


def _parameter(request: HttpRequest, name: str, wanted: type[Value], words: str) -> Value | None:
    text = request.GET.get(name)
    if text is None:
        return None
    try:
        return msgspec.convert(text, wanted)
    except msgspec.ValidationError as error:
        message = f"The parameter {name!r} is {words}."
        raise Malformed(message, pointer=f"/{name}") from error
