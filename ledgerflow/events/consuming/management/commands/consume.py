"""`manage.py consume`: run consumers until SIGTERM or Ctrl-C."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.events.consuming.errors import ConsumerUnknown
from ledgerflow.events.consuming.running import run_consumers, stop_on_signals

HIGHEST_PORT = 65_535


class Command(BaseCommand):
    help = (
        "Follow the log of events for these consumers, or for all. SIGTERM and Ctrl-C end it after the batch at hand,"
        " with exit code 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="consumers; without a name all of them")
        parser.add_argument(
            "--source",
            choices=("table", "kafka"),
            help="where events come from: Kafka if KAFKA_BOOTSTRAP_SERVERS is set, else the event table",
        )
        parser.add_argument("--port", type=int, help="of /health/live, /health/ready and /metrics; none without it")
        parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="of the port (default 127.0.0.1)")

    def handle(self, *_: Any, **options: Any) -> None:
        port = options["port"]
        if port is not None and not 0 <= port <= HIGHEST_PORT:
            message = f"--port is a number from 0 to {HIGHEST_PORT}, not {port}."
            raise CommandError(message, returncode=2)
        stop = stop_on_signals()
        try:
            run_consumers(options["names"], options["source"], port, stop, options["bind"])
        except ConsumerUnknown as error:
            raise CommandError(error.message, returncode=2) from error
        except OSError as error:
            message = f"Port {port} on {options['bind']} cannot be used: {error.strerror}."
            raise CommandError(message, returncode=1) from error
