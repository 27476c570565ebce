"""Carry out accepted commands until a signal says stop."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser

from ledgerflow.events.commands.ending import is_for_later
from ledgerflow.events.commands.processing import Processor

log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.2
TROUBLED_SECONDS = 2.0


class Command(BaseCommand):
    help = "Carries out the commands that were accepted; several may run, also on other machines. SIGTERM stops it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is left to do")

    def handle(self, *, once: bool, **_: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        processor = Processor(stop.is_set)
        log.info("command_processor_started")
        while not stop.is_set():
            done = _step(processor, stop)
            if once and not done:
                break
            if not done:
                stop.wait(IDLE_SECONDS)
        log.info("command_processor_stopped")


def _step(processor: Processor, stop: Event) -> int:
    """One step, and a pause where the database does not answer."""
    try:
        return processor.step()
    except Exception as error:
        if not is_for_later(error):
            raise
        log.warning("command_processor_waits", error=repr(error))
        stop.wait(TROUBLED_SECONDS)
        return 0
