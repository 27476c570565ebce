"""The types of events through the API, and that what is recorded fits what they say."""

from __future__ import annotations

import json

import jsonschema

from ledgerflow.core.plugins import registry
from tests.client import ApiClient
from tests.eventful import eventful_books


def test_what_is_recorded_fits_the_schema_of_its_type() -> None:
    client = ApiClient(eventful_books())
    reply = client.get("/api/event-types")
    schemas = {one["type"]: one["schema"] for one in reply.json["results"]}
    assert len(schemas) == len(registry.events)
    events = client.get("/api/events?limit=1000").json["events"]
    assert {"journal.posted.v1", "account.opened.v1", "entity.created.v1"} <= {one["type"] for one in events}
    for one in events:
        jsonschema.Draft202012Validator(schemas[one["type"]]).validate(one["data"])


def test_one_type_alone_is_the_same() -> None:
    client = ApiClient(eventful_books())
    listed = {one["type"]: one for one in client.get("/api/event-types").json["results"]}
    shown = client.get("/api/event-types/hold.placed.v1").json
    assert shown == listed["hold.placed.v1"]
    assert (shown["room"], shown["version"]) == ("holds", 1)
    reply = client.get("/api/event-types/hold.placed")
    assert (reply.status, reply.code) == (404, "not_found")
    assert json.loads(reply.content)["data"] == {"type": "hold.placed"}
