"""A document as CSV (RFC 4180): UTF-8 without a byte order mark, lines end in CRLF.

First come lines that start with "#" (name, value): what was asked for and up to which event; then the line of column
names, then the rows. Amounts have neither thousands separators nor currency signs. A text that a spreadsheet would
take for a formula gets an apostrophe in front (OWASP, "CSV Injection"); amounts are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ledgerflow.core.documents import Cell, Document, DocumentRow, cell_text, cells_of, printable

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_QUOTED = re.compile(r'[#",;]|^\s|\s$')  # "#" too: readers that skip comments look for it anywhere
LEVEL_COLUMNS = ("Level", "Row")


def to_csv(document: Document) -> Iterator[str]:
    """The lines of the file, each with its end. `rows` is read as the lines are."""
    above = [*document.preamble(), *(("Note", note) for note in document.notes)]
    names = [*(column.name for column in document.columns), *(LEVEL_COLUMNS if document.is_tree else ())]
    rows = ([*cells_of(row, document.columns), *(_level(row) if document.is_tree else ())] for row in document.rows)
    return csv_lines(above, names, rows)


def csv_lines(above: Iterable[tuple[str, str]], names: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """The same of any table: what stands above it, the names of its columns, and its rows with printable texts."""
    for name, value in above:
        yield f"# {printable(name)},{_field(printable(value))}\r\n"
    yield _line(printable(name) for name in names)
    yield from map(_line, rows)


def _level(row: DocumentRow) -> tuple[int, str]:
    return row.indent, row.style


def _line(cells: Iterable[Cell]) -> str:
    line = ",".join(_field(cell) if isinstance(cell, str) else cell_text(cell) for cell in cells)
    return f"{line or chr(34) * 2}\r\n"  # a line of nothing would be taken for no line


def _field(text: str) -> str:
    if _FORMULA.match(text):
        text = f"'{text}"
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
