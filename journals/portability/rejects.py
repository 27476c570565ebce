"""The refused rows of a run as a file, and as counts by code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from django.db.models import Count, QuerySet

from journals.portability.models import ImportRefusal, ImportRun
from ledgerflow.files.items import read_raw
from ledgerflow.files.rejects import not_writable
from ledgerflow.files.rows import row_writer

OUR_COLUMNS = ("row", "code", "reason")


class RefusedRows(NamedTuple):
    """The rows of one refused item, the first of them by its line in the file."""

    row: int
    code: str
    reason: str
    raw: list[list[str]]


def write_rejects(run: ImportRun, path: Path) -> int:
    """Write every row that is still refused, as it was in the file, with row, code and reason; gives their number.

    Made anew from the database each time; without refused rows the file is removed. Raises `FileProblem` when it
    cannot be written.
    """
    half = path.with_name(f"{path.name}.part")
    try:
        with half.open("w", encoding="utf-8", newline="") as stream:
            number = write_refused(stream, run.header, refused_of(run))
        if not number:
            half.unlink()
            path.unlink(missing_ok=True)
        else:
            half.replace(path)
    except OSError as error:
        raise not_writable(path, error) from error
    return number


def write_refused(stream: TextIO, header: Sequence[str], refused: Iterable[RefusedRows]) -> int:
    """Write the rows as they were in the file, with row, code and reason; gives how many there were."""
    write_row = row_writer(stream)
    write_row([*header, *_names(header)])
    number = 0
    for row, code, reason, raw in refused:
        for cells in raw:
            write_row([*cells, *[""] * (len(header) - len(cells)), row, code, reason])
            number += 1
    return number


def refused_of(run: ImportRun) -> Iterator[RefusedRows]:
    """What a run refused and no later try took, in the order of the file."""
    refusals = still_refused(run).order_by("row").values_list("row", "code", "reason", "raw")
    for row, code, reason, raw in refusals.iterator(chunk_size=1000):
        yield RefusedRows(row, code, reason, read_raw(raw))


def refused_by_code(run: ImportRun) -> dict[str, int]:
    """How many items are still refused, by code, the most frequent first."""
    found = still_refused(run).values_list("code").annotate(n=Count("row")).order_by("-n", "code")
    return dict(found)


def still_refused(run: ImportRun) -> QuerySet[ImportRefusal]:
    """What a run refused and no later try took."""
    return ImportRefusal.objects.filter(run=run, settled_at=None)


def _names(header: Sequence[str]) -> list[str]:
    return [f"rejected_{name}" if name in header else name for name in OUR_COLUMNS]
