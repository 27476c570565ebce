"""`manage.py serve ROLE --port N`: one part of the whole as a process of its own, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from ledgerflow.embedded.run import web_command
from ledgerflow.events.consuming.ports import a_port

# What takes requests is the web server with other addresses; what works by itself tells of itself on its port.
OVER_HTTP = frozenset({"web", "command", "query"})
WORKING = {"processor": ("process_commands",), "projector": ("consume", "read_models", "--source", "kafka")}


class Command(BaseCommand):
    help = "Run one part of the whole: web, command, processor, projector or query."

    def add_arguments(self, parser: CommandParser) -> None:
        # The settings have read the role already: they refuse one that is none, and differ by it.
        parser.add_argument("role", choices=sorted({*OVER_HTTP, *WORKING}))
        parser.add_argument("--port", type=a_port, required=True, help="where it answers, health and metrics among it")
        parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS")
        parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes of the web server")

    def handle(self, *_args: Any, role: str, port: int, bind: str, workers: int, **_options: Any) -> None:
        if role in OVER_HTTP:
            words = web_command(bind, port, workers, settings.LEDGERFLOW_WEB_THREADS)
            sys.stdout.flush()
            os.execv(words[0], words)  # noqa: S606 - our own words, in the place of this process
        call_command(*WORKING[role], "--port", str(port), "--bind", bind)
