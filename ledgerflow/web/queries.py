"""Query parameters of read endpoints, checked: a misspelt filter is refused, not ignored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeVar

import msgspec
from django.http import HttpRequest

from ledgerflow.core.dates import check_day, check_moment
from ledgerflow.core.errors import Malformed

Value = TypeVar("Value")
MAX_TEXT = 500


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
    """A business date, YYYY-MM-DD. Raises `Malformed`, `DateOutOfRange`."""
    day = _parameter(request, name, date, "a date, YYYY-MM-DD")
    check_day(day, f"/{name}")
    return day


def moment_parameter(request: HttpRequest, name: str) -> datetime | None:
    """A moment in UTC, given in RFC 3339 with its offset. Raises `Malformed`, `DateOutOfRange`.

    In UTC, because PostgreSQL takes no offset of 16 hours or more, and RFC 3339 does.
    """
    moment = _parameter(request, name, datetime, "a moment, such as 2026-03-02T12:00:00Z")
    if moment is None:
        return None
    if moment.tzinfo is None:
        message = f"The parameter {name!r} needs its offset from UTC, such as Z."
        raise Malformed(message, pointer=f"/{name}")
    return check_moment(moment, f"/{name}")


def _parameter(request: HttpRequest, name: str, wanted: type[Value], words: str) -> Value | None:
    text = request.GET.get(name)
    if text is None:
        return None
    try:
        return msgspec.convert(text, wanted)
    except msgspec.ValidationError as error:
        message = f"The parameter {name!r} is {words}."
        raise Malformed(message, pointer=f"/{name}") from error
