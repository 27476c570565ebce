"""`manage.py seed_desk`: the books of a made-up company, to try the desk out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.core import clocks
from ledgerflow.core.dates import read_day
from ledgerflow.core.errors import LedgerError
from ledgerflow.desk.sample.seeding import CODE, DAYS, sample_books


class Command(BaseCommand):
    help = (
        "Make the books of a company with 60 accounts and three months of journals, its last days not closed yet."
        " The same seed and first day make the same books."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--code", default=CODE, help=f"the code of the new entity; {CODE} unless given")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="1 unless given")
        parser.add_argument(
            "--first-day", type=read_day, metavar="YYYY-MM-DD", help=f"{DAYS - 1} days before today unless given"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        first = options["first_day"] or clocks.now().date() - timedelta(days=DAYS - 1)
        try:
            entity = sample_books(options["code"], options["seed"], first, self.stdout.write)
        except LedgerError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{entity.name}: {entity.code}, from {first} to {entity.business_date}")
