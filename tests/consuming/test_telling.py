"""What a process of consumers tells: that it is ready or why not, and its metrics, also while the database is away."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import OperationalError
from prometheus_client import REGISTRY

from ledgerflow.events.consuming import telling
from ledgerflow.events.consuming.telling import (
    STUCK_SECONDS,
    ConsumerCollector,
    PublishingCollector,
    Telling,
    faults_of,
)
from tests.consuming.toys import Toy, a_dead_letter, books_with


@contextmanager
def told(*faults: str) -> Iterator[int]:
    made = Telling(0, lambda: faults)
    try:
        yield made.port
    finally:
        made.close()


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


TELLING_COMMANDS = ("consume", "dispatch_webhooks", "process_commands", "work")


@pytest.mark.parametrize("port", ["-1", "65536", "8_000", "٣", "http", "9" * 5_000])
@pytest.mark.parametrize("command", [*TELLING_COMMANDS, "serve web"])
def test_a_port_that_is_none_is_refused(command: str, port: str) -> None:
    with pytest.raises(CommandError, match=r"argument --port: it is a number from 0 to 65535, not .{1,20}$"):
        call_command(*command.split(), f"--port={port}")


@pytest.mark.parametrize("command", TELLING_COMMANDS)
def test_a_port_that_is_none_ends_a_command_with_exit_code_two(command: str) -> None:
    made: Any = load_command_class(get_commands()[command], command)
    made._called_from_command_line = True
    with pytest.raises(SystemExit) as ended:
        made.create_parser("manage.py", command).parse_args(["--port=65536"])
    assert ended.value.code == 2


@pytest.mark.parametrize("command", TELLING_COMMANDS)
def test_a_port_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    # In the process of the tests nobody may wait for signals.
    monkeypatch.setattr(f"{get_commands()[command]}.management.commands.{command}.stop_on_signals", Event)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"^Port {port} on 127.0.0.1 cannot be used: "):
            call_command(command, "--port", port)


def test_a_process_says_why_it_is_not_ready() -> None:
    with told("The database is away.") as port:
        status, text = get(port, "/health/ready?x=1")
        assert (status, json.loads(text)) == (503, {"ready": False, "faults": ["The database is away."]})
        assert get(port, "/health/live")[0] == 200
    with told() as port:
        assert get(port, "/health/ready")[0] == 200


def test_a_consumer_is_not_ready_while_its_database_is_away_or_its_loop_stands() -> None:
    def nowhere() -> psycopg.Connection[object]:
        message = "no such host"
        raise psycopg.OperationalError(message)

    entity, toy = books_with(3), Toy()
    away, stuck, well = toy.runner(entity, connect=nowhere), toy.runner(entity), toy.runner(entity)
    with pytest.raises(psycopg.OperationalError):
        away.step()
    stuck.measures.turned_at -= STUCK_SECONDS + 1
    name = toy.consumer.name
    assert faults_of([away, stuck, well]) == [
        f"{name}: OperationalError: no such host",
        f"{name} has done nothing for {STUCK_SECONDS + 1} seconds.",
    ]


def test_the_metrics_are_those_of_the_consumers() -> None:
    entity, toy = books_with(5), Toy()
    a_dead_letter(toy, entity, 4)
    runner = toy.runner(entity)
    runner.step()
    runner.measure()
    collector = ConsumerCollector([runner])
    REGISTRY.register(collector)
    try:
        with told() as port:
            text = get(port, "/metrics")[1]
    finally:
        REGISTRY.unregister(collector)
    for name, value in (("lag", 2), ("position", 3), ("stopped", 1), ("open_letters", 1), ("applied_total", 0)):
        assert f'ledgerflow_consumer_{name}{{consumer="{toy.consumer.name}"}} {value}.0' in text


def test_publishing_is_told_while_the_books_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = PublishingCollector()
    assert "ledgerflow_sink_breaker" in {metric.name for metric in collector.collect()}

    class Away:
        def collect(self) -> None:
            raise OperationalError

    monkeypatch.setattr(telling, "SinkCollector", Away)
    assert list(collector.collect()) == []
