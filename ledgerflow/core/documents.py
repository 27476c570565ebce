"""A report as a table to download, whichever report it is: what it is called, what was asked, and its rows. Pure.

Renderers in `ledgerflow.documents` make files of it. Amounts are `Decimal`s in major units, written with the scale of
their currency (`money.at_scale`); nothing here is a float.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from ledgerflow.core.money import plain

Cell: TypeAlias = str | Decimal | int | date | None
Kind: TypeAlias = Literal["text", "amount", "date", "integer"]
Style: TypeAlias = Literal["normal", "heading", "subtotal", "total"]
Format: TypeAlias = Literal["json", "csv", "xlsx", "pdf", "html"]
FORMATS: tuple[Format, ...] = get_args(Format)

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_WIDTHS: dict[Kind, int] = {"text": 24, "amount": 18, "date": 10, "integer": 9}


class Column(msgspec.Struct, frozen=True):
    """`width` is a hint in characters: what a usual cell takes (24 for text, 18 for amounts unless given)."""

    name: str
    kind: Kind = "text"
    width: int = 0

    @property
    def usual_width(self) -> int:
        return self.width or _WIDTHS[self.kind]

    @property
    def is_right(self) -> bool:
        """Whether cells stand at the right edge: numbers do."""
        return self.kind in {"amount", "integer"}


class DocumentRow(msgspec.Struct, frozen=True):
    """One cell per column, None for an empty one. `indent` is the level in a tree; it moves the first column."""

    cells: tuple[Cell, ...]
    style: Style = "normal"
    indent: int = 0


class DataCut(msgspec.Struct, frozen=True):
    """The last event the report knows of, and when that was recorded (UTC)."""

    event_sequence: int
    recorded_at: str

    def __str__(self) -> str:
        return f"Data up to event {self.event_sequence}, {self.recorded_at}"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A report. `rows` is gone through once, so a generator will do; `parameters` and `notes` are printed with it.

    `is_tree` says that rows have levels and subtotals: CSV then has two more columns to tell them by.
    """

    title: str
    entity_code: str
    entity_name: str
    data_cut: DataCut
    generated_at: datetime
    columns: tuple[Column, ...]
    rows: Iterable[DocumentRow]
    parameters: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    is_tree: bool = False

    @property
    def entity(self) -> str:
        return f"{self.entity_name} ({self.entity_code})"

    @property
    def generated(self) -> str:
        """When the report was made, in UTC to the second."""
        return f"Generated {self.generated_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def preamble(self) -> list[tuple[str, str]]:
        """What stands above the table, as (name, value) pairs."""
        return [
            ("Report", self.title),
            ("Entity", self.entity),
            *self.parameters,
            ("Data cut", str(self.data_cut)),
            ("Generated", self.generated.removeprefix("Generated ")),
        ]


def printable(text: str) -> str:
    """One line of text that any file can hold: breaks and tabs are a space, other control characters U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub("\ufffd", _BREAKS.sub(" ", text))


def cells_of(row: DocumentRow, columns: Sequence[Column]) -> Iterator[Cell]:
    """The row's cells, ready to be written: texts printable, decimal strings in amount columns as `Decimal`.

    Raises `TypeError` for a float, which cannot be an amount, and `ValueError` unless there is a cell per column.
    """
    for cell, column in zip(row.cells, columns, strict=True):
        value: Any = cell
        if isinstance(value, str):
            yield Decimal(value) if column.kind == "amount" and _DECIMAL.fullmatch(value) else printable(value)
        elif isinstance(value, float):
            message = f"A cell of {column.name!r} is a float."
            raise TypeError(message)
        else:
            yield value


def cell_text(cell: Cell) -> str:
    """The cell as text: amounts as plain decimals, dates as YYYY-MM-DD, nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return plain(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)
