"""`manage.py dispatch_webhooks`: send what waits for webhooks, until SIGTERM or SIGINT.

Any number of these may run. One that is stopped finishes what is under way, which takes as long as an attempt at most;
what one that was killed had in hand is taken over within ten seconds.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.models import Entity
from ledgerflow.events.consuming.ports import add_port
from ledgerflow.events.consuming.running import stop_on_signals
from ledgerflow.events.consuming.telling import Telling
from ledgerflow.events.webhooks.dispatching import Dispatcher


class Command(BaseCommand):
    help = "Send what waits for webhooks, until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", metavar="CODE", help="the webhooks of these books alone")
        parser.add_argument("--once", action="store_true", help="send what is due now, say how much, and end")
        add_port(parser)

    def handle(self, *_: Any, entity: str | None, once: bool, port: int | None, bind: str, **_given: Any) -> None:
        books = Entity.objects.filter(code=entity).first() if entity else None
        if entity and books is None:
            message = f"There is no entity {entity!r}."
            raise CommandError(message, returncode=2)
        dispatcher = Dispatcher(entity_id=books.pk if books else None)
        if once:
            self.stdout.write(f"{dispatcher.deliver_due()} attempts")
            return
        stop = stop_on_signals()
        telling = None if port is None else Telling(port, dispatcher.faults, bind)
        self.stdout.write("Webhooks are sent.")
        self.stdout.flush()
        dispatcher.run(stop)
        if telling is not None:
            telling.close()
