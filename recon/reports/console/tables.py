"""How the subcommands of `manage.py recon` answer: a plain table, a sentence, or the JSON of the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from ledgerflow.core import canonical
from recon.statements.models import StatementLine

WIDEST = 60  # of a cell, so that a row stays on a line


def write_json(stdout: Any, answer: Any) -> None:
    """What the API would say."""
    stdout.write(canonical.encode(answer).decode())


def write_table(stdout: Any, headings: Sequence[str], rows: Iterable[Sequence[Any]], total: int) -> None:
    """Rows under their headings, numbers on the right. `total` counts those that are not shown too."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        stdout.write("Nothing.")
        return
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    is_right = [all(_is_number(row[place]) for row in cells) for place in range(len(headings))]
    for row in (list(headings), *cells):
        padded = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_right, strict=True)
        )  # fmt: skip
        stdout.write("  ".join(padded).rstrip())
    if total > len(cells):
        stdout.write(f"And {total - len(cells):,} more.")


def names_of(lines: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """What people call these lines."""
    wanted = [line for line in lines if line is not None]
    rows = StatementLine.objects.filter(pk__in=wanted).values_list("pk", "statement__number", "number", "part")
    return {None: ""} | {pk: line_name(statement, number, part) for pk, statement, number, part in rows}


def line_name(statement: int, number: int, part: int) -> str:
    """`3/7`, and `3/7.1` for a part."""
    return f"{statement}/{number}{f'.{part}' if part else ''}"


def _cell(value: Any) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit() or not text
