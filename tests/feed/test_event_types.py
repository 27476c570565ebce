"""The declared types of events: their filters, and the JSON Schemas that describe their data."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from ledgerflow.core.errors.form import ScopeMissing
from ledgerflow.core.plugins import registry
from ledgerflow.events.cloudevents import as_versioned
from ledgerflow.events.feed.errors import EventTypeUnknown, NoSuchEventType
from ledgerflow.events.feed.event_types import event_type, event_types, hidden_types, named, recorded_types

pytestmark = pytest.mark.pure


def test_all_declared_types_are_there_by_name() -> None:
    found = event_types()
    assert [one.type for one in found] == sorted(as_versioned(one) for one in registry.events)
    assert all(one.description.endswith(".") and one.room for one in found)


def test_a_type_has_its_version() -> None:
    assert named("day.closed") == ("day.closed.v1", 1)
    assert named("day.closed.v12") == ("day.closed.v12", 12)


def test_filters_name_types_or_what_they_begin_with() -> None:
    assert recorded_types("journal.posted.v1", (), "/types") == ["journal.posted"]
    holds = [one for one in registry.events if one.startswith("hold.")]
    assert recorded_types("hold.*,journal.posted.v1,hold.placed.v1", (), "/types") == [*holds, "journal.posted"]


@pytest.mark.parametrize("wanted", ["", "journal.posted", "*", ".*", "journal*", "journal.posted.v1,", "nothing.*"])
def test_a_filter_that_nothing_fits_is_refused(wanted: str) -> None:
    with pytest.raises(EventTypeUnknown) as refusal:
        recorded_types(wanted, (), "/types")
    assert refusal.value.pointer == "/types"


def test_types_that_take_more_scopes_are_hidden_from_keys_without_them() -> None:
    hidden = hidden_types(frozenset({"read", "post"}))
    assert set(hidden) == {one for one in registry.events if one.startswith("webhook.")}
    assert hidden_types(frozenset({"read", "manage"})) == []
    assert event_type("webhook.created.v1").scopes == ["read", "manage"]
    assert event_type("journal.posted.v1").scopes == ["read"]


def test_a_filter_for_what_is_hidden_is_refused() -> None:
    for wanted in ("webhook.created.v1", "journal.*,webhook.*"):
        with pytest.raises(ScopeMissing) as refusal:
            recorded_types(wanted, hidden_types(frozenset({"read"})), "/types")
        assert (refusal.value.data, refusal.value.pointer) == ({"scope": "manage"}, "/types")


@pytest.mark.parametrize("name", ["journal.posted", "journal.posted.v2", "x" * 1000])
def test_there_is_no_other_type(name: str) -> None:
    with pytest.raises(NoSuchEventType):
        event_type(name)


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [one for inner in node.values() for one in references(inner)]
    return [one for inner in node for one in references(inner)] if isinstance(node, list) else []


@pytest.mark.parametrize("name", [one.type for one in event_types()])
def test_a_schema_stands_alone(name: str) -> None:
    schema = event_type(name).schema
    json.dumps(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    assert {one.removeprefix("#/$defs/") for one in references(schema)} <= schema["$defs"].keys()
