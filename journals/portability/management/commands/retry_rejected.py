"""`manage.py retry_rejected FILE`: try the refused rows of an import again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from journals.portability.management.import_command import ImportingCommand, check_nothing_refused
from journals.portability.retrying import find_run, retry
from ledgerflow.books.models import Entity
from ledgerflow.files.rows import examine


class Command(ImportingCommand):
    help = (
        "Try the rows that an import of FILE refused again, with its options and under the same keys. Rows that are "
        "malformed stay refused: correct them and import them as a file of their own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--run", default="", metavar="ID", help="which import, when the file has several")

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        run = find_run(entity, options["file"], options["run"])
        source = examine(options["file"], run.options.get("encoding", ""))
        self.run_watched(source, run, options, lambda watch: retry(entity, source, run, watch))
        check_nothing_refused(run)
