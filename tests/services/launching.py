"""How these tests start the launcher: as a person does, as a process of its own with a data folder of its own."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ledgerflow.embedded import environment
from ledgerflow.embedded.failures import ExitCode, LaunchError
from ledgerflow.embedded.processes import Family, StopSwitch, wait_ready
from ledgerflow.embedded.run import is_live, options_from_environment, web_program

PROJECT = Path(__file__).parents[2]
LAUNCHER = [sys.executable, "-m", "ledgerflow.embedded"]
SERVICES_OF_THE_TESTS = {
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "LEDGERFLOW_SECRET_KEY",
    "LEDGERFLOW_HOME",
    "PORT",
}


def environment_for(home: Path, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in SERVICES_OF_THE_TESTS}
    return inherited | {"LEDGERFLOW_HOME": str(home)} | more


def launch(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end. Whatever happens, it never shows a traceback."""
    finished = subprocess.run(
        [*LAUNCHER, *arguments],
        env=environment_for(home, **more),
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        timeout=120,
    )
    assert "Traceback" not in finished.stdout + finished.stderr
    return finished


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> int:
    """The first of so many free ports in a row, below those that the system gives to others meanwhile."""
    while True:
        first = random.randrange(20_000, 30_000)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


@contextmanager
def running(home: Path, port: int, output: Path, *, workers: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """A `make run` that is up; stopped at the end, if it still runs."""
    more = {"PORT": str(port), "LEDGERFLOW_WEB_WORKERS": str(workers), "LEDGERFLOW_TASK_WORKERS": "1"}
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*LAUNCHER, "run"],
            env=environment_for(home, **more),
            stdout=file,
            stderr=file,
            cwd=PROJECT,
        )
    try:
        wait_for(lambda: "LedgerFlow is up" in output.read_text() or process.poll() is not None)
        assert process.poll() is None, output.read_text()
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)


@contextmanager
def web_server(folder: Path, database_url: str, *, workers: int, threads: int, **more: str) -> Iterator[int]:
    """A web server as `make run` starts it; gives its port."""
    environment.prepare(folder)
    port = free_port()
    options = options_from_environment()
    options = replace(options, address="127.0.0.1", port=port, web_workers=workers, web_threads=threads)
    family = Family(folder, StopSwitch())
    settings = {"DATABASE_URL": database_url, "LEDGERFLOW_WEB_THREADS": str(threads)} | more
    try:
        program = web_program(folder, options)
        family.start(program, env=os.environ | settings)
        wait_ready(family, lambda: is_live(options), ExitCode.CHILD_ENDED, program, 90)
        yield port
    finally:
        family.stop()


def wait_for(condition: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def code_of(raised: pytest.ExceptionInfo[LaunchError]) -> ExitCode:
    return raised.value.exit_code
