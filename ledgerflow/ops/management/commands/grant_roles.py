"""`manage.py grant_roles --role NAME [--apply]`: what the application's role may do in the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from ledgerflow.core.errors import NotFound
from ledgerflow.ops.grants import excesses, grants_for, owner_alias


class Command(BaseCommand):
    help = "Print the grants of the application's role; with --apply, run them as the owner of the tables."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", required=True, help="the role that the application signs in as")
        parser.add_argument("--apply", action="store_true", help="run the statements, all or none")

    def handle(self, *_args: Any, role: str, apply: bool, **_options: Any) -> None:
        connection = connections[owner_alias()]
        connection.ensure_connection()
        try:
            statements = grants_for(connection.connection, role)
        except NotFound as error:
            raise CommandError(error.message) from None
        if apply:
            with connection.connection.transaction(), connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        self.stdout.write("\n".join(statements))
        for sentence in excesses(connection.connection, role):
            self.stderr.write(f"{role}: {sentence}")
        if apply:
            self.stderr.write(f"{len(statements)} statements applied.")
