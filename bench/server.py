"""The web server under test, started as `make run` starts it and ended with the benchmark."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ledgerflow.embedded import environment
from ledgerflow.embedded.failures import ExitCode, last_lines
from ledgerflow.embedded.processes import Family, StopSwitch, session_members, wait_ready
from ledgerflow.embedded.run import WEB_START_SECONDS, is_live, options_from_environment, web_program


@dataclass(frozen=True)
class Server:
    address: tuple[str, int]
    family: Family
    folder: Path
    workers: int
    threads: int

    def processes(self) -> list[int]:
        return [pid for child in self.family.children for pid in session_members(child.mark)]

    def last_words(self) -> str:
        return last_lines(self.folder / "log" / "web.log")


@contextmanager
def web_server(database_url: str) -> Iterator[Server]:
    """A server with the environment's number of workers and threads, on a free port of the loopback."""
    options = replace(options_from_environment(), address="127.0.0.1", port=_free_port())
    env = os.environ | {"DATABASE_URL": database_url}
    with environment.temporary_home() as folder:
        environment.prepare(folder)
        # A switch that is not entered: Ctrl-C shall end the benchmark, not be remembered.
        family = Family(folder, StopSwitch())
        try:
            program = web_program(folder, options)
            family.start(program, env=env)
            wait_ready(family, lambda: is_live(options), ExitCode.CHILD_ENDED, program, WEB_START_SECONDS)
            yield Server((options.address, options.port), family, folder, options.web_workers, options.web_threads)
        finally:
            family.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
