"""`manage.py process_commands`: carry out accepted commands until SIGTERM or Ctrl-C."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ledgerflow.events.commands.running import run_processor
from ledgerflow.events.consuming.ports import add_port
from ledgerflow.events.consuming.running import stop_on_signals


class Command(BaseCommand):
    help = (
        "Carry out the commands that were accepted; several may run, also on other machines. SIGTERM and Ctrl-C end it"
        " after the batch at hand, with exit code 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is left to do")
        add_port(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        run_processor(stop_on_signals(), options["port"], options["bind"], once=options["once"])
