"""What an import works on: one item is a row, or the rows of one journal, and what they ask for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from ledgerflow.core.errors import LedgerError, Malformed
from ledgerflow.core.money import parse_signed
from ledgerflow.files.errors import CellRefused, MetadataNotAnObject, RowsDiffer, RowUnlikeHeader
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow

Wanted = TypeVar("Wanted")

_STEP = re.compile(r"[0-9]{1,7}", re.ASCII)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Item(NamedTuple, Generic[Wanted]):
    """Either `wanted` (what to post or open) or the `refusal` of rows that say nothing usable.

    `row` is the line of the file on which it starts, `after` where an import goes on when this one is done.
    """

    row: int
    after: int
    raw: list[list[str]]
    wanted: Wanted | None = None
    refusal: LedgerError | None = None


def raw_text(raw: list[list[str]]) -> str:
    """The cells of an item's rows as text for the table of refusals; JSON escapes what PostgreSQL cannot store."""
    return msgspec.json.encode(raw).decode()


def read_raw(text: str) -> list[list[str]]:
    """The cells back from that text."""
    return msgspec.json.decode(text, type=list[list[str]])


def check_cells(row: FileRow, columns: int) -> None:
    """Raise `Malformed` for a row that could not be taken apart or has not as many cells as the header."""
    if row.problem:
        raise Malformed(row.problem)
    if len(row.cells) != columns:
        raise RowUnlikeHeader(cells=len(row.cells), columns=columns)


def read_date(text: str, start: date | None) -> date | None:
    """A business date: None for "", ISO 8601, or with a start date the number of days after it.

    Raises `Malformed`.
    """
    if not text:
        return None
    try:
        if start is not None:
            if _STEP.fullmatch(text):
                return start + timedelta(days=int(text))
        elif _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except (ValueError, OverflowError):
        pass
    wanted = "a number of days" if start is not None else "a date like 2026-03-31"
    raise CellRefused(pointer="/effective_date", text=text[:50], wanted=wanted)


def read_limit(text: str, pointer: str) -> Decimal | None:
    """A signed amount, or None for ""."""
    return parse_signed(text, pointer) if text else None


def read_metadata(fields: Mapping[str, str]) -> dict[str, Any] | None:
    """The field `metadata`, a JSON object, with the fields `metadata.X` put in; None when there is nothing.

    Raises `Malformed`.
    """
    metadata: dict[str, Any] = {}
    if fields.get("metadata"):
        try:
            metadata = msgspec.json.decode(fields["metadata"], type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise MetadataNotAnObject(pointer="/metadata") from error
    named = {name.removeprefix("metadata."): text for name, text in fields.items() if name.startswith("metadata.")}
    return {**metadata, **{name: text for name, text in named.items() if text}} or None


class Group(NamedTuple):
    """The rows of one journal; not `whole` when it has too many and these are some of them."""

    rows: list[FileRow]
    whole: bool = True


def grouped(rows: Iterable[FileRow], column: int, most: int) -> Iterator[Group]:
    """Consecutive rows with the same cell in `column`, in lists of at most `most` + 1 rows.

    A row that cannot be read might belong to the group before or after it: it comes out together with both, so that
    neither is taken for complete.
    """
    group: list[FileRow] = []
    name: str | None = None
    whole = True
    for row in rows:
        mine = None if row.problem or len(row.cells) <= column else row.cells[column]
        if group and name is not None and mine is not None and mine != name:
            yield Group(group, whole)
            group, whole = [], True
        elif len(group) > most:
            yield Group(group, whole=False)
            group, whole = [], False
        group.append(row)
        name = mine  # None after an unreadable row: whatever comes next joins it
    if group:
        yield Group(group, whole)


def start_date_of(text: str) -> date | None:
    """The option `--start-date`. Raises `OptionProblem`."""
    try:
        return read_date(text, None)
    except Malformed as error:
        raise OptionProblem(error.message) from error


def without_done(rows: Iterable[FileRow], next_row: int) -> Iterator[FileRow]:
    """The rows from the one on at which an import goes on."""
    return (row for row in rows if row.number >= next_row)


def limited(items: Iterable[Item[Wanted]], most: int, most_rows: int) -> Iterator[list[Item[Wanted]]]:
    """Items in lists of at most `most`, shorter when they are made of `most_rows` rows or more."""
    batch: list[Item[Wanted]] = []
    rows = 0
    for item in items:
        batch.append(item)
        rows += len(item.raw)
        if len(batch) >= most or rows >= most_rows:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def same_for_all(values: Sequence[str], field: str) -> str:
    """The one value that the rows of a journal have in common. Raises `Malformed` when they differ."""
    if any(value != values[0] for value in values):
        raise RowsDiffer(pointer=f"/{field}", field=field)
    return values[0]
