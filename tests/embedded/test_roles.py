"""The five roles as processes of their own: an item from 202 to its page, whichever of them is killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledgerflow.embedded import roles
from ledgerflow.embedded.processes import session_members, started_ticks
from tests.services.launching import LAUNCHER, PROJECT, environment_for, free_ports, wait_for

pytestmark = pytest.mark.begins_first

ACCEPTED, OK, UNAVAILABLE = 202, 200, 503


@dataclass(frozen=True)
class Roles:
    """The roles of one launcher, and the keys of its demo books."""

    home: Path
    port: int

    def ask(
        self, role: str, path: str, key: str, body: dict[str, Any] | None = None, **headers: str
    ) -> tuple[int, Any]:
        """The status and the body of an answer; status 0 where nobody answers."""
        sent = {"Authorization": f"Bearer {self.secret(key)}", "Content-Type": "application/json"} | headers
        request = urllib.request.Request(
            f"http://127.0.0.1:{roles.port_of(role, self.port)}{path}",
            headers=sent,
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
        except (OSError, ValueError):
            return 0, None

    def secret(self, name: str) -> str:
        found: dict[str, str] = json.loads((self.home / "credentials.json").read_text())
        return found[name]

    def create_item(self, name: str) -> str:
        """Send it until it is accepted, with one key as a client does; the item's id."""
        body, headers = (
            {"name": name, "description": "A description"},
            {"Idempotency-Key": f"item-{name}".replace(" ", "-")},
        )
        found: list[str] = []

        def is_accepted() -> bool:
            status, answer = self.ask("command", "/items", "api_key", body, **headers)
            assert status in {ACCEPTED, UNAVAILABLE, 0}, answer
            found.extend([answer["id"]] if status == ACCEPTED else [])
            return bool(found)

        wait_for(is_accepted, 60)
        return found[0]

    def shows(self, item: str) -> bool:
        return self.ask("query", f"/items/{item}", "read_key")[0] == OK

    def items(self) -> list[tuple[str, str]]:
        """All items that `query` shows, a page after the other."""
        found, path = [], "/items?limit=100"
        while path:
            status, page = self.ask("query", path, "read_key")
            assert status == OK, page
            found += [(one["id"], one["name"]) for one in page["results"]]
            path = page["next"] or ""
            path = path[path.index("/items") :] if path else ""
        return found

    def kill(self, name: str) -> None:
        """SIGKILL for one process of the launcher and all that it started; it is started again by itself."""
        (mark,) = [mark for mark in roles.marks(self.home) if mark.name == name]
        pids = session_members(mark)
        assert started_ticks(mark.pid) is not None
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: any(one.name == name and one.pid != mark.pid for one in roles.marks(self.home)), 60)


@pytest.fixture(scope="module")
def running_roles(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    """Everything up, with a Kafka of its own, because the tests kill it."""
    home, port = tmp_path_factory.mktemp("roles"), free_ports(len(roles.ROLES))
    env = environment_for(home, PORT=str(port), LEDGERFLOW_TASK_WORKERS="1")
    env = {name: value for name, value in env.items() if "KAFKA" not in name}
    left_over = home / "run" / "up"  # of a launcher that was killed: it says nothing of this one
    left_over.parent.mkdir()
    left_over.touch()
    up = subprocess.run(
        [*LAUNCHER, "up"], env=env, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=240
    )
    assert (up.returncode, "LedgerFlow is up" in up.stdout) == (0, True), up.stdout + up.stderr
    try:
        yield Roles(home, port)
    finally:
        subprocess.run([*LAUNCHER, "stop"], env=env, cwd=PROJECT, check=False, timeout=120, capture_output=True)


def test_an_item_is_there_for_readers_soon_after_it_was_accepted(running_roles: Roles) -> None:
    item = running_roles.create_item("first")
    wait_for(lambda: running_roles.shows(item), 30)
    assert running_roles.ask("query", f"/items/{item}", "read_key")[1]["name"] == "first"
    status, command = running_roles.ask("command", f"/api/commands/{item}", "api_key")
    assert (status, command["status"]) == (OK, "completed")


def test_query_answers_from_read_models_what_the_books_say(running_roles: Roles) -> None:
    of_books = running_roles.ask("web", "/api/accounts/1001-CASH/balance", "api_key")[1]
    wait_for(lambda: running_roles.ask("query", "/api/views/accounts/1001-CASH/balance", "read_key")[0] == OK, 30)
    found = running_roles.ask("query", "/api/views/accounts/1001-CASH/balance", "read_key")[1]
    assert (found["balance"], found["version"]) == (of_books["balance"], of_books["version"])


def test_query_refuses_the_key_of_a_person(running_roles: Roles) -> None:
    status, problem = running_roles.ask("query", "/items", "api_key")
    assert (status, problem["code"]) == (401, "unauthenticated")


def test_nothing_is_lost_or_doubled_whoever_is_killed(running_roles: Roles) -> None:
    victims = [*(f"The role {role}" for role in roles.ROLES), "Kafka"]
    made = {}
    for number, victim in enumerate(victims):
        before, after = f"before {number}", f"after {number}"
        made[running_roles.create_item(before)] = before
        running_roles.kill(victim)
        made[running_roles.create_item(after)] = after
        assert running_roles.create_item(before) in made  # sent again with its key, it is the same item
    wait_for(lambda: all(running_roles.shows(item) for item in made), 90)
    shown = running_roles.items()
    assert len(shown) == len(set(shown))
    assert {item: name for item, name in shown if item in made} == made
