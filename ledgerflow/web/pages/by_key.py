"""Pages of a list by key: what comes after the last row that one has seen, or before the first.

Nothing is counted and nothing is skipped over, so that the thousandth page costs what the first does. The key is the
columns that the list is ordered by; within its books they name one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from django.db.models import CharField, DateField, Q, QuerySet, UUIDField
from django.http import HttpRequest
from django.utils.translation import gettext

from ledgerflow.core.dates import EARLIEST, LATEST
from ledgerflow.core.texts import is_storable
from ledgerflow.web.pages.chips import KEYS, without

OLDER, NEWER = KEYS
SEPARATOR = "~"
MOST_DIGITS = 18  # fits a bigint


class KeyUnreadable(ValueError):
    """The address names a row in a way that no row of this list has."""


class KeyPage(NamedTuple):
    """The rows of one page, and the addresses of those beside it; empty where there is none.

    In an order that rises, such as that of codes, `newer` is the page before.
    """

    rows: list[Any]
    newer: str
    older: str
    falls: bool


def page_by_key(request: HttpRequest, rows: QuerySet[Any], order: Sequence[str], most: int) -> KeyPage:
    """The page that the address asks for. `order` is the columns, "-" before those that fall; raises `KeyUnreadable`.

    Whoever asks for newer rows than the newest gets the first page.
    """
    falls = order[0].startswith("-")
    older, newer = (request.GET.get(name, "") for name in (OLDER, NEWER))
    if newer:
        turned = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order]
        found = list(rows.filter(_after(_read(newer, rows, order), turned)).order_by(*turned)[: most + 1])
        if len(found) > most:
            shown = found[most - 1 :: -1]
            first, last = _address(request, NEWER, shown[0], order), _address(request, OLDER, shown[-1], order)
            return KeyPage(shown, first, last, falls)
        older = ""
    if older:
        rows = rows.filter(_after(_read(older, rows, order), order))
    found = list(rows.order_by(*order)[: most + 1])
    shown = found[:most]
    return KeyPage(
        shown,
        _address(request, NEWER, shown[0], order) if older and shown else "",
        _address(request, OLDER, shown[-1], order) if len(found) > most else "",
        falls,
    )


def _after(key: Sequence[Any], order: Sequence[str]) -> Q:
    """What stands after this key: later in its first column, or as far in it and later in the next."""
    names = [name.removeprefix("-") for name in order]
    sides = ["lt" if name.startswith("-") else "gt" for name in order]
    ways = [
        Q(**dict(zip(names[:place], key, strict=False)), **{f"{names[place]}__{sides[place]}": key[place]})
        for place in range(len(names))
    ]
    # The first column alone is said as well: by it the database enters the index where the page begins.
    return Q(**{f"{names[0]}__{sides[0]}e": key[0]}) & reduce(or_, ways)


def _read(text: str, rows: QuerySet[Any], order: Sequence[str]) -> list[Any]:
    parts = text.split(SEPARATOR) if len(order) > 1 else [text]
    if len(parts) != len(order):
        raise KeyUnreadable(gettext("The address names no row of this list."))
    return [_value(part, rows, name.removeprefix("-")) for part, name in zip(parts, order, strict=True)]


def _value(text: str, rows: QuerySet[Any], name: str) -> date | int | str | UUID:
    field = rows.model._meta.pk if name == "pk" else rows.model._meta.get_field(name)  # noqa: SLF001 - Django documents it
    try:
        if isinstance(field, DateField):
            day = date.fromisoformat(text)
            if EARLIEST <= day <= LATEST:
                return day
        elif isinstance(field, UUIDField):
            return UUID(text)
        elif isinstance(field, CharField):
            if is_storable(text):
                return text
        elif text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
            return int(text)
    except ValueError:
        pass
    raise KeyUnreadable(gettext("The address names no row of this list."))


def _address(request: HttpRequest, way: str, row: Any, order: Sequence[str]) -> str:
    query = without(request)
    key = SEPARATOR.join(str(getattr(row, name.removeprefix("-"))) for name in order)
    return f"{query}{'&' if len(query) > 1 else ''}{way}={quote(key, safe=SEPARATOR)}"
