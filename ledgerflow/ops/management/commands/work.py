"""`manage.py work`: all that follows the log of events and carries out commands, in one process, until SIGTERM."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.events.commands.running import run_processor
from ledgerflow.events.consuming.ports import add_port
from ledgerflow.events.consuming.running import run_consumers, stop_on_signals
from ledgerflow.events.webhooks.dispatching import Dispatcher

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Run all consumers, the dispatcher of webhooks and the processor of commands in one process."
        " `consume`, `dispatch_webhooks` and `process_commands` are the same one by one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_port(parser)

    def handle(self, *_: Any, port: int | None, bind: str, **_options: Any) -> None:
        stop, faults = stop_on_signals(), list[str]()
        works = {
            "consumers": lambda: run_consumers([], None, port, stop, bind),
            "commands": lambda: run_processor(stop),
            "webhooks": lambda: Dispatcher().run(stop),
        }
        threads = [Thread(target=_work, args=(name, work, stop, faults), name=name) for name, work in works.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:  # whoever watches over this process starts all of it again
            raise CommandError(" ".join(faults), returncode=1)


def _work(name: str, work: Callable[[], None], stop: Event, faults: list[str]) -> None:
    try:
        work()
    except CommandError as error:
        faults.append(str(error))
    except Exception:
        log.exception("work_failed", work=name)
        faults.append(f"The work on {name} ended by a fault, and the rest with it.")
    finally:
        stop.set()
