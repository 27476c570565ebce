"""What the commands that write files have in common: where they write, whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.management.file_command import entity_called, plain_errors
from ledgerflow.books.models import Entity

Export = Callable[[TextIO], int]


class ExportingCommand(BaseCommand):
    """Writes something of an entity; `export_of` says what, `things` what it counts."""

    things: str

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", required=True, metavar="CODE")
        parser.add_argument("--output", type=Path, metavar="FILE", help="instead of the standard output")

    def handle(self, *_: Any, **options: Any) -> None:
        with plain_errors():
            self._write(self.export_of(entity_called(options["entity"]), options), options["output"])

    def export_of(self, entity: Entity, options: dict[str, Any]) -> Export:
        raise NotImplementedError

    def _write(self, export: Export, output: Path | None) -> None:
        try:
            if output is None:
                export(self.stdout)  # type: ignore[arg-type]  # Django's wrapper of a text stream
            else:
                self.stderr.write(f"{_into_file(output, export):,} {self.things} written to {output}")
        except BrokenPipeError:
            sys.stderr.close()  # whoever read has enough; Python would complain once more at its end
        except OSError as error:
            message = f"{output}: {error.strerror or error}"
            raise CommandError(message, returncode=2) from error


def _into_file(output: Path, export: Export) -> int:
    """Whole or not at all: a name that is there has all of it."""
    half = output.with_name(f"{output.name}.part")
    try:
        with half.open("w", encoding="utf-8", newline="") as stream:
            number = export(stream)
        half.replace(output)
    finally:
        half.unlink(missing_ok=True)
    return number
