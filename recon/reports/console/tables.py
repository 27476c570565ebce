"""How the subcommands of `manage.py recon` answer: a plain table, a sentence, or the JSON of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from ledgerflow.core import canonical
from recon.matching.errors import ItemTaken
from recon.statements.models import StatementLine

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WIDEST = 60  # of a cell, so that a row stays on a line


def write_json(stdout: Any, answer: Any) -> None:
    """What the API would say."""
    stdout.write(canonical.encode(answer).decode())


def write_table(stdout: Any, headings: Sequence[str], rows: Iterable[Sequence[Any]], total: int) -> None:
    """Rows under their headings, numbers on the right, without columns in which nothing stands.

    `total` counts those that are not shown too.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        stdout.write("Nothing.")
        return
    columns = [column for column in zip(headings, *cells, strict=True) if any(column[1:])]
    for row in zip(*map(_padded, columns), strict=True):
        stdout.write("  ".join(row).rstrip())
    if total > len(cells):
        stdout.write(f"And {total - len(cells):,} more.")


def _padded(column: Sequence[str]) -> list[str]:
    width, is_right = max(map(len, column)), all(map(_is_number, column[1:]))
    return [cell.rjust(width) if is_right else cell.ljust(width) for cell in column]


def names_of(lines: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """What people call these lines."""
    wanted = [line for line in lines if line is not None]
    rows = StatementLine.objects.filter(pk__in=wanted).values_list("pk", "statement__number", "number", "part")
    return {None: ""} | {pk: line_name(statement, number, part) for pk, statement, number, part in rows}


@contextmanager
def lines_by_name() -> Iterator[None]:
    """What is refused of lines names them as people do, not by their ids."""
    try:
        yield
    except ItemTaken as error:
        named = names_of(map(UUID, ID.findall(error.message)))
        message = ID.sub(lambda found: named.get(UUID(found[0]), found[0]), error.message)
        raise CommandError(message, returncode=1) from error


def line_name(statement: int, number: int, part: int) -> str:
    """`3/7`, and `3/7.1` for a part."""
    return f"{statement}/{number}{f'.{part}' if part else ''}"


def _cell(value: Any) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit() or not text
