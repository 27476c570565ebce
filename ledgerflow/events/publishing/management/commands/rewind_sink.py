"""`manage.py rewind_sink --sink kafka --entity CODE --to SEQUENCE`: send the events after SEQUENCE again, 0 for all.

Exit code 0, 1 while a batch is under way, 2 for what there is not.
"""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError, TryAgain
from ledgerflow.events.publishing.models import KAFKA, SINKS
from ledgerflow.events.publishing.rewinding import rewind


class Command(BaseCommand):
    help = "Put a sink back for one entity: the events after a sequence are sent again. Consumers skip what they know."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sink", choices=SINKS, default=KAFKA)
        parser.add_argument("--entity", metavar="CODE", required=True)
        parser.add_argument("--to", type=int, metavar="SEQUENCE", required=True, help="the last event that stays sent")

    def handle(self, *_args: Any, sink: str, entity: str, to: int, **_options: Any) -> None:
        books = Entity.objects.filter(code=entity).first()
        if books is None:
            message = f"There is no entity {entity!r}."
            raise CommandError(message, returncode=2)
        try:
            count = rewind(sink, books.id, to, actor=f"shell:{getpass.getuser()}")
        except LedgerError as refusal:
            raise CommandError(refusal.message, returncode=1 if isinstance(refusal, TryAgain) else 2) from refusal
        self.stdout.write(f"{count:,} events of {entity} are sent again, from event {to + 1} on.")
