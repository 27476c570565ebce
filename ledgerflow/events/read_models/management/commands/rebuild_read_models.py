"""`manage.py rebuild_read_models [--source table|kafka] [--compare]`: exit code 1 when rows differ or it is refused."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.events.consuming.runner import default_source
from ledgerflow.events.read_models.errors import RebuildRefusedError
from ledgerflow.events.read_models.histories import SOURCES, History, open_history
from ledgerflow.events.read_models.rebuilding import compare, rebuild
from ledgerflow.files.watching import Watch, watching

STOPPED = "Stopped. What is live was not touched; the next rebuild begins anew."


class Command(BaseCommand):
    help = (
        "Make all read models anew from the first event on, beside the live ones, and let them take their place. "
        "Reading and building go on meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--source", choices=SOURCES, help="where the events come from (Kafka where it is set up, else the table)"
        )
        parser.add_argument(
            "--compare", action="store_true", help="say which rows differ from the live ones, and leave those live"
        )

    def handle(self, *_args: Any, source: str | None = None, **options: Any) -> None:
        try:
            with open_history(source or default_source()) as history:
                self.work(history, is_comparing=options["compare"])
        except RebuildRefusedError as error:
            raise CommandError(str(error), returncode=1) from error

    def work(self, history: History, *, is_comparing: bool) -> None:
        with watching(sys.stderr, history.size(), 0, "event") as watch:
            if not is_comparing:
                count = rebuild(history, lambda done: _advance(watch, done))
                self.stdout.write(f"Rebuilt from {count:,} events.")
                return
            found = compare(history, lambda done: _advance(watch, done))
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            message = f"{len(found)} rows differ."
            raise CommandError(message, returncode=1)
        self.stdout.write("What is live equals what its events make.")


def _advance(watch: Watch, done: int) -> None:
    watch.advanced(done, 0)
    if watch.should_stop():
        raise RebuildRefusedError(STOPPED)
