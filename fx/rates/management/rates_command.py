"""What the commands that bring in rates have in common: options, progress, and the list of what was refused."""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from fx.rates.files import FileRefused, RateFile, RefusedRate
from fx.rates.importing import Imported, import_rates
from ledgerflow.books.management.file_command import FileCommand
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import OutcomeUnknown, TryAgain
from ledgerflow.files.problems import BooksBusy
from ledgerflow.files.rejects import made_private, not_writable, rejects_path
from ledgerflow.files.watching import watching

SHOWN = 10
COLUMNS = ("line", "rate", "code", "reason")
EPILOG = (
    "Exit codes: 0 done (refused rows are no failure), 1 refused by the books, 2 file or options are wrong, "
    "75 the books could not be written, 130 stopped. The same command goes on where it was, and once done "
    "changes nothing."
)


class RatesCommand(FileCommand):
    """Subclasses read their kind of file and say whose rates they are."""

    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--actor", default="import", help="who is named in the event log")
        parser.add_argument(
            "--confirm-jumps",
            action="store_true",
            help="record rates that jump by more than the policy's percentage too: history is full of real ones",
        )

    def read(self, data: bytes, options: dict[str, Any]) -> RateFile:
        raise NotImplementedError

    def source(self, options: dict[str, Any]) -> str:
        raise NotImplementedError

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        started = time.monotonic()
        file = self._read(options)
        with watching(sys.stderr, len(file.rates), 0) as watch:
            try:
                done = import_rates(
                    entity.id,
                    file,
                    source=self.source(options),
                    actor=options["actor"],
                    confirm_jump=options["confirm_jumps"],
                    watch=watch,
                )
            except (TryAgain, OutcomeUnknown) as error:  # again, what is recorded already is left as it is
                raise BooksBusy(error.message) from error
        self._tell(done, len({found.quote.rate_date for found in file.rates}), time.monotonic() - started)
        if done.refused:
            path = options["rejected"] or made_private(rejects_path(options["file"]))
            write_refused(path, done.refused)
            self.stdout.write(f"All refused rows, with line, code and reason: {path}")

    def _read(self, options: dict[str, Any]) -> RateFile:
        try:
            return self.read(options["file"].read_bytes(), options)
        except (OSError, FileRefused) as error:
            message = f"{options['file']}: {getattr(error, 'strerror', None) or error}"
            raise CommandError(message, returncode=2) from error

    def _tell(self, done: Imported, days: int, seconds: float) -> None:
        counts = {"days": days, "recorded": done.recorded, "unchanged": done.unchanged, "refused": len(done.refused)}
        for name, number in counts.items():
            self.stdout.write(f"{name:<12}{number:>12,}")
        self.stdout.write(f"{seconds:.1f} s, {(done.recorded + done.unchanged) / max(seconds, 0.001):,.0f} rates/s")
        for row in done.refused[:SHOWN]:
            self.stdout.write(f"line {row.line}: {row.reason}")


def write_refused(path: Path, refused: list[RefusedRate]) -> None:
    """Raises `FileProblem` when it cannot be written."""
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([COLUMNS, *refused])
    except OSError as error:
        raise not_writable(path, error) from error
