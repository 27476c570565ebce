"""Which column of a file, or which fixed text, each of our fields comes from. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ledgerflow.files.problems import OptionProblem

FREE_FIELD = re.compile(r"(?:metadata|dimension)\.[^\s.]{1,40}")
_PLACE = re.compile(r"\{([^{}]+)\}")

Fields = Callable[[Sequence[str]], dict[str, str]]


def read_pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """`a=b,c=d` (given once or more often) as a dictionary. Raises `OptionProblem` naming the option."""
    pairs: dict[str, str] = {}
    for part in (part for text in texts for part in text.split(",")):
        name, equals, value = part.rpartition("=")
        if not equals or not value.strip():
            message = f"{option} is a list like field=column,field=column; {part!r} is not."
            raise OptionProblem(message)
        _add(pairs, option, name.strip(), value.strip())
    return pairs


def read_constants(option: str, texts: Iterable[str]) -> dict[str, str]:
    """`field=text`, one a time, because the text may hold anything. Raises `OptionProblem` naming the option."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            message = f"{option} is field=text; {text!r} is not."
            raise OptionProblem(message)
        _add(pairs, option, name.strip(), value)
    return pairs


def bind(header: Sequence[str], columns: dict[str, str], constants: dict[str, str], known: frozenset[str]) -> Fields:
    """A function from a row's cells to its fields, white space at their ends taken off.

    `columns` maps fields to columns; when empty, columns that are named like fields are taken. `constants` maps
    fields to text in which `{column}` stands for a cell. Raises `OptionProblem` for unknown fields, missing or
    ambiguous columns.
    """
    columns = columns or {name: name for name in header if name in known or FREE_FIELD.fullmatch(name)}
    for field in (*columns, *constants):
        if field not in known and not FREE_FIELD.fullmatch(field):
            message = f"There is no field {field!r}; fields are {', '.join(sorted(known))}, metadata.X, dimension.X."
            raise OptionProblem(message)
    both = sorted(columns.keys() & constants.keys())
    if both:
        message = f"{both[0]!r} comes from a column and is set as well."
        raise OptionProblem(message)
    places = [(field, column_index(header, column)) for field, column in columns.items()]
    templates = [(field, _template(header, text)) for field, text in constants.items()]

    def fields(cells: Sequence[str]) -> dict[str, str]:
        found = {field: cells[place].strip() for field, place in places}
        for field, fill in templates:
            found[field] = fill(cells)
        return found

    return fields


def column_index(header: Sequence[str], column: str) -> int:
    """The place of a column. Raises `OptionProblem` when the file has none of that name, or two."""
    found = [place for place, name in enumerate(header) if name == column]
    if len(found) == 1:
        return found[0]
    why = f"has the column {column!r} twice" if found else f"has no column {column!r}"
    shown = ", ".join(header) if len(header) <= 30 else f"{', '.join(header[:30])} …"  # noqa: PLR2004 - for people
    message = f"The file {why}. Its columns are: {shown}"
    raise OptionProblem(message)


def _template(header: Sequence[str], text: str) -> Callable[[Sequence[str]], str]:
    """Text with the cells of a row in the places of `{column}`."""
    parts = _PLACE.split(text)  # text, column, text, column, …
    literals, places = parts[::2], [column_index(header, column) for column in parts[1::2]]

    def fill(cells: Sequence[str]) -> str:
        filled = [literals[0]]
        for place, literal in zip(places, literals[1:], strict=True):
            filled += (cells[place].strip(), literal)
        return "".join(filled)

    return fill


def _add(pairs: dict[str, str], option: str, name: str, value: str) -> None:
    if name in pairs:
        message = f"{option} names {name!r} twice."
        raise OptionProblem(message)
    pairs[name] = value
