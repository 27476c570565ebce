"""The proof of a journal, checked by the script that an auditor has: a process with nothing of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints.keys import origin_of, verifier_keys
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from tests.checkpoints.logs import SCRIPT, a_checkpoint, a_log, event_of, grow, is_proven
from tests.client import NO_JOURNAL, ApiClient

Proof = dict[str, Any]


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = a_log(journals=10)
    make_checkpoint(entity.id)
    return entity


@pytest.fixture(scope="module")
def key(books: Entity) -> str:
    return str(verifier_keys(origin_of(books.code))[0])


@pytest.fixture(scope="module")
def proof(books: Entity) -> Proof:
    return proof_of(books, 4)


def proof_of(entity: Entity, journal: int, **query: Any) -> Proof:
    address = f"/api/journals/{event_of(entity, journal).subject}/proof"
    found: Proof = ApiClient(entity, "read").get(address, query).json
    return found


def changed(proof: Proof, change: Callable[[Proof], Any]) -> Proof:
    made = deepcopy(proof)
    change(made)
    assert made != proof
    return made


def flipped(path: list[str]) -> None:
    path[1] = ("B" if path[1][0] == "A" else "A") + path[1][1:]


def run(folder: Path, proof: Proof, key: str) -> subprocess.CompletedProcess[str]:
    (folder / "proof.json").write_text(json.dumps(proof))
    command = [sys.executable, "-I", str(SCRIPT), str(folder / "proof.json"), key]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_an_auditor_checks_it_with_the_key_alone(tmp_path: Path, books: Entity, proof: Proof, key: str) -> None:
    found = run(tmp_path, proof, key)
    event = event_of(books, 4)
    assert found.returncode == 0, found.stderr
    first = f"PROVEN. Event {event.sequence} of ledgerflow/{books.code} is one of the 13 events signed on 20"
    assert found.stdout.startswith(first)
    assert found.stdout.endswith(f":\n{event.data}\n")
    for other, why in (
        (changed(proof, lambda one: one["event"].update(actor="nobody")), "the event is not what was hashed"),
        (changed(proof, lambda one: flipped(one["inclusion_path"])), "does not lead to the root"),
    ):
        found = run(tmp_path, other, key)
        assert (found.returncode, found.stdout) == (1, "")
        assert found.stderr.startswith("NOT PROVEN: ")
        assert why in found.stderr
    found = run(tmp_path, proof, str(verifier_keys("ledgerflow/another")[0]))
    assert (found.returncode, found.stderr) == (1, "NOT PROVEN: the checkpoint is not signed by this key\n")


@pytest.mark.parametrize("column", ["entity_id", "sequence", "id", "type", "subject", "data", "actor", "recorded_at"])
def test_no_column_can_be_another(proof: Proof, key: str, column: str) -> None:
    assert is_proven(proof, key)
    others: dict[str, Any] = {"sequence": 8, "entity_id": NO_JOURNAL, "id": NO_JOURNAL}
    other = others.get(column) or proof["event"][column] + "x"
    assert not is_proven(changed(proof, lambda one: one["event"].update({column: other})), key)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(previous_hash="00" * 32),
        lambda one: one.update(hash="00" * 32),
        lambda one: one.update(leaf_index=one["leaf_index"] + 1),
        lambda one: one.update(leaf_index=-1),
        lambda one: one.update(tree_size=one["tree_size"] + 1),
        lambda one: one["inclusion_path"].pop(),
        lambda one: one["inclusion_path"].append(one["inclusion_path"][0]),
        lambda one: one["inclusion_path"].reverse(),
        lambda one: one.update(inclusion_path=[]),
        lambda one: one.update(checkpoint=one["checkpoint"].replace("\n13\n", "\n14\n")),
        lambda one: one.update(checkpoint=one["checkpoint"].partition("\n\n")[0] + "\n"),
        lambda one: one.update(checkpoint=one["checkpoint"][:-5] + "AAA=\n"),
        lambda one: one.update(checkpoint=""),
        lambda one: one.pop("checkpoint"),
        lambda one: one["event"].pop("data"),
    ],
    ids=range(15),
)
def test_no_part_can_be_another(proof: Proof, key: str, change: Callable[[Proof], Any]) -> None:
    assert not is_proven(changed(proof, change), key)


def test_a_checkpoint_of_other_books_is_none_of_these(proof: Proof, key: str) -> None:
    """The same private key has signed it, under another name."""
    other = a_checkpoint(a_log(journals=10))
    assert other.size == proof["tree_size"]
    assert not is_proven(changed(proof, lambda one: one.update(checkpoint=other.note)), key)


@pytest.mark.parametrize("damaged", ["", "ledgerflow", "a+b+c", "a+00000000+AAAA"])
def test_a_key_that_is_none(proof: Proof, damaged: str) -> None:
    assert not is_proven(proof, damaged)


def test_every_journal_of_every_size_of_log(key: str) -> None:
    entity = a_log()
    own_key = str(verifier_keys(origin_of(entity.code))[0])
    for size in range(4, 12):
        assert a_checkpoint(entity, journals=1).size == size
    for journal in range(1, 9):
        for size in range(journal + 3, 12):
            assert is_proven(proof_of(entity, journal, size=size), own_key)
    assert not is_proven(proof_of(entity, 1), key)


def test_what_no_checkpoint_covers_is_refused_with_the_way_to_one(books: Entity) -> None:
    entity = a_log(journals=1)
    client = ApiClient(entity, "read", "manage")
    address = f"/api/journals/{event_of(entity, 1).subject}/proof"
    reply = client.get(address)
    assert (reply.status, reply.code) == (409, "not_in_checkpoint")
    assert "POST /api/checkpoints makes one now" in reply.json["detail"]
    client.post("/api/checkpoints")
    assert client.get(address).json["tree_size"] == 5  # the key of the client is an event, too
    grow(entity)
    assert client.get(address, {"size": "6"}).code == "not_found"
    assert client.get(address, {"size": "x"}).pointers == ["/size"]
    assert client.get(f"/api/journals/{NO_JOURNAL}/proof").code == "not_found"
    assert ApiClient(books, "read").get(address).code == "not_found"
    assert Client().get(address).status_code == 401


def test_the_script_is_short() -> None:
    assert len(SCRIPT.read_text().splitlines()) <= 60
