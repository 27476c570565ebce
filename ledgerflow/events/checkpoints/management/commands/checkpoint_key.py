"""`manage.py checkpoint_key [--entity CODE] [--create | --replace]`: the public keys that verify checkpoints.

A line for each set of books, with the present key first and those before it below. Exit code 1 when the key cannot be
used, 2 for an unknown entity.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.checkpoints.keys import create_key, origin_of, replace_key, signing_key, verifier_keys


class Command(BaseCommand):
    help = "Show the public keys of checkpoints; make the private one, or put a new one in its place."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", metavar="CODE", help="only that of these books; without it, of all of them")
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--create", action="store_true", help="make the key file, where there is none")
        change.add_argument(
            "--replace", action="store_true", help="retire the key, and sign with a new one from now on"
        )

    def handle(self, *_args: Any, entity: str | None = None, **options: Any) -> None:
        codes = Entity.objects.order_by("code").values_list("code", flat=True)
        if entity is not None:
            codes = codes.filter(code=entity)
            if not codes:
                message = f"There is no entity {entity!r}."
                raise CommandError(message, returncode=2)
        try:
            self._change(**options)
            signing_key()
            for code in codes:
                for key in verifier_keys(origin_of(code)):
                    self.stdout.write(str(key))
        except LedgerError as refusal:
            message = f"{refusal.message} ({refusal.code}; {settings.LEDGERFLOW_CHECKPOINT_KEY_FILE})"
            raise CommandError(message, returncode=1) from refusal

    def _change(self, *, create: bool, replace: bool, **_options: Any) -> None:
        if create and not create_key():
            place = settings.LEDGERFLOW_CHECKPOINT_KEY_FILE
            message = f"There is a key in {place} already; --replace puts a new one in its place."
            raise CommandError(message, returncode=1)
        if replace:
            replace_key()
