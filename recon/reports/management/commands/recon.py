"""`manage.py recon`: reconciliation from the command line. Each room brings its own subcommand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ledgerflow.books.management.file_command import plain_errors
from recon.statements.console import add_import, run_import

# How a subcommand adds its options, and what it does with them.
SUBCOMMANDS = {"import": (add_import, run_import)}
EPILOG = (
    "Exit codes: 0 done, 1 refused by the books, 2 file or options are wrong, 75 the books could not be written. "
    "The same command goes on where it was, and once done changes nothing."
)


class Command(BaseCommand):
    help = "Reconcile accounts with what banks and others say of them. Example: recon import march.sta --entity ACME"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=EPILOG, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        subparsers = parser.add_subparsers(dest="subcommand", required=True)
        for add, _ in SUBCOMMANDS.values():
            add(subparsers)

    def handle(self, *_: Any, **options: Any) -> None:
        with plain_errors():
            SUBCOMMANDS[options["subcommand"]][1](options, self.stdout)
