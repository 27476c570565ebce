"""Lists a page at a time: a cursor says after which row to go on, so a page costs the same wherever it stands."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from ledgerflow.core.errors import Malformed

Row = TypeVar("Row", bound=Model)
Position = Sequence[Any]

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_CURSOR = 2000
_MAX_LIMIT_DIGITS = 4


class Paging(NamedTuple):
    """How many rows to show, and the position of the last row the client has (None: from the start)."""

    limit: int
    after: list[Any] | None


class Page(NamedTuple):
    rows: list[Any]
    position: Position | None  # of the last row, None when nothing follows


def paging_of(request: HttpRequest) -> Paging:
    """`?limit=` (1 to 1000, default 100) and `?cursor=`. Raises `Malformed` with a pointer to the parameter."""
    text = request.GET.get("limit", str(DEFAULT_LIMIT))
    # No int() on free text: it also takes "1_0", " 5 " and Arabic digits.
    good = text.isascii() and text.isdigit() and len(text) <= _MAX_LIMIT_DIGITS
    limit = int(text) if good else 0
    if not 1 <= limit <= MAX_LIMIT:
        message = f"A limit is a whole number from 1 to {MAX_LIMIT}."
        raise Malformed(message, pointer="/limit")
    cursor = request.GET.get("cursor")
    return Paging(limit, None if cursor is None else _position(cursor))


def page_of(rows: QuerySet[Row], paging: Paging, order: Sequence[str]) -> Page:
    """The page of `rows` in the order of these fields, which together are unique; all rising or all ("-…") falling.

    One query, never a count. Raises `Malformed` for a cursor of another list.
    """
    names = [name.removeprefix("-") for name in order]
    if paging.after is not None:
        rows = rows.filter(_beyond(names, _values(rows, names, paging.after), "lt" if order[0][0] == "-" else "gt"))
    found: list[Any] = list(rows.order_by(*order)[: paging.limit + 1])
    if len(found) <= paging.limit:
        return Page(found, None)
    shown = found[: paging.limit]
    return Page(shown, [getattr(shown[-1], name) for name in names])


def next_url(request: HttpRequest, position: Position | None) -> str | None:
    """The address of the page after `position`, with the query's other parameters kept."""
    if position is None:
        return None
    cursor = base64.urlsafe_b64encode(msgspec.json.encode(list(position))).rstrip(b"=").decode()
    others = [(name, value) for name, values in request.GET.lists() for value in values if name != "cursor"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*others, ('cursor', cursor)])}")


def page_json(request: HttpRequest, results: list[Any], position: Position | None) -> dict[str, Any]:
    """The body of a list answer."""
    return {"results": results, "next": next_url(request, position)}


def bad_cursor() -> Malformed:
    return Malformed("This cursor was not made by this list.", pointer="/cursor")


def _position(cursor: str) -> list[Any]:
    try:
        padded = cursor[:MAX_CURSOR].encode("ascii") + b"=" * (-len(cursor[:MAX_CURSOR]) % 4)
        return msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=list[str | int])
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise bad_cursor() from error


def _values(rows: QuerySet[Row], names: list[str], after: list[Any]) -> list[Any]:
    if len(after) != len(names) or any(isinstance(value, str) and "\x00" in value for value in after):
        raise bad_cursor()
    fields = [rows.model._meta.get_field(name) for name in names]  # noqa: SLF001 - Django's documented model API
    try:
        return [field.to_python(value) for field, value in zip(fields, after, strict=True)]  # type: ignore[union-attr]
    except (ValidationError, ValueError, OverflowError) as error:
        raise bad_cursor() from error


def _beyond(names: list[str], values: list[Any], comparison: str) -> Q:
    """Row comparison, (a, b) < (x, y), in a form that PostgreSQL finds the start of in an index."""
    name, *others = names
    beyond = Q(**{f"{name}__{comparison}": values[0]})
    if not others:
        return beyond
    return Q(**{f"{name}__{comparison}e": values[0]}) & (beyond | _beyond(others, values[1:], comparison))
