"""`manage.py checkpoint [--entity CODE]`: make a checkpoint now, of these books or of all.

Exit code 0 when each is made or up to date, 1 when one is refused, 2 for an unknown entity.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.checkpoints.reading import as_base64
from ledgerflow.events.checkpoints.use_cases import make_checkpoint


class Command(BaseCommand):
    help = "Sign what the event log is now: in the database, and in the places outside of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", metavar="CODE", help="only these books; without it, all of them")

    def handle(self, *_args: Any, entity: str | None = None, **_options: Any) -> None:
        entities = Entity.objects.order_by("code")
        if entity is not None:
            entities = entities.filter(code=entity)
            if not entities:
                message = f"There is no entity {entity!r}."
                raise CommandError(message, returncode=2)
        refused = 0
        for one in entities:
            try:
                made = make_checkpoint(one.id)
            except LedgerError as refusal:
                refused += 1
                self.stdout.write(f"{one.code}: {refusal.message} ({refusal.code})")
            else:
                self.stdout.write(f"{one.code}: {made.size:,} events, root {as_base64(made.root)}")
        if refused:
            message = f"{refused} of {len(entities)} sets of books have no new checkpoint."
            raise CommandError(message, returncode=1)
