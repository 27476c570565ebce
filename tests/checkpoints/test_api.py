"""The endpoints of checkpoints."""

from __future__ import annotations

from base64 import b64decode

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints.keys import origin_of, replace_key, verifier_keys
from ledgerflow.events.checkpoints.merkle import is_consistent
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.notes import TreeHead, opened
from tests.checkpoints.logs import a_checkpoint, a_log, grow
from tests.client import ApiClient

PATH = "/api/checkpoints"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    """With checkpoints of three, five and nine events."""
    entity = a_log()
    for count in (0, 2, 4):
        a_checkpoint(entity, journals=count)
    return entity


@pytest.fixture(scope="module")
def reader(books: Entity) -> ApiClient:
    return ApiClient(books, "read")


def test_the_list_is_newest_first_and_comes_in_pages(reader: ApiClient) -> None:
    page = reader.get(PATH, {"limit": "2"}).json
    assert [(one["number"], one["size"]) for one in page["results"]] == [(3, 9), (2, 5)]
    rest = reader.get(page["next"]).json
    assert ([one["size"] for one in rest["results"]], rest["next"]) == ([3], None)


def test_one_checkpoint(reader: ApiClient, books: Entity) -> None:
    made = Checkpoint.objects.get(entity=books, size=5)
    found = reader.get(f"{PATH}/5").json
    assert (found["number"], found["size"], b64decode(found["root"])) == (2, 5, bytes(made.root))
    assert found["note"] == made.note
    head = TreeHead.read(opened(found["note"], verifier_keys(origin_of(books.code))))
    assert (head.size, head.entity_id, head.root) == (5, books.id, bytes(made.root))


def test_the_note_by_itself(books: Entity) -> None:
    client = ApiClient(books, "read")
    response = Client().get(f"{PATH}/5", {"format": "text"}, headers={"authorization": f"Bearer {client.secret}"})
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == Checkpoint.objects.get(entity=books, size=5).note


@pytest.mark.parametrize("size", ["4", "0", "10", str(2**70)])
def test_there_is_no_checkpoint_of_that_size(reader: ApiClient, size: str) -> None:
    assert reader.get(f"{PATH}/{size}").code == "not_found"
    assert reader.get(f"{PATH}/{size}/consistency", {"from": "3"}).code == "not_found"


def test_one_follows_from_the_other(reader: ApiClient) -> None:
    found = reader.get(f"{PATH}/9/consistency", {"from": "5"}).json
    old_root, root = b64decode(found["from_root"]), b64decode(found["root"])
    assert (found["from_size"], found["size"]) == (5, 9)
    assert root == b64decode(reader.get(f"{PATH}/9").json["root"])
    assert is_consistent(5, 9, old_root, root, [b64decode(one) for one in found["path"]])


@pytest.mark.parametrize(
    "query, code, pointer",
    [
        ({}, "malformed", "/from"),
        ({"from": ""}, "malformed", "/from"),
        ({"from": "0"}, "malformed", "/from"),
        ({"from": "-3"}, "malformed", "/from"),
        ({"from": "x"}, "malformed", "/from"),
        ({"from": "9", "to": "3"}, "malformed", "/to"),
    ],
    ids=str,
)
def test_nonsense_is_refused(reader: ApiClient, query: dict[str, str], code: str, pointer: str) -> None:
    reply = reader.get(f"{PATH}/9/consistency", query)
    assert (reply.code, reply.pointers) == (code, [pointer])


def test_a_proof_does_not_go_backwards(reader: ApiClient) -> None:
    reply = reader.get(f"{PATH}/3/consistency", {"from": "9"})
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", ["/from"])


def test_making_one(books: Entity) -> None:
    client = ApiClient(entity := a_log(), "read", "manage")
    reply = client.post(PATH)
    assert (reply.status, reply.json["size"], reply.headers["Location"]) == (
        200,
        4,
        "/api/checkpoints/4",
    )  # its key is an event, too
    assert client.post(PATH, {}).json == reply.json
    grow(entity)
    assert client.post(PATH).json["number"] == 2
    assert client.post(PATH, {"size": 7}).code == "malformed"
    assert ApiClient(books, "read", "post").post(PATH).code == "permission_missing"


def test_nobody_sees_those_of_other_books(reader: ApiClient) -> None:
    made = a_checkpoint(a_log(journals=40))
    assert reader.get(f"{PATH}/{made.size}").code == "not_found"
    assert {one["size"] for one in reader.get(PATH).json["results"]} == {3, 5, 9}


def test_the_key(reader: ApiClient, books: Entity) -> None:
    found = reader.get(f"{PATH}/key").json
    assert found["name"] == f"ledgerflow/{books.code}"
    first = found["verifier_key"]
    assert first.startswith(f"ledgerflow/{books.code}+")
    replace_key()
    found = reader.get(f"{PATH}/key").json
    assert found["verifier_key"] != first
    assert found["retired"][0] == first


def test_a_key_that_is_missing_is_told_without_its_place(reader: ApiClient, tmp_path: object, settings: object) -> None:
    settings.LEDGERFLOW_CHECKPOINT_KEY_FILE = tmp_path / "none"  # type: ignore[attr-defined, operator]
    reply = reader.get(f"{PATH}/key")
    assert (reply.status, reply.code) == (503, "checkpoint_key_unusable")
    assert str(tmp_path) not in reply.content.decode()
