"""The refused rows of a run as a file, and as counts by code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db.models import Count, QuerySet

from journals.portability.models import ImportRefusal, ImportRun
from ledgerflow.files.items import read_raw
from ledgerflow.files.rejects import not_writable
from ledgerflow.files.rows import row_writer

OUR_COLUMNS = ("row", "code", "reason")


def write_rejects(run: ImportRun, path: Path) -> int:
    """Write every row that is still refused, as it was in the file, with row, code and reason; gives their number.

    Made anew from the database each time; without refused rows the file is removed. Raises `FileProblem` when it
    cannot be written.
    """
    half = path.with_name(f"{path.name}.part")
    try:
        with half.open("w", encoding="utf-8", newline="") as stream:
            write_row = row_writer(stream)
            write_row([*run.header, *_names(run.header)])
            number = -1
            for number, line in enumerate(_lines(run)):  # noqa: B007 - its last value is the count
                write_row(line)
        if number < 0:
            half.unlink()
            path.unlink(missing_ok=True)
        else:
            half.replace(path)
    except OSError as error:
        raise not_writable(path, error) from error
    return number + 1


def refused_by_code(run: ImportRun) -> dict[str, int]:
    """How many items are still refused, by code, the most frequent first."""
    found = still_refused(run).values_list("code").annotate(n=Count("row")).order_by("-n", "code")
    return dict(found)


def still_refused(run: ImportRun) -> QuerySet[ImportRefusal]:
    """What a run refused and no later try took."""
    return ImportRefusal.objects.filter(run=run, settled_at=None)


def _names(header: list[str]) -> list[str]:
    return [f"rejected_{name}" if name in header else name for name in OUR_COLUMNS]


def _lines(run: ImportRun) -> Iterator[list[str | int]]:
    width = len(run.header)
    refusals = still_refused(run).order_by("row").values_list("row", "code", "reason", "raw")
    for row, code, reason, raw in refusals.iterator(chunk_size=1000):
        for cells in read_raw(raw):
            padded = cells + [""] * (width - len(cells))
            yield [*padded, row, code, reason]
