"""Lists a page at a time: a cursor says after which row to go on, so a page costs the same wherever it stands.

A cursor is signed together with its list: the address, its filters and whose list it is. So no client can make one, and
one of another list, where its position would mean something else, is refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from ledgerflow.core.errors import Malformed
from ledgerflow.core.errors.form import CursorRefused, LimitOutOfRange

Row = TypeVar("Row", bound=Model)
Position = Sequence[Any]

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_CURSOR = 2000
_MAX_LIMIT_DIGITS = 4
_SALT = "ledgerflow.cursor.1"  # another one when what a position holds changes: old cursors are then refused
_SIGNATURE_BYTES = 12  # nobody can try 2^95 cursors, and addresses stay short


class Paging(NamedTuple):
    """How many rows to show, and the position of the last row the client has (None: from the start)."""

    limit: int
    after: list[Any] | None


class Page(NamedTuple):
    rows: list[Any]
    position: Position | None  # of the last row, None when nothing follows


def paging_of(request: HttpRequest, entity_id: UUID) -> Paging:
    """`?limit=` (1 to 1000, default 100) and `?cursor=`. Raises `Malformed` with a pointer to the parameter."""
    text = request.GET.get("limit", str(DEFAULT_LIMIT))
    # No int() on free text: it also takes "1_0", " 5 " and Arabic digits.
    good = text.isascii() and text.isdigit() and len(text) <= _MAX_LIMIT_DIGITS
    limit = int(text) if good else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise LimitOutOfRange(pointer="/limit", most=MAX_LIMIT)
    cursor = request.GET.get("cursor")
    return Paging(limit, None if cursor is None else _position(request, entity_id, cursor))


def page_of(rows: QuerySet[Row], paging: Paging, order: Sequence[str]) -> Page:
    """The page of `rows` in the order of these fields, which together are unique; all rising or all ("-…") falling.

    One query, never a count. Raises `Malformed` for a cursor whose position is none of these rows.
    """
    names = [name.removeprefix("-") for name in order]
    falling = [name.startswith("-") for name in order]
    if any(falling) != all(falling):
        message = f"{order}: a row comparison goes one way, so the fields of an order are all rising or all falling."
        raise ValueError(message)
    if paging.after is not None:
        rows = rows.filter(_beyond(rows.model, names, paging.after, "<" if falling[0] else ">"))
    found: list[Any] = list(rows.order_by(*order)[: paging.limit + 1])
    if len(found) <= paging.limit:
        return Page(found, None)
    shown = found[: paging.limit]
    return Page(shown, [getattr(shown[-1], name) for name in names])


def next_url(request: HttpRequest, entity_id: UUID, position: Position | None) -> str | None:
    """The address of the page after `position`, with the query's other parameters kept."""
    if position is None:
        return None
    payload = msgspec.json.encode(list(position))
    signature = _signature(request, entity_id, payload, settings.SECRET_KEY)
    cursor = base64.urlsafe_b64encode(signature + payload).rstrip(b"=").decode()
    others = [(name, value) for name, values in request.GET.lists() for value in values if name != "cursor"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*others, ('cursor', cursor)])}")


def _position(request: HttpRequest, entity_id: UUID, cursor: str) -> list[Any]:
    signed = _decoded(cursor)
    signature, payload = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if constant_time_compare(signature, _signature(request, entity_id, payload, key)):
            return msgspec.json.decode(payload, type=list[Any])
    raise _bad_cursor()


def _decoded(cursor: str) -> bytes:
    if len(cursor) > MAX_CURSOR:
        raise _bad_cursor()
    try:
        return base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error


def _signature(request: HttpRequest, entity_id: UUID, payload: bytes, key: str | bytes) -> bytes:
    """Over the position and the list it is of: a page may have another length, but no other filters."""
    filters = sorted((name, value) for name, value in request.GET.items() if name not in {"cursor", "limit"})
    signed = msgspec.json.encode([entity_id, request.path, filters, payload])
    return salted_hmac(_SALT, signed, secret=key, algorithm="sha256").digest()[:_SIGNATURE_BYTES]


def _bad_cursor() -> Malformed:
    return CursorRefused(pointer="/cursor")


def _beyond(model: type[Model], names: list[str], after: list[Any], comparison: str) -> Func:
    """(a, b) < (x, y): the comparison of rows, whose start PostgreSQL finds in an index of these columns.

    Written out with AND and OR it would read, and throw away, all rows with the same `a` before the page: a whole day.
    """
    fields: list[Any] = [model._meta.get_field(name) for name in names]  # noqa: SLF001 - Django's documented model API
    try:
        values = [Value(field.to_python(one), field) for field, one in zip(fields, after, strict=True)]
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise _bad_cursor() from error
    rows = [Func(*parts, template="(%(expressions)s)") for parts in (map(F, names), values)]
    compared = f" {comparison} "
    return Func(*rows, template="%(expressions)s", arg_joiner=compared, output_field=BooleanField())
