"""How a file is laid out: its encoding, delimiter, marks of numbers and dates. Said, or found in the file and named.

The names are those of the column maps of bank files (`recon.statements.parsers.columns`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from ledgerflow.files.columns import FREE_FIELD, Fields, bind
from ledgerflow.files.dates import ISO, date_pattern
from ledgerflow.files.numbers import Numbers, found_numbers, said_numbers
from ledgerflow.files.problems import FileProblem, OptionProblem
from ledgerflow.files.rows import SourceFile, first_line, open_rows

DELIMITERS = (",", ";", "\t", "|")
NAMES = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
MAX_MAP = 1_000_000

_QUOTED = re.compile(r'"[^"]*"?')


class LayoutOptions(msgspec.Struct, frozen=True):
    """What somebody says of a file; "" is left to the file to tell. An import goes on only with the same."""

    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    delimiter: str = ""
    encoding: str = ""
    decimal_mark: str = ""
    thousands_mark: str = ""
    date_format: str = ""


class Delimiter(NamedTuple):
    """What stands between cells, and for people how it is known."""

    mark: str
    why: str


class Layout(NamedTuple):
    """The layout of one file, by which its rows are read."""

    header: list[str]
    delimiter: Delimiter
    numbers: Numbers
    date_format: str


def layout_of(source: SourceFile, options: LayoutOptions, known: frozenset[str], amounts: frozenset[str]) -> Layout:
    """The layout of a file by its options and its rows, in bounded memory; `amounts` are the fields of numbers.

    Raises `FileProblem` where the file can be read in two ways, and `OptionProblem`.
    """
    numbers = said_numbers(options.decimal_mark, options.thousands_mark)
    if options.date_format and date_pattern(options.date_format) is None:
        message = f"--date-format is made of YYYY or YY, MM or M, and DD or D, not {options.date_format!r}."
        raise OptionProblem(message)
    delimiter = delimiter_of(source, options.delimiter)
    with open_rows(source, delimiter.mark) as (header, rows):
        if numbers is None:
            fields = bind(header, options.columns, options.constants, known)
            mapped = amounts & fields([""] * len(header)).keys()
            cells = ((row.number, row.cells) for row in rows if not row.problem and len(row.cells) == len(header))
            numbers = found_numbers(_amounts(cells, fields, mapped), options.thousands_mark)
    return Layout(header, delimiter, numbers, options.date_format)


def delimiter_of(source: SourceFile, said: str) -> Delimiter:
    """The delimiter as it is said, or the one mark that the header has. Raises `FileProblem` where it has several."""
    if said:
        return Delimiter(said, "as you say")
    header = _QUOTED.sub("", first_line(source))
    found = [mark for mark in DELIMITERS if mark in header]
    if len(found) > 1:
        names = " and ".join(NAMES[mark] for mark in found)
        message = f"The header of {source.path} has {names}: say with --delimiter which of them stands between cells."
        raise FileProblem(message)
    return Delimiter(found[0], "the header has it") if found else Delimiter(",", "the header has one column")


def read_map(text: bytes, known: frozenset[str], others: frozenset[str]) -> dict[str, Any]:
    """A column map out of its JSON, as the options that it stands for: our fields at the top, as in a bank's map.

    `others` are members that the command knows beside those of a layout. Raises `OptionProblem`.
    """
    try:
        saved = msgspec.json.decode(text, type=dict[str, str | dict[str, str]])
    except msgspec.MsgspecError as error:
        message = f'--map is a JSON object of texts, such as {{"date": "Datum", "decimal_mark": ","}}: {error}'
        raise OptionProblem(message) from error
    found: dict[str, Any] = {"columns": {}}
    layout = frozenset(LayoutOptions.__struct_fields__) - {"columns", "constants"} | others
    for name, value in saved.items():
        is_column = name in known or FREE_FIELD.fullmatch(name) is not None
        if name == "set" and isinstance(value, dict):
            found["constants"] = value
        elif isinstance(value, str) and is_column:
            found["columns"][name] = value
        elif isinstance(value, str) and name in layout:
            found[name] = value
        else:
            message = f"--map has no {name[:40]!r} of this kind; it has our fields, 'set', {', '.join(sorted(layout))}."
            raise OptionProblem(message)
    return found


def lines_about(source: SourceFile, layout: Layout) -> list[str]:
    """What was found or said, one thing a line, for people."""
    numbers = layout.numbers
    told = [
        ("encoding", source.encoding.name.removesuffix("-sig"), source.encoding.why),
        ("delimiter", NAMES.get(layout.delimiter.mark, layout.delimiter.mark), layout.delimiter.why),
        ("decimal mark", numbers.decimal_mark, numbers.why),
        ("date format", layout.date_format or ISO, "as you say" if layout.date_format else "unless you say another"),
    ]
    if numbers.thousands:
        told.insert(3, ("thousands", repr(numbers.thousands), "as you say"))
    return [f"{name:<14}{value} ({why})" for name, value, why in told]


def _amounts(
    cells: Iterator[tuple[int, list[str]]], fields: Fields, names: frozenset[str]
) -> Iterator[tuple[int, str]]:
    for number, row in cells:
        found = fields(row)
        for name in names:
            yield number, found[name]
