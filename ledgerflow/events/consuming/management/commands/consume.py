"""`manage.py consume`: run consumers until SIGTERM or Ctrl-C."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.events.consuming.errors import ConsumerUnknown
from ledgerflow.events.consuming.ports import add_port
from ledgerflow.events.consuming.running import run_consumers, stop_on_signals


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
        add_port(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        stop = stop_on_signals()
        try:
            run_consumers(options["names"], options["source"], options["port"], stop, options["bind"])
        except ConsumerUnknown as error:
            raise CommandError(error.message, returncode=2) from error
