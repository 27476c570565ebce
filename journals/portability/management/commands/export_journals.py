"""`manage.py export_journals`: the journals of an entity for hledger, or as CSV."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from journals.portability.exporting import export_csv, export_hledger
from ledgerflow.books.management.file_command import entity_called, plain_errors
from ledgerflow.books.models import Entity
from ledgerflow.files.items import start_date_of
from ledgerflow.files.problems import OptionProblem

FORMATS = {"csv": export_csv, "hledger": export_hledger}


class Command(BaseCommand):
    help = (
        "Write the journals of an entity. CSV goes back in, into any entity that has the accounts, by "
        "`import_journals FILE --group-by journal`; `hledger check --strict` accepts the other format."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", required=True, metavar="CODE")
        parser.add_argument("--format", choices=tuple(FORMATS), default="csv")
        parser.add_argument("--from", type=_day, default=date.min, metavar="DATE", dest="start")
        parser.add_argument("--to", type=_day, default=date.max, metavar="DATE", dest="end")
        parser.add_argument("--output", type=Path, metavar="FILE", help="instead of the standard output")

    def handle(self, *_: Any, **options: Any) -> None:
        with plain_errors():
            self.export(entity_called(options["entity"]), options)

    def export(self, entity: Entity, options: dict[str, Any]) -> None:
        def export(out: TextIO) -> int:
            return FORMATS[options["format"]](entity, out, start=options["start"], end=options["end"])

        output = options["output"]
        try:
            if output is None:
                export(self.stdout)  # type: ignore[arg-type]  # Django's wrapper of a text stream
            else:
                number = _into_file(output, export)
                self.stderr.write(f"{number:,} journals written to {output}")
        except BrokenPipeError:
            sys.stderr.close()  # whoever read has enough; Python would complain once more at its end
        except OSError as error:
            message = f"{output}: {error.strerror or error}"
            raise CommandError(message, returncode=2) from error


def _into_file(output: Path, export: Any) -> int:
    """Whole or not at all: a name that is there has all of it."""
    half = output.with_name(f"{output.name}.part")
    try:
        with half.open("w", encoding="utf-8", newline="") as stream:
            number: int = export(stream)
        half.replace(output)
    finally:
        half.unlink(missing_ok=True)
    return number


def _day(text: str) -> date:
    try:
        return start_date_of(text) or date.min
    except OptionProblem as problem:
        raise ArgumentTypeError(str(problem)) from problem
