"""What the commands around imports have in common: their options, and how problems become exit codes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections

from journals.portability.console import summary, watching
from journals.portability.models import ImportRun
from journals.portability.rejects import made_private, rejects_path, write_rejects
from journals.portability.runs import Watch
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.files.problems import BooksBusy, ImportProblem
from ledgerflow.files.rows import SourceFile

EPILOG = (
    "Exit codes: 0 done (refused rows are no failure), 1 an import of this file is in the way, 2 file or options "
    "are wrong, 75 the books could not be written, 130 stopped. After 75, 130 or a kill the same command goes on."
)


@contextmanager
def plain_errors() -> Iterator[None]:
    """What can go wrong becomes a message and an exit code instead of a traceback."""
    try:
        yield
    except ImportProblem as problem:
        raise CommandError(str(problem), returncode=problem.exit_code) from problem
    except LedgerError as error:
        raise CommandError(error.message, returncode=1) from error
    except (OperationalError, InterfaceError, psycopg.OperationalError) as error:
        message = f"The database cannot be reached: {str(error).strip()}. The same command goes on later."
        raise CommandError(message, returncode=BooksBusy.exit_code) from error


class ImportingCommand(BaseCommand):
    """`work` does the command's own part."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=EPILOG, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8 whose first line names the columns")
        parser.add_argument("--entity", required=True, metavar="CODE")
        parser.add_argument(
            "--rejected", type=Path, metavar="PATH", help="refused rows (a file in $LEDGERFLOW_HOME/imports)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        with plain_errors():
            self.work(entity_called(options["entity"]), options)

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def run_watched(
        self, source: SourceFile, run: ImportRun, options: dict[str, Any], work: Callable[[Watch], ImportRun]
    ) -> None:
        """Do the work under a progress bar, keep the file of refused rows true, and say what has become of it all."""
        rejects = options["rejected"] or made_private(rejects_path(source.path))
        write_rejects(run, rejects)  # now: a folder that cannot be written to is better known before
        started, first_row = time.monotonic(), run.next_row
        try:
            with watching(sys.stderr, source.lines, first_row) as watch:
                work(watch)
        finally:
            close_old_connections()  # the server may have been restarted since this connection was used
            run.refresh_from_db()
            write_rejects(run, rejects)
            rows = max(run.next_row - first_row, 0)
            self.stdout.write(summary(run, str(rejects), rows=rows, seconds=time.monotonic() - started))


def add_mapping_arguments(parser: CommandParser, fields: str) -> None:
    """The options that say which column is which."""
    parser.add_argument(
        "--columns", action="append", default=[], metavar="FIELD=COLUMN,…",
        help=f"where our fields are in the file; without it columns of the same name are taken. Fields: {fields}",
    )  # fmt: skip
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=TEXT", dest="constants",
        help="a field with the same text in every row; {column} in it stands for the cell, as in 'code=C-{id}'",
    )  # fmt: skip
    parser.add_argument("--delimiter", default=",", help="what stands between cells; 'tab' for a tabulator")
    parser.add_argument("--actor", default="import", help="who is named in the event log")
    parser.add_argument("--abandon", action="store_true", help="give up an unfinished import that is in the way")


def delimiter_of(options: dict[str, Any]) -> str:
    """One character. Raises `CommandError`."""
    text = "\t" if options["delimiter"] == "tab" else str(options["delimiter"])
    if len(text) != 1 or text in '"\r\n':
        message = "--delimiter is one character, or 'tab'."
        raise CommandError(message, returncode=2)
    return text


def entity_called(code: str) -> Entity:
    """Raises `CommandError`."""
    entity = Entity.objects.filter(code=code).first()
    if entity is None:
        message = f"There is no entity {code!r}."
        raise CommandError(message, returncode=2)
    return entity
