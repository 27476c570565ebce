"""`manage.py import_settings FILE`: what `export_settings` wrote, before the journals are imported and after."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from journals.portability.settings import import_settings
from ledgerflow.books.management.file_command import FileCommand
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import OutcomeUnknown, TryAgain
from ledgerflow.files.problems import BooksBusy
from ledgerflow.files.rows import examine
from ledgerflow.files.watching import watching


class Command(FileCommand):
    help = (
        "Bring in the settings of other books: with --stage before what accounts and journals must find, then, when "
        "these are imported, with --stage after all else."
    )
    epilog = (
        "Exit codes: 0 done, 1 something was refused, 2 file or options are wrong, 75 the books could not be written, "
        "130 stopped. The same command goes on where it was, and once done changes nothing."
    )
    file_help = "what export_settings wrote"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--stage", required=True, choices=("before", "after"), help="the import of the journals")
        parser.add_argument("--actor", default="import", help="who is named in the event log")

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        before = options["stage"] == "before"
        source = examine(options["file"])
        try:
            with watching(sys.stderr, source.lines, 1, "line") as watch:
                done = import_settings(
                    entity.id, options["file"], before_journals=before, actor=options["actor"], watch=watch
                )
        except (TryAgain, OutcomeUnknown) as error:
            raise BooksBusy(error.message) from error
        self.stdout.write(
            f"changed {done.changed:,}, there already {done.there:,}, of the other stage {done.other_stage:,}, "
            f"refused {len(done.refused):,}"
        )
        for line, refusal in done.refused:
            self.stdout.write(f"line {line}: {refusal.code}: {refusal.message}")
        if done.refused:
            message = "Some settings were refused."
            raise CommandError(message, returncode=1)
