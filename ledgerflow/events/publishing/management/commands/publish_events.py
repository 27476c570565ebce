"""`manage.py publish_events [--entity CODE]`: what is not published yet, of one set of books or of all, now.

The worker does that by itself. Exit code 0 when nothing is left, 1 when Kafka is away, an entity has a problem, or
somebody else publishes it just now.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.models import Entity
from ledgerflow.events.publishing.errors import KafkaNotConfigured
from ledgerflow.events.publishing.kafka import is_configured
from ledgerflow.events.publishing.models import KAFKA
from ledgerflow.events.publishing.publisher import publish
from ledgerflow.events.publishing.reading import Lag, breaker_of, lags


class Command(BaseCommand):
    help = "Publish all events that Kafka has not acknowledged, until none is left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", metavar="CODE", help="these books alone")

    def handle(self, *_args: Any, entity: str | None, **_options: Any) -> None:
        if not is_configured():
            raise CommandError(KafkaNotConfigured().message, returncode=1)
        books = Entity.objects.filter(code=entity).first() if entity else None
        if entity and books is None:
            message = f"There is no entity {entity!r}."
            raise CommandError(message, returncode=1)
        left = []
        for before in lags(entity_id=books.id if books else None):
            while publish(before.entity_id):
                pass
            (after,) = lags(entity_id=before.entity_id)
            self.stdout.write(f"{after.code}: {after.sequence - before.sequence:,} events, {after.lag:,} left")
            left += [after] if after.lag else []
        if left:
            raise CommandError("\n".join(map(_reason, left)), returncode=1)


def _reason(lag: Lag) -> str:
    breaker = breaker_of(KAFKA)
    away = f"Kafka: {breaker.last_error}" if breaker.failures else "somebody else publishes it"
    return f"{lag.code}: {lag.problem or away}"
