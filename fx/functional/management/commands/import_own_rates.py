"""`manage.py import_own_rates FILE`: what imported journals are worth by a rate of their own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from fx.functional.portable_rates import import_own_rates
from ledgerflow.books.management.file_command import FileCommand
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import OutcomeUnknown, TryAgain
from ledgerflow.files.problems import BooksBusy
from ledgerflow.files.rows import examine, open_rows


class Command(FileCommand):
    help = "Give imported journals the rates that `export_own_rates` wrote, while their days are open."
    epilog = (
        "Exit codes: 0 done, 1 something was refused, 2 file or options are wrong, 75 the books could not be written. "
        "The same command goes on where it was, and once done changes nothing."
    )
    file_help = "CSV with the columns journal, currency, rate"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--actor", default="import", help="who is named in the event log")

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        with open_rows(examine(options["file"])) as (header, rows):
            try:
                done = import_own_rates(entity.id, header, rows, actor=options["actor"])
            except (TryAgain, OutcomeUnknown) as error:
                raise BooksBusy(error.message) from error
        self.stdout.write(f"given {done.given:,}, there already {done.replayed:,}, refused {len(done.refused):,}")
        for line, refusal in done.refused:
            self.stdout.write(f"line {line}: {refusal.message}")
        if done.refused:
            message = "Some rates were refused."
            raise CommandError(message, returncode=1)
