"""The processes that are measured and killed: Kafka, a task worker, consumers. Each is ended by its own number."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from ledgerflow.embedded import environment, kafka
from ledgerflow.embedded.processes import Child, Family, Program, StopSwitch, end, mark_of, spawn

POLL_SECONDS = 0.2
CELERY = [sys.executable, "-m", "celery", "--app", "ledgerflow"]


class World:
    """The processes of one part by name, with topics of their own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.family = Family(folder, StopSwitch())
        self.bootstrap = kafka.start(self.family, folder, port=port)
        mark = uuid4().hex[:8]
        self.settings = {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "LEDGERFLOW_KAFKA_EVENTS_TOPIC": f"bench.events.{mark}",
            "LEDGERFLOW_KAFKA_COMMANDS_TOPIC": f"bench.commands.{mark}",
            "LEDGERFLOW_KAFKA_CHECKPOINTS_TOPIC": f"bench.checkpoints.{mark}",
        }

    @property
    def env(self) -> dict[str, str]:
        return os.environ | self.settings

    def manage(self, command: str, *arguments: str, **more: str) -> None:
        """Run a management command to its end. Raises `AssertionError` with its last lines when it fails."""
        log = self.folder / "log" / f"{command}.log"
        words = [sys.executable, "-m", "ledgerflow", command, *arguments]
        code = self.family.run(Program(command, words, log), env=self.env | more)
        assert code == 0, f"{command} ended with {code}:\n{log.read_text(errors='replace')[-2_000:]}"

    def start(self, name: str, words: list[str], **more: str) -> Child:
        """Start a process that runs until it is stopped or killed."""
        program = Program(name, words, self.folder / "log" / f"{name.replace(' ', '-')}.log")
        return self.family.start(program, env=self.env | more)

    def start_worker(self, name: str = "worker", processes: int = 2, **more: str) -> Child:
        words = [*CELERY, "worker", "--loglevel", "WARNING", "--concurrency", str(processes), "--without-mingle"]
        return self.start(name, [*words, "--hostname", f"{name}@%h"], **more)

    def start_scheduler(self) -> Child:
        """The scheduler wakes the publisher each minute, also when the last one died with what had woken it."""
        words = [*CELERY, "beat", "--loglevel", "WARNING", "--pidfile=", "--schedule", str(self.folder / "beat")]
        return self.start("scheduler", words)

    def start_consumer(self, name: str, source: str = "kafka", **more: str) -> Child:
        words = [sys.executable, "-m", "ledgerflow", "consume", "read_models", "--source", source]
        return self.start(name, words, **more)

    def child(self, name: str) -> Child:
        return next(child for child in self.family.children if child.program.name == name)

    def kill(self, name: str) -> None:
        """SIGKILL for the process and what it started, as a machine that fails does it."""
        child = self.child(name)
        for pid in self.processes(name):
            os.kill(pid, signal.SIGKILL)
        child.process.wait()

    def again(self, name: str) -> None:
        """Start what was killed again."""
        child = self.child(name)
        end(child.mark)
        child.process = spawn(child.program, child.env, child.identity)
        child.mark = mark_of(child.program, child.process.pid)
        self.family.write_down()

    def processes(self, *names: str) -> list[int]:
        from ledgerflow.embedded.processes import session_members  # noqa: PLC0415 - beside its one use

        return [pid for name in names for pid in session_members(self.child(name).mark)]

    def wait_for_broker(self) -> None:
        wait_until(lambda: kafka.answers(self.bootstrap), 120, "Kafka does not come back")


@contextmanager
def world(port: int = 0) -> Iterator[World]:
    """A broker with a data folder of its own, and topics; all that was started in it ends with it."""
    with environment.temporary_home() as folder:
        environment.prepare(folder)
        made: World | None = None
        try:
            made = World(folder, port or kafka.free_port())
            made.manage("create_topics", "--partitions", "4")
            yield made
        finally:
            if made is not None:
                made.family.stop()


def wait_until(condition: Callable[[], bool], seconds: float, otherwise: str) -> float:
    """Wait for it; how long it took comes out. Raises `AssertionError` when the time is over."""
    began = time.perf_counter()
    while not condition():
        assert time.perf_counter() - began < seconds, f"{otherwise} (waited {seconds:.0f} s)"
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - began


def ask(question: str, *params: object, alias: str = "DATABASE_URL") -> list[tuple[object, ...]]:
    """The rows of one query to the books."""
    with psycopg.connect(os.environ[alias], autocommit=True) as connection:
        return connection.execute(question, params).fetchall()
