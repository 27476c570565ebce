"""Events as messages: CloudEvents 1.0 in the binary mode of its Kafka protocol binding. Pure.

The value is the event's data as it was hashed; all else stands in headers, so that a consumer can check the hash chain
without the database. The type ends in its version ("journal.posted.v1"). `traceparent` (W3C Trace Context) follows from
the event's id and hash, because an event that is sent twice must be the same message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from ledgerflow.core.events import Fact, RecordedEvent

CONTENT_TYPE = "application/json"
SOURCE = "/entities/"
HASH_BYTES = 32
_VERSION = re.compile(r"\.v[0-9]+\Z", re.ASCII)

Header = tuple[str, bytes]
Headers = list[Header]


class MessageRefusedError(ValueError):
    """A message that is no event of a ledger."""


def versioned_type(fact: type[Fact]) -> str:
    """The type of a fact as others see it: `event_type` with its version, which the log leaves out for the first."""
    return as_versioned(fact.event_type)


@lru_cache(maxsize=1_000)
def as_versioned(event_type: str) -> str:
    """A type of the log with its version: "journal.posted" is "journal.posted.v1", "day.closed.v2" is itself."""
    return event_type if _VERSION.search(event_type) else f"{event_type}.v1"


def as_recorded(versioned: str) -> str:
    """The other way round: the type as the log has it."""
    return versioned.removesuffix(".v1")


def headers_of(event: RecordedEvent, entity_code: str) -> Headers:
    """The headers of an event's message; its key is the entity's code, its value the event's data."""
    hexadecimal, id_ = event.hash.hex(), event.id.hex
    specversion, source, entity_id, content_type = _of_entity(entity_code, event.entity_id)
    return [
        specversion,
        ("ce_id", f"{id_[:8]}-{id_[8:12]}-{id_[12:16]}-{id_[16:20]}-{id_[20:]}".encode()),
        source,
        _of_type(event.type),
        ("ce_subject", event.subject.encode()),
        ("ce_time", event.recorded_at.encode()),
        entity_id,
        ("ce_sequence", b"%d" % event.sequence),
        _of_actor(event.actor),
        ("ce_hash", hexadecimal.encode()),
        content_type,
        ("traceparent", f"00-{id_}-{hexadecimal[:16]}-00".encode()),
    ]


# What many events have in common is made once: it is half of the time that a message takes.


@lru_cache(maxsize=1_000)
def _of_entity(entity_code: str, entity_id: UUID) -> tuple[Header, Header, Header, Header]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", f"{SOURCE}{entity_code}".encode()),
        ("ce_entityid", str(entity_id).encode()),
        ("content-type", CONTENT_TYPE.encode()),
    )


@lru_cache(maxsize=1_000)
def _of_type(event_type: str) -> Header:
    return "ce_type", as_versioned(event_type).encode()


@lru_cache(maxsize=1_000)
def _of_actor(actor: str) -> Header:
    return "ce_actor", actor.encode()


def event_of(headers: Iterable[tuple[str, bytes]] | None, value: bytes | None) -> RecordedEvent:
    """The event of a message. Raises `MessageRefusedError` for one that is none; the chain is not looked at here."""
    found = dict(headers or ())
    try:
        event = RecordedEvent(
            UUID(_text(found, "ce_entityid")),
            int(_text(found, "ce_sequence")),
            UUID(_text(found, "ce_id")),
            as_recorded(_text(found, "ce_type")),
            _text(found, "ce_subject"),
            (value or b"").decode(),
            _text(found, "ce_actor"),
            _text(found, "ce_time"),
            bytes.fromhex(_text(found, "ce_hash")),
        )
    except (KeyError, ValueError) as error:
        message = f"The message is no event of a ledger: {error!r}"
        raise MessageRefusedError(message) from error
    if event.sequence < 1 or len(event.hash) != HASH_BYTES or found.get("ce_specversion") != b"1.0":
        message = "The message is no event of a ledger in CloudEvents 1.0."
        raise MessageRefusedError(message)
    return event


def _text(headers: dict[str, bytes], name: str) -> str:
    return headers[name].decode()
