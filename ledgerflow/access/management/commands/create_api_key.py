"""`manage.py create_api_key`: a key for other systems. Its secret is shown this once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from ledgerflow.access.keys import create_key
from ledgerflow.access.scopes import SCOPES
from ledgerflow.books.models import Entity
from ledgerflow.core.dates import read_moment
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.people import person_of, user_called

ACTOR = "command:create_api_key"


class Command(BaseCommand):
    help = "Create an API key for one entity and print its secret, which cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", required=True, metavar="CODE", help="the entity whose books it opens")
        parser.add_argument("--name", required=True, help="who will use it")
        parser.add_argument("--scopes", required=True, metavar="SCOPE,SCOPE", help=f"of {','.join(SCOPES)}")
        parser.add_argument(
            "--expires",
            type=read_moment,
            metavar="WHEN",
            help="2027-01-31 (as it begins, UTC) or 2027-01-31T18:00:00+01:00",
        )
        parser.add_argument(
            "--for-user",
            metavar="USERNAME",
            help="who the key acts for: it does what this user may and ends with him; without it, it acts for nobody",
        )
        parser.add_argument(
            "--application",
            default="",
            metavar="NAME",
            help="binds the key: it runs the operations on credits of this application, and writes nothing else",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        scopes = [scope for part in options["scopes"].split(",") if (scope := part.strip())]
        try:
            entity = Entity.objects.get(code=options["entity"])
            person = _person(options["for_user"])
            _, secret = create_key(
                entity, options["name"], scopes, options["expires"], actor=ACTOR, person=person,
                application=options["application"],
            )  # fmt: skip
        except Entity.DoesNotExist:
            message = f"There is no entity {options['entity']!r}."
            raise CommandError(message) from None
        except LedgerError as error:
            raise CommandError(error.message) from None
        except DatabaseError as error:
            message = f"The database refused or cannot be reached: {error}"
            raise CommandError(message.strip()) from None
        self.stdout.write(secret)


def _person(username: str | None) -> str:
    """Who the key acts for, "" for nobody. Raises `CommandError` unless the user is there and active."""
    if username is None:
        return ""
    user = user_called(username)
    if user is None:
        message = f"There is no active user {username!r}."
        raise CommandError(message)
    return person_of(user)
