"""Items: created by a command, read from the read model, proven by the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from pytest_django import Settings

from apps.items.events import ItemCreatedFact
from apps.items.proof import check_items
from apps.items.use_cases import create_item
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import IdempotencyKeyReused, Malformed
from ledgerflow.events.commands.checking import command_id_of
from tests.builders import an_entity
from tests.client import NO_JOURNAL, ApiClient
from tests.commands.commanding import outcome, process, sent
from tests.read_models.projecting import project

CHAIR = {"name": "My First Item", "description": "A description of my item"}


@pytest.fixture
def entity() -> Iterator[Entity]:
    """Books that are proven again at the end of each test."""
    entity = an_entity()
    yield entity
    assert verify_books(entity.id) == []


@pytest.fixture
def client(entity: Entity) -> ApiClient:
    return ApiClient(entity)


def bring_up(entity: Entity) -> None:
    """What was accepted is done, and the read model knows of it."""
    process(entity)
    project(entity)


def item_facts(entity: Entity) -> list[ItemCreatedFact]:
    events = Event.objects.filter(entity=entity, type="item.created").order_by("sequence")
    return [ItemCreatedFact.read(data) for data in events.values_list("data", flat=True)]


def test_an_item_from_its_command_to_its_page(entity: Entity, client: ApiClient) -> None:
    reply = client.post("/items", CHAIR, key="")
    assert reply.status == 202
    assert reply.headers["Location"] == f"/items/{reply.json['id']}"
    assert reply.json == {"id": reply.json["id"], "status": "accepted", **CHAIR}
    bring_up(entity)
    shown = client.get(reply.headers["Location"]).json
    event = Event.objects.get(entity=entity, type="item.created")
    assert shown | {"created_at": ""} == {
        "id": reply.json["id"], **CHAIR, "created_at": "", "created_by": f"key:{client.key.id}",
        "event_sequence": event.sequence,
    }  # fmt: skip
    assert client.get("/items").json == {"results": [shown], "next": None}
    assert outcome(client, reply.json["id"])["result"]["data"]["id"] == reply.json["id"]


def test_without_a_key_each_request_is_another_item(entity: Entity, client: ApiClient) -> None:
    ids = {client.post("/items", CHAIR, key="").json["id"] for _ in range(3)}
    bring_up(entity)
    assert {str(fact.id) for fact in item_facts(entity)} == ids
    assert len(ids) == 3


def test_with_a_key_it_is_one_item_by_whatever_way(entity: Entity, client: ApiClient) -> None:
    first, again = (client.post("/items", CHAIR, key="k") for _ in range(2))
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert sent(client, "CREATE_ITEM", CHAIR, "k") == first.json["id"]
    other = client.post("/items", CHAIR | {"name": "Another"}, key="k")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    bring_up(entity)
    assert (
        create_item(entity.id, *CHAIR.values(), key="k", actor="test")
        == Event.objects.get(entity=entity, type="item.created").sequence
    )
    with pytest.raises(IdempotencyKeyReused):
        create_item(entity.id, "Another", key="k", actor="test")
    assert [fact.id for fact in item_facts(entity)] == [command_id_of(entity.id, "k")]


@pytest.mark.parametrize(
    "body, pointers",
    [
        ({}, ["/name"]), ({"name": ""}, ["/name"]), ({"name": "  "}, ["/name"]), ({"name": "x" * 201}, ["/name"]),
        ({"name": 5}, ["/name"]), ({"name": "x", "description": "y" * 2_001}, ["/description"]),
        ({"name": "x", "price": "1"}, ["/price"]), ({"name": "x\x00"}, ["/name"]), ([], [""]),
        (b'{"name": "a", "name": "b"}', ["/name"]),
    ],
)  # fmt: skip
def test_what_is_no_item_is_refused(client: ApiClient, body: Any, pointers: list[str]) -> None:
    reply = client.post("/items", body)
    assert (reply.status, reply.pointers) == (400, pointers), reply.json


@pytest.mark.parametrize("name", ["x", "x" * 200, "Stuhl für zwölf 椅子", "tab\tand\nline", "'; DROP TABLE items; --"])
def test_any_name_is_kept_as_it_is(entity: Entity, client: ApiClient, name: str) -> None:
    made = client.post("/items", {"name": name, "description": "y" * 2_000}).json["id"]
    bring_up(entity)
    assert client.get(f"/items/{made}").json["name"] == name


def test_items_a_page_at_a_time_the_newest_first(entity: Entity, client: ApiClient) -> None:
    made = [client.post("/items", {"name": f"Item {number}"}).json["id"] for number in range(5)]
    bring_up(entity)
    found, path = [], "/items?limit=2"
    while path:
        page = client.get(path).json
        found += [one["id"] for one in page["results"]]
        path = page["next"]
    assert found == made[::-1]


def test_a_reader_waits_for_what_it_must_see(entity: Entity, client: ApiClient, settings: Settings) -> None:
    settings.LEDGERFLOW_READ_MODEL_WAIT_SECONDS = 0
    made = client.post("/items", CHAIR).json["id"]
    process(entity)
    sequence = outcome(client, made)["event_sequence"]
    behind = client.get(f"/items/{made}?min_sequence={sequence + 1_000}")
    assert (behind.status, behind.code) == (503, "read_model_behind")
    project(entity)
    assert client.get(f"/items/{made}?min_sequence={sequence}").status == 200
    assert len(client.get(f"/items?min_sequence={sequence}").json["results"]) == 1


def test_an_item_that_is_not_there(client: ApiClient, entity: Entity) -> None:
    project(entity)
    assert client.get(f"/items/{NO_JOURNAL}").code == "not_found"
    assert client.get("/items/7").code == "not_found"
    assert client.get("/items/").code == "not_found"
    assert client.send("DELETE", "/items").code == "method_not_allowed"


def test_another_entity_sees_none_of_it(entity: Entity, client: ApiClient) -> None:
    made = client.post("/items", CHAIR).json["id"]
    bring_up(entity)
    other = ApiClient(an_entity())
    assert other.get(f"/items/{made}").status == 404
    assert other.get("/items").json["results"] == []


def test_creating_takes_the_scope_post_and_reading_the_scope_read(entity: Entity) -> None:
    assert ApiClient(entity, "read").post("/items", CHAIR).code == "permission_missing"
    assert ApiClient(entity, "post").get("/items").code == "permission_missing"


@pytest.mark.parametrize("name", ["", " \t", "x" * 201, "a\x00"])
def test_the_use_case_looks_at_the_name_itself(entity: Entity, name: str) -> None:
    with pytest.raises(Malformed):
        create_item(entity.id, name, key="k", actor="test")


# The proof


@pytest.fixture
def forged(forger: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    forger.execute("SET TIME ZONE 'UTC'")
    return forger


def found_in(connection: psycopg.Connection[Any], entity: Entity) -> set[tuple[str, str]]:
    return {(fault.table, fault.what) for fault in check_items(connection, entity.id)}


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("My First Item", "My Other Item", "fingerprint"), ("My First Item", " ", "data"),
        ('"idempotency_key":"k"', '"idempotency_key":"l"', "id, by its key"), ('"name":', '"title":', "data"),
    ],
)  # fmt: skip
def test_an_item_that_was_rewritten_is_named(
    forged: psycopg.Connection[Any], entity: Entity, old: str, new: str, fault: str
) -> None:
    client = ApiClient(entity)
    client.post("/items", CHAIR, key="k")
    process(entity)
    assert found_in(forged, entity) == set()
    forged.execute(
        "UPDATE books_event SET data = replace(data, %s, %s) WHERE entity_id = %s AND type = 'item.created'",
        (old, new, entity.id),
    )
    assert ("books_event", fault) in found_in(forged, entity)


def test_an_item_that_is_there_twice_or_not_at_all_is_named(
    forged: psycopg.Connection[Any], entity: Entity, client: ApiClient
) -> None:
    made = UUID(client.post("/items", CHAIR, key="k").json["id"])
    process(entity)
    sequence = Event.objects.get(entity=entity, type="item.created").sequence
    forged.execute(
        "INSERT INTO books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash)"
        " SELECT entity_id, 1000, %s, type, subject, data, actor, recorded_at, hash FROM books_event"
        " WHERE entity_id = %s AND sequence = %s",
        (uuid4(), entity.id, sequence),
    )
    assert found_in(forged, entity) == {("books_event", "item")}
    forged.execute("DELETE FROM books_event WHERE entity_id = %s AND type = 'item.created'", (entity.id,))
    (fault,) = check_items(forged, entity.id)
    assert (fault.table, fault.key, fault.what) == ("commands_command", str(made), "item")
