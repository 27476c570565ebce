"""`manage.py consume` as a process: it is stopped, killed and watched, and nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledgerflow.books.models import Entity
from tests.consuming.toys import Toy, books_with, lapse, more
from tests.services.launching import free_port, wait_for

PROJECT = Path(__file__).parents[2]


@contextmanager
def consuming(database_url: str, toy: Toy, entity: Entity, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.consuming.process", toy.consumer.name, str(entity.id), *words]
    process = subprocess.Popen(
        command, cwd=PROJECT, env=os.environ | {"DATABASE_URL": database_url}, stdout=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def ended(process: subprocess.Popen[Any]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=60)


def test_a_process_is_killed_and_another_goes_on(database_url: str) -> None:
    entity, toy, port = books_with(6), Toy(), free_port()
    with consuming(database_url, toy, entity, toy.consumer.name, "--slow") as first:
        wait_for(lambda: len(toy.taken(entity)) == 6)
        more(entity, 1)
        assert first.stdout is not None
        assert first.stdout.readline() == b"applying\n"
        first.kill()
        first.wait()
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6]
    lapse(toy)  # after six seconds
    with consuming(database_url, toy, entity, toy.consumer.name, "--port", str(port)) as second:
        wait_for(lambda: len(toy.taken(entity)) == 7)
        assert toy.position(entity).lease_epoch == 2
        more(entity, 1)
        wait_for(lambda: toy.taken(entity) == [1, 2, 3, 4, 5, 6, 7, 8])
        assert get(port, "/health/live") == (200, '{"live":true}')
        status, text = get(port, "/health/ready")
        assert (status, json.loads(text)) == (200, {"ready": True, "faults": []})
        status, text = get(port, "/metrics")
        assert f'ledgerflow_consumer_applied_total{{consumer="{toy.consumer.name}"}} 2.0' in text
        assert get(port, "/other")[0] == 404
        assert toy.position(entity).lease_owner
        assert ended(second) == 0
    assert toy.position(entity).lease_owner == ""


def test_a_name_that_nobody_has_is_refused_with_those_that_are(database_url: str) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "consume", "nobody"],
        cwd=PROJECT, env=os.environ | {"DATABASE_URL": database_url}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert run.returncode == 2
    assert "There is no consumer 'nobody'. The consumers are: " in run.stderr
