"""What the commands of imports have in common: their options, progress, and the file of refused rows."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import close_old_connections

from journals.portability.console import summary
from journals.portability.models import ImportRun
from journals.portability.rejects import write_rejects
from ledgerflow.books.management.file_command import FileCommand
from ledgerflow.files.problems import RefusedTransactions
from ledgerflow.files.rejects import made_private, rejects_path
from ledgerflow.files.rows import SourceFile
from ledgerflow.files.watching import Watch, watching

EPILOG = (
    "Exit codes: 0 done (refused rows are no failure, but for hledger's), 1 an import of this file is in the way, or "
    "a transaction of hledger's was refused, 2 file or options are wrong, 75 the books could not be written, 130 "
    "stopped. After 75, 130 or a kill the same command goes on."
)


class ImportingCommand(FileCommand):
    """An import that can be stopped and goes on where it was."""

    epilog = EPILOG
    file_help = "CSV in UTF-8 whose first line names the columns"

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


def check_nothing_refused(run: ImportRun) -> None:
    """Raise `RefusedTransactions` where something of hledger's is still refused.

    A file of rows may hold what is to be refused; plain-text books are whole books, and some of them are no books.
    """
    if run.refused and run.options.get("format") == "hledger":
        message = f"Refused transactions: {run.refused:,}. The others are posted; the books are not those of hledger."
        raise RefusedTransactions(message)


def add_mapping_arguments(parser: CommandParser, fields: str) -> None:
    """The options that say which column is which."""
    parser.add_argument(
        "--columns",
        action="append",
        default=[],
        metavar="FIELD=COLUMN,…",
        help=f"where our fields are in the file; without it columns of the same name are taken. Fields: {fields}",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=TEXT",
        dest="constants",
        help="a field with the same text in every row; {column} in it stands for the cell, as in 'code=C-{id}'",
    )
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
