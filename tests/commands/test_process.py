"""`manage.py process_commands` as a process: killed in the middle, stopped, and watched over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, Event
from ledgerflow.events.commands.models import Command
from tests.client import ApiClient
from tests.commands.commanding import SALE, a_shop_with_cash, statuses
from tests.services.launching import free_port, wait_for

PROJECT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
COUNT = 1_200


@contextmanager
def processor(database_url: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that carries out commands; whatever is left of it is killed."""
    env = os.environ | {"DATABASE_URL": database_url, "KAFKA_BOOTSTRAP_SERVERS": ""}
    env |= {"LEDGERFLOW_WRITER_BATCH_LIMIT": "50"}
    child = subprocess.Popen(
        [sys.executable, "manage.py", "process_commands", *words], cwd=PROJECT, env=env, stderr=subprocess.DEVNULL
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait(PATIENCE_SECONDS)


def ended(entity: Entity) -> int:
    return Command.objects.filter(entity=entity).exclude(status="accepted").count()


def test_a_processor_that_is_killed_loses_and_doubles_nothing(database_url: str) -> None:
    """Postings end together with their commands; a hold in between is done one by one."""
    entity = a_shop_with_cash()
    items = [
        {"type": "PLACE_HOLD", "payload": {"account": "cash", "amount": "0.01"}, "idempotency_key": f"k{number}"}
        if number % 100 == 0
        else {"type": "TRANSFER_MONEY", "payload": SALE | {"amount": "1.00"}, "idempotency_key": f"k{number}"}
        for number in range(1, COUNT + 1)
    ]
    assert ApiClient(entity).post("/api/commands/batch", {"items": items}).json["accepted"] == COUNT
    with processor(database_url) as child:
        wait_for(lambda: ended(entity) > 0)
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE_SECONDS)
    assert ended(entity) < COUNT
    with processor(database_url, "--once") as child:
        assert child.wait(PATIENCE_SECONDS) == 0
    assert set(statuses(entity)) == {"completed"}
    assert Journal.objects.filter(entity=entity).count() == COUNT - COUNT // 100
    for type_, count in (("hold.placed", COUNT // 100), ("command.completed", COUNT)):
        assert Event.objects.filter(entity=entity, type=type_).count() == count
    assert verify_books(entity.id) == []


def test_a_processor_is_watched_and_ends_well(database_url: str) -> None:
    entity, port = a_shop_with_cash(), free_port()
    with processor(database_url, "--port", str(port)) as child:
        wait_for(lambda: told(port, "/health/ready")[0] == 200)
        command = ApiClient(entity).post("/api/commands", {"type": "TRANSFER_MONEY", "payload": SALE}).json["id"]
        wait_for(lambda: Command.objects.get(pk=command).status == "completed")
        assert json.loads(told(port, "/health/ready")[1]) == {"ready": True, "faults": []}
        wait_for(lambda: re.search(rb"ledgerflow_commands_ended_total [1-9]", told(port, "/metrics")[1]) is not None)
        assert b"ledgerflow_commands_waiting " in told(port, "/metrics")[1]
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE_SECONDS) == 0


def told(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""
