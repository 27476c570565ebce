"""What a person at a terminal sees of long work, such as an import, and how Ctrl-C reaches it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

PLAIN_LINE_SECONDS = 5


class Watch(NamedTuple):
    """How a caller follows the work and asks it to stop between two batches."""

    advanced: Callable[[int, int], None] = lambda _row, _items: None
    should_stop: Callable[[], bool] = lambda: False


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s", style="progress.data.speed")


@contextmanager
def watching(out: TextIO, total_rows: int, first_row: int, unit: str = "row") -> Iterator[Watch]:
    """A progress bar with rate and time left, or plain lines where nobody looks; Ctrl-C and SIGTERM ask to stop."""
    with _stop_signals(out) as stopped, _display(out, total_rows, first_row, unit) as advanced:
        yield Watch(advanced, lambda: bool(stopped))


@contextmanager
def _display(out: TextIO, total_rows: int, first_row: int, unit: str) -> Iterator[Any]:
    if not out.isatty():
        yield _PlainLines(out, total_rows, first_row, unit).advanced
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=Console(file=out),
    )
    with bar:
        task = bar.add_task(f"{unit}s", total=max(total_rows, first_row), completed=first_row)
        yield lambda row, _items: bar.update(task, completed=row)


class _PlainLines:
    """A line every few seconds: how far, how fast, how long still."""

    def __init__(self, out: TextIO, total_rows: int, first_row: int, unit: str) -> None:
        self._out = out
        self._unit = unit
        self._total = total_rows
        self._first = first_row
        self._started = self._last = time.monotonic()

    def advanced(self, row: int, _items: int) -> None:
        now = time.monotonic()
        if now - self._last < PLAIN_LINE_SECONDS:
            return
        self._last = now
        self._first = min(self._first, row)  # funding starts at the file's first row again
        rate = (row - self._first) / (now - self._started)
        left = f", {max(self._total - row, 0) / rate:,.0f} s left" if rate else ""
        self._out.write(f"{self._unit} {row:,} of {self._total:,}, {rate:,.0f} {self._unit}s/s{left}\n")
        self._out.flush()


@contextmanager
def _stop_signals(out: TextIO) -> Iterator[list[int]]:
    """A list that holds something once a signal asked to stop; a batch that has begun is finished first."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        out.write("Stopping after this batch …\n")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
