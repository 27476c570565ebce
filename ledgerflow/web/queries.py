"""Query parameters of read endpoints, checked: a misspelt filter is refused, not ignored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.http import HttpRequest

from ledgerflow.core.dates import check_day, check_moment
from ledgerflow.core.errors import Malformed, ParameterNotOneOf
from ledgerflow.core.errors.form import (
    ParameterLength,
    ParameterRefused,
    ParameterRepeated,
    ParameterUnknown,
    ParameterWithoutOffset,
)

Value = TypeVar("Value")
MAX_TEXT = 500
MAX_WHOLE_DIGITS = 9
PAGING = ("limit", "cursor")


class Parameter(NamedTuple):
    """A query parameter: its name, how it is read (None where it is not given), and what the OpenAPI document says.

    One whose name ends in `{name}` stands for all that begin alike, and is read as a dictionary by the rest.
    """

    name: str
    read: Callable[[HttpRequest, str], Any]
    schema: dict[str, Any]
    description: str = ""
    required: bool = False


def a_text(
    name: str, description: str = "", *, schema: dict[str, Any] | None = None, required: bool = False
) -> Parameter:
    """Any text, of the form that `schema` tells; who uses it says what is wrong with another."""
    read = _required_text if required else text_parameter
    return Parameter(name, read, {"type": "string"} | (schema or {}), description, required)


def a_date(name: str, description: str = "") -> Parameter:
    """A business date."""
    return Parameter(name, date_parameter, {"type": "string", "format": "date"}, description)


def a_moment(name: str, description: str = "") -> Parameter:
    """A moment, read in UTC."""
    return Parameter(name, moment_parameter, {"type": "string", "format": "date-time"}, description)


def a_choice(name: str, choices: Sequence[str], description: str = "") -> Parameter:
    """One of a few words."""

    def read(request: HttpRequest, name: str) -> str | None:
        given = text_parameter(request, name)
        if given is not None and given not in choices:
            raise ParameterNotOneOf(pointer=f"/{name}", name=name, choices=", ".join(choices))
        return given

    return Parameter(name, read, {"type": "string", "enum": list(choices)}, description)


def a_flag(name: str, description: str = "") -> Parameter:
    """One that is true or false."""
    words = a_choice(name, ("false", "true"))

    def read(request: HttpRequest, name: str) -> bool | None:
        given = words.read(request, name)
        return None if given is None else given == "true"

    return Parameter(name, read, {"type": "boolean"}, description)


def a_whole_number(name: str, description: str = "", *, required: bool = False) -> Parameter:
    """A whole number from 1 on."""
    read = _required_whole_number if required else _whole_number
    return Parameter(name, read, {"type": "integer", "minimum": 1}, description, required)


def a_number(name: str, least: int, most: int, description: str = "") -> Parameter:
    """A whole number from `least` to `most`."""

    def read(request: HttpRequest, name: str) -> int | None:
        text = request.GET.get(name)
        if text is None:
            return None
        # No int() on free text: it also takes "1_0", " 5 " and Arabic digits.
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            raise ParameterRefused(pointer=f"/{name}", name=name, words=f"a whole number from {least} to {most}")
        return int(text)

    return Parameter(name, read, {"type": "integer", "minimum": least, "maximum": most}, description)


def a_family(prefix: str, description: str = "") -> Parameter:
    """All parameters that begin with `prefix`, as texts by what follows it."""

    def read(request: HttpRequest, _name: str) -> dict[str, str]:
        names = [name for name in request.GET if name.startswith(prefix)]
        return {name.removeprefix(prefix): text_parameter(request, name) or "" for name in names}

    return Parameter(prefix + "{name}", read, {"type": "string"}, description)


def read_query(request: HttpRequest, known: Sequence[Parameter], *, paged: bool = False) -> dict[str, Any]:
    """The value of each known parameter. Raises `Malformed` for one that is unknown, given twice, or wrong."""
    if request.META.get("QUERY_STRING"):
        _refuse_unknown(request, known, PAGING if paged else ())
    return {one.name: one.read(request, one.name) for one in known}


def _refuse_unknown(request: HttpRequest, known: Sequence[Parameter], others: Sequence[str]) -> None:
    allowed = {one.name for one in known}.union(others)
    prefixes = tuple(one.name.removesuffix("{name}") for one in known if one.name.endswith("{name}"))
    for name, values in request.GET.lists():
        if name not in allowed and not name.startswith(prefixes):
            raise ParameterUnknown(pointer=f"/{name}", name=name[:100])
        if len(values) > 1:
            raise ParameterRepeated(pointer=f"/{name}", name=name, times=len(values))


def text_parameter(request: HttpRequest, name: str) -> str | None:
    """The parameter as it is, None when it is not given."""
    text = request.GET.get(name)
    if text is not None and (not text or len(text) > MAX_TEXT or "\x00" in text):
        raise ParameterLength(pointer=f"/{name}", name=name, most=MAX_TEXT)
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
        raise ParameterWithoutOffset(pointer=f"/{name}", name=name)
    return check_moment(moment, f"/{name}")


def _required_text(request: HttpRequest, name: str) -> str:
    text = text_parameter(request, name)
    if text is None:
        message = f"The parameter {name!r} is missing."
        raise Malformed(message, pointer=f"/{name}")
    return text


def _whole_number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name)
    if text is None:
        return None
    # No int() on free text: it also takes "1_0", " 5 " and Arabic digits.
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_WHOLE_DIGITS and int(text)):
        message = f"The parameter {name!r} is a whole number from 1 on."
        raise Malformed(message, pointer=f"/{name}")
    return int(text)


def _required_whole_number(request: HttpRequest, name: str) -> int | None:
    _required_text(request, name)
    return _whole_number(request, name)


def _parameter(request: HttpRequest, name: str, wanted: type[Value], words: str) -> Value | None:
    text = request.GET.get(name)
    if text is None:
        return None
    try:
        return msgspec.convert(text, wanted)
    except msgspec.ValidationError as error:
        raise ParameterRefused(pointer=f"/{name}", name=name, words=words) from error
