"""The declared types of events as others rely on them, kept in `event_types.json`: they are added to, and nothing else.

    make event-types

writes what was added. It refuses anything else: that is a new type beside the old one, with the next version.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ledgerflow.core.events import Fact
from ledgerflow.core.plugins import registry
from ledgerflow.events.cloudevents import versioned_type

KEPT = Path(__file__).with_suffix(".json")
PARTS = "#/parts/"
# What only people read.
WORDS = ("title", "description")
Types = dict[str, Any]


def declared(facts: dict[str, type[Fact]]) -> Types:
    """The JSON Schema of each type by its versioned name, and the parts that they share."""
    types = {versioned_type(fact): fact for fact in facts.values()}
    schemas, parts = msgspec.json.schema_components(types.values(), ref_template=PARTS + "{name}")
    return {"types": dict(zip(types, schemas, strict=True)), "parts": parts}


def kept() -> Types:
    found: Types = json.loads(KEPT.read_text())
    return found


def differences(before: Types, after: Types) -> Iterator[str]:
    """What breaks a reader of the types before; additions are none."""
    for name, schema in before["types"].items():
        if name not in after["types"]:
            yield f"{name} is gone"
        else:
            yield from _of_schema(name, _whole(schema, before), _whole(after["types"][name], after))


def _of_schema(place: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict) and "properties" in before and "properties" in after:
        yield from _of_struct(place, before, after)
    elif isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for name, value in before.items():
            yield from _of_schema(place, value, after[name])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _of_schema(place, one, other)
    elif before != after:
        yield f"{place} was {json.dumps(before)} and is {json.dumps(after)}"


def _of_struct(place: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    members, now = before["properties"], after["properties"]
    for name in members:
        if name not in now:
            yield f"{place}.{name} is gone"
        else:
            yield from _of_schema(f"{place}.{name}", members[name], now[name])
            if (name in before["required"]) != (name in after["required"]):
                yield f"{place}.{name} {'has a default now' if name in before['required'] else 'lost its default'}"
    for name in after["required"]:
        if name not in members:
            yield f"{place}.{name} is new and has no default"


def _whole(schema: Any, types: Types) -> Any:
    """A schema with its parts put in, without the words for people."""
    if isinstance(schema, list):
        return [_whole(one, types) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(types["parts"][schema["$ref"].removeprefix(PARTS)], types)
    # The members of a struct may be called "title" themselves.
    return {
        name: {member: _whole(one, types) for member, one in value.items()}
        if name == "properties"
        else _whole(value, types)
        for name, value in schema.items()
        if name not in WORDS
    }


def main() -> int:
    import django

    django.setup()
    now = declared(registry.events)
    broken = list(differences(kept(), now)) if KEPT.exists() else []
    if broken:
        sys.stderr.write("\n".join(["Not an addition; declare a new version beside it:", *broken, ""]))
        return 1
    KEPT.write_text(json.dumps(now, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
