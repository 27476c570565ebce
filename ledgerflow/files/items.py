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
from ledgerflow.files.dates import date_pattern, day_of_match, possible_readings
from ledgerflow.files.errors import (
    CellRefused,
    DateAmbiguous,
    DateNeedsFormat,
    DateNotThere,
    DateUnlikeFormat,
    HeaderRepeated,
    MetadataNotAnObject,
    RowsDiffer,
    RowUnlikeHeader,
)
from ledgerflow.files.numbers import Numbers
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow

Wanted = TypeVar("Wanted")

DATE = "/effective_date"

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


def check_cells(row: FileRow, header: Sequence[str]) -> None:
    """Raise `Malformed` for a row that could not be taken apart, is the header again, or is not as long as it."""
    if row.problem:
        raise Malformed(row.problem)
    if len(row.cells) != len(header):
        raise RowUnlikeHeader(cells=len(row.cells), columns=len(header))
    if row.cells[0].strip() == header[0] and all(map(_is_same, row.cells, header)):
        raise HeaderRepeated


def _is_same(cell: str, name: str) -> bool:
    return cell.strip() == name


def read_date(text: str, start: date | None, date_format: str = "") -> date | None:
    """A business date: None for "", by the format or ISO 8601, or with a start date the number of days after it.

    Raises `Malformed`.
    """
    if not text:
        return None
    if start is not None:
        return _day_after(text, start)
    if not date_format:
        return _iso_date(text)
    pattern = date_pattern(date_format)
    match = pattern.fullmatch(text) if pattern else None
    if match is None:
        raise DateUnlikeFormat(pointer=DATE, text=text[:50], date_format=date_format)
    return _there(day_of_match(match), text)


def _day_after(text: str, start: date) -> date:
    try:
        if _STEP.fullmatch(text):
            return start + timedelta(days=int(text))
    except OverflowError:
        pass
    raise CellRefused(pointer=DATE, text=text[:50], wanted="a number of days")


def _iso_date(text: str) -> date:
    """Raises what is wrong, with the formats that would read it: a day that is guessed is a wrong day half the time."""
    if _ISO_DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise DateNotThere(pointer=DATE, text=text[:50]) from None
    found = possible_readings(text)
    if found is None:
        raise CellRefused(pointer=DATE, text=text[:50], wanted="a date like 2026-03-31")
    if not found:
        raise DateNotThere(pointer=DATE, text=text[:50])
    if len(set(found.values())) > 1:
        readings = " and ".join(f"{day} as {date_format}" for date_format, day in found.items())
        raise DateAmbiguous(pointer=DATE, text=text[:50], readings=readings)
    date_format, day = next(iter(found.items()))
    raise DateNeedsFormat(pointer=DATE, text=text[:50], reading=day, date_format=date_format)


def _there(day: date | None, text: str) -> date:
    if day is None:
        raise DateNotThere(pointer=DATE, text=text[:50])
    return day


def read_limit(text: str, pointer: str, numbers: Numbers) -> Decimal | None:
    """A signed amount, or None for ""."""
    return parse_signed(numbers.plain(text, pointer), pointer) if text else None


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
