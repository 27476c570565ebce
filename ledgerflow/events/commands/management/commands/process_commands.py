"""`manage.py process_commands`: carry out accepted commands until SIGTERM or Ctrl-C."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.events.commands.running import run_processor
from ledgerflow.events.consuming.running import stop_on_signals

HIGHEST_PORT = 65_535


class Command(BaseCommand):
    help = (
        "Carry out the commands that were accepted; several may run, also on other machines. SIGTERM and Ctrl-C end it"
        " after the batch at hand, with exit code 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is left to do")
        parser.add_argument("--port", type=int, help="of /health/live, /health/ready and /metrics; none without it")
        parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="of the port (default 127.0.0.1)")

    def handle(self, *_: Any, **options: Any) -> None:
        port = options["port"]
        if port is not None and not 0 <= port <= HIGHEST_PORT:
            message = f"--port is a number from 0 to {HIGHEST_PORT}, not {port}."
            raise CommandError(message, returncode=2)
        stop = stop_on_signals()
        try:
            run_processor(stop, port, options["bind"], once=options["once"])
        except OSError as error:
            message = f"Port {port} on {options['bind']} cannot be used: {error.strerror}."
            raise CommandError(message, returncode=1) from error
