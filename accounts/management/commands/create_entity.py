"""`manage.py create_entity`: a new set of books, ready to open accounts in."""

from __future__ import annotations

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts.founding import found_books
from ledgerflow.core import clocks
from ledgerflow.core.dates import read_day
from ledgerflow.core.errors import LedgerError


class Command(BaseCommand):
    help = "Create an entity with the currencies of ISO 4217 and print its id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--code", required=True, help="letters, digits, - and _; never changes")
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--base-currency",
            required=True,
            metavar="CCY",
            help="an ISO 4217 code, such as EUR; a withdrawn one for books that begin before",
        )
        parser.add_argument(
            "--business-date", type=read_day, metavar="YYYY-MM-DD", help="the first day; today unless given"
        )
        parser.add_argument("--time-zone", default="UTC", help="an IANA name, such as Europe/Berlin")
        parser.add_argument(
            "--dimensions", default="", metavar="NAME,NAME", help="up to eight, such as cost_centre,project"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            entity = found_books(
                code=options["code"],
                name=options["name"],
                base_currency=options["base_currency"],
                business_date=options["business_date"] or clocks.now().date(),
                time_zone=options["time_zone"],
                dimensions=[name for part in options["dimensions"].split(",") if (name := part.strip())],
                actor="command:create_entity",
            )
        except LedgerError as error:
            raise CommandError(error.message) from None
        except (DatabaseError, psycopg.Error) as error:
            message = f"The database refused this: {error}"
            raise CommandError(message.strip()) from None
        self.stdout.write(str(entity.id))
