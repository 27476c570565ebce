"""The declared types of events as others see them: with their versions, descriptions and JSON Schemas. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from ledgerflow.core.errors.form import ScopeMissing
from ledgerflow.core.events import Fact
from ledgerflow.core.plugins import registry
from ledgerflow.events.cloudevents import as_versioned, versioned_type
from ledgerflow.events.feed.bodies import EventTypeResponse
from ledgerflow.events.feed.errors import EventTypeUnknown, NoSuchEventType

DIALECT = "https://json-schema.org/draft/2020-12/schema"
READ = "read"
SCHEMA_ID = "urn:ledgerflow:event:"
ANY = ".*"  # at the end of a filter: all types that begin with what stands before


class NamedType(NamedTuple):
    """A type with its version, and the version alone."""

    name: str
    version: int


@lru_cache(maxsize=1_000)
def named(recorded: str) -> NamedType:
    """A type of the log as others see it."""
    name = as_versioned(recorded)
    return NamedType(name, int(name.rpartition(".v")[2]))


def hidden_types(scopes: frozenset[str]) -> list[str]:
    """The types of the log that a key with these scopes is not shown."""
    return [recorded for recorded, fact in registry.events.items() if fact.read_scope and fact.read_scope not in scopes]


def recorded_types(wanted: str, hidden: Collection[str], pointer: str) -> list[str]:
    """The types of the log that a filter wants: "journal.posted.v1,hold.*", versioned types or what they begin with.

    Raises `EventTypeUnknown` for a part that no declared type fits, and `PermissionMissing` for one that only hidden
    ones do, because such a filter would wait for ever.
    """
    known = {versioned_type(fact): recorded for recorded, fact in registry.events.items()}
    found: dict[str, None] = {}
    for part in wanted.split(","):
        begins = part.removesuffix("*") if part.endswith(ANY) else None
        fitting = [recorded for name, recorded in known.items() if name == part or (begins and name.startswith(begins))]
        if not fitting:
            raise EventTypeUnknown(pointer=pointer, type=part[:100])
        if all(one in hidden for one in fitting):
            raise ScopeMissing(scope=registry.events[fitting[0]].read_scope, pointer=pointer)
        found |= dict.fromkeys(fitting)
    return list(found)


def event_types() -> list[EventTypeResponse]:
    """All declared types, by name."""
    found = [_described(plugin.room, fact) for plugin in registry.plugins for fact in plugin.events]
    return sorted(found, key=lambda one: one.type)


def event_type(name: str) -> EventTypeResponse:
    """One of them, by its type with its version. Raises `NoSuchEventType`."""
    for one in event_types():
        if one.type == name:
            return one
    raise NoSuchEventType(type=name[:100])


def _described(room: str, fact: type[Fact]) -> EventTypeResponse:
    name = versioned_type(fact)
    scopes = [READ, fact.read_scope] if fact.read_scope else [READ]
    return EventTypeResponse(name, fact.event_version, room, inspect.getdoc(fact) or "", scopes, _schema(name, fact))


def _schema(name: str, fact: type[Fact]) -> dict[str, Any]:
    """Of the data alone, with all that it refers to. A member that is not described may come: they are added."""
    return {"$schema": DIALECT, "$id": SCHEMA_ID + name} | msgspec.json.schema(fact)
