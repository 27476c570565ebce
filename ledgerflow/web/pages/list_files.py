"""A list of the admin as a file: all rows with these filters, as machines read them.

Rows are read in the order of the list by a cursor of the database, and made ready some at a time, so that memory does
not grow with them. All of it is of one moment.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, Protocol, TypeVar

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import label_for_field, lookup_field
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from ledgerflow.books.admission import admitted, within_time
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import models_of_one_moment
from ledgerflow.core import clocks
from ledgerflow.core.documents import Cell, printable
from ledgerflow.core.locales.current import MACHINE, written_as
from ledgerflow.core.money import plain
from ledgerflow.documents.csvfile import csv_lines
from ledgerflow.web.downloads import CONTENT_TYPES, file_download
from ledgerflow.web.pages.books_of_page import chosen_entity
from ledgerflow.web.pages.chips import Chip
from ledgerflow.web.pages.columns import is_beside_data, name_of

MOST_ROWS = 50_000
BATCH_ROWS = 500
CUT = "The first {most:,} rows: the list has more. Filters make it shorter."
Item = TypeVar("Item")

# In a cell of a page these elements carry what they show for machines.
_FOR_MACHINES = re.compile(r'<(data|time)\s[^>]*?(?:value|datetime)="([^"]*)"[^>]*>.*?</\1>', re.DOTALL)


class WholeList(Protocol):
    """What a file needs of a list of the admin."""

    title: Any
    model: type[Model]
    model_admin: Any
    all_columns: Sequence[Any]
    queryset: QuerySet[Any]
    entity: Entity | None
    chips: list[Chip]

    def make_ready(self, rows: list[Any]) -> None: ...


class LongerThanAnAnswer(Exception):
    """Raised where a list has more rows than an answer takes, and a job makes files of any length."""


def list_as_csv(model_admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponseBase:
    """The file of the list that this address asks for.

    Raises `ReportsBusy` and `ReportTimedOut`, and `LongerThanAnAnswer` where the request has a job for such lists of
    some books; elsewhere the file is cut.
    """
    entity = chosen_entity(request)
    with ExitStack() as within:
        if entity is not None:
            within.enter_context(admitted(entity.pk))
        within.enter_context(models_of_one_moment())
        # Its filters are what a person typed: -1 is counted from the business date, and 10/11 read in his order.
        changelist: Any = model_admin.get_changelist_instance(request)
        within.enter_context(written_as(MACHINE))
        books = f"-{changelist.entity.code}" if changelist.entity else ""
        name = f"{model_admin.opts.verbose_name_plural}{books}.csv"
        is_longer = changelist.queryset.order_by()[: MOST_ROWS + 1].count() > MOST_ROWS
        if is_longer and changelist.entity is not None and hasattr(request, "longer_files_at"):
            raise LongerThanAnAnswer
        rows = changelist.queryset[:MOST_ROWS].iterator(chunk_size=BATCH_ROWS)
        lines = list_lines(changelist, rows, CUT.format(most=MOST_ROWS) if is_longer else "")

        def write(file: BinaryIO) -> None:
            file.writelines(line.encode() for line in within_time(lines))

        return file_download(name, CONTENT_TYPES["csv"], write)


def list_lines(changelist: WholeList, rows: Iterable[Model], note: str = "") -> Iterator[str]:
    """The lines of the file with these rows of a list, which are read as the lines are."""
    admin, entity = changelist.model_admin, changelist.entity
    names = [name for one in changelist.all_columns if not is_beside_data(admin, name := name_of(one))]
    titles = [capfirst(str(label_for_field(name, changelist.model, admin))) for name in names]
    above = [("List", str(changelist.title)), *([("Entity", f"{entity.name} ({entity.code})")] if entity else [])]
    above += [(chip.label, chip.text) for chip in changelist.chips]
    above.append(("Generated", f"{clocks.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    above += [("Note", note)] if note else []
    return csv_lines(above, titles, _cells(changelist, names, rows))


def _cells(changelist: WholeList, names: list[str], rows: Iterable[Model]) -> Iterator[list[Cell]]:
    for batch in _in_batches(rows):
        changelist.make_ready(batch)
        for row in batch:
            yield [_cell(lookup_field(name, row, changelist.model_admin)[2]) for name in names]


def _in_batches(rows: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH_ROWS)):
        yield batch


def _cell(value: Any) -> Cell:
    """A value of a field as it is stored; what a column writes for people, as a text without its elements."""
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    if isinstance(value, int | date):
        return value
    text = printable(_bare(value) if isinstance(value, SafeString) else str(value))
    return Decimal(text) if _is_negative(text) else text


def _bare(element: str) -> str:
    return html.unescape(strip_tags(_FOR_MACHINES.sub(r"\2", element)))


def _is_negative(text: str) -> bool:
    """Whether it is an amount below zero, which would be taken for a formula as a text."""
    return re.fullmatch(r"-[0-9]+(\.[0-9]+)?", text, re.ASCII) is not None and plain(Decimal(text)) == text
