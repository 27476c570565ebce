"""`manage.py dispatch_webhooks`: send what waits for webhooks, until SIGTERM or SIGINT.

Any number of these may run. One that is stopped finishes what is under way, which takes as long as an attempt at most;
what one that was killed had in hand is taken over within ten seconds.
"""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.models import Entity
from ledgerflow.events.webhooks.dispatching import Dispatcher


class Command(BaseCommand):
    help = "Send what waits for webhooks, until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", metavar="CODE", help="the webhooks of these books alone")
        parser.add_argument("--once", action="store_true", help="send what is due now, say how much, and end")

    def handle(self, *_args: Any, entity: str | None, once: bool, **_given: Any) -> None:
        books = Entity.objects.filter(code=entity).first() if entity else None
        if entity and books is None:
            message = f"There is no entity {entity!r}."
            raise CommandError(message, returncode=2)
        dispatcher = Dispatcher(entity_id=books.pk if books else None)
        if once:
            self.stdout.write(f"{dispatcher.deliver_due()} attempts")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("Webhooks are sent.")
        self.stdout.flush()
        dispatcher.run(stop)
