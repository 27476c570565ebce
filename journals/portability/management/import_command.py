"""What the commands of imports have in common: their options, progress, and the file of refused rows."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import close_old_connections

from journals.portability.console import summary
from journals.portability.models import ImportRun
from journals.portability.rejects import write_rejects
from ledgerflow.books.management.file_command import FileCommand
from ledgerflow.files.columns import read_constants, read_pairs
from ledgerflow.files.layout import MAX_MAP, read_map
from ledgerflow.files.problems import OptionProblem, RefusedTransactions
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
    file_help = "CSV whose first line names the columns"

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
    add_layout_arguments(parser)
    parser.add_argument("--actor", default="import", help="who is named in the event log")
    parser.add_argument("--abandon", action="store_true", help="give up an unfinished import that is in the way")


def add_layout_arguments(parser: CommandParser) -> None:
    """The options that say how the file is laid out; what is not said is found in the file, and never guessed."""
    layout = parser.add_argument_group("how the file is laid out; --dry-run shows what is found where nothing is said")
    layout.add_argument("--map", type=Path, metavar="FILE", help="these and the fields as a JSON object")
    layout.add_argument("--delimiter", default="", help="what stands between cells; 'tab' for a tabulator")
    layout.add_argument("--encoding", default="", help="needed where it is not UTF-8 or UTF-16, such as cp1252")
    layout.add_argument("--decimal-mark", default="", metavar="MARK", help="'.' or ','")
    layout.add_argument("--thousands-mark", default="", metavar="MARK", help="the only one that is taken")
    layout.add_argument("--date-format", default="", metavar="FORMAT", help="such as DD.MM.YYYY, unless ISO 8601")
    parser.add_argument("--dry-run", action="store_true", help="show how the file is understood, and write nothing")


def layout_from(options: dict[str, Any], known: frozenset[str], others: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What is said of the fields and the layout, by the options or in the map; `others` are members of the map beside.

    Raises `OptionProblem` for what both say.
    """
    said = {
        "columns": read_pairs("--columns", options["columns"]),
        "constants": read_constants("--set", options["constants"]),
        "delimiter": options["delimiter"],
        **{name: options[name] for name in ("encoding", "decimal_mark", "thousands_mark", "date_format", *others)},
    }
    mapped = _map_of(options["map"], known, others)
    both = sorted(name for name, value in mapped.items() if value and said[name])
    if both:
        message = f"--map and the options both say what {', '.join(both)} is."
        raise OptionProblem(message)
    found = said | {name: value for name, value in mapped.items() if value}
    return found | {"delimiter": delimiter_of(found["delimiter"])}


def _map_of(path: Path | None, known: frozenset[str], others: frozenset[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with path.open("rb") as stream:
            return read_map(stream.read(MAX_MAP), known, others)
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise OptionProblem(message) from error


def delimiter_of(said: str) -> str:
    """One character, or "" where nothing is said. Raises `OptionProblem`."""
    text = "\t" if said == "tab" else said
    if text and (len(text) != 1 or text in '"\r\n'):
        message = "--delimiter is one character, or 'tab'."
        raise OptionProblem(message)
    return text
