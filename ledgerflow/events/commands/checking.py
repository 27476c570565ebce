"""What a command is asked to be, looked at before it is accepted: the same for the API and for the topic.

Nothing here asks the database. The id of a command follows from its entity and its key, so that every door gives the
same command the same id.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.core import clocks
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.json_bodies import check_dates, decode_json, placed_at
from ledgerflow.core.plugins import CommandKind, registry
from ledgerflow.events.commands.errors import CommandTypeUnknown, PayloadTooLarge

# With all that goes with it a message stays below the 1 MiB that a broker takes unless told otherwise.
MAX_PAYLOAD_BYTES = 900_000
PAYLOAD = "/payload"
_NAMESPACE = b"ledgerflow.command\x00"
_ID_BYTES = 16
_VERSION_8, _VARIANT = 0x80, 0x80
_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


class NewCommand(NamedTuple):
    """A command that may be accepted: its form is right. `payload` is the JSON as it was sent."""

    id: UUID
    entity_id: UUID
    type: str
    payload: str
    key: str
    fingerprint: bytes
    actor: str
    received_at: datetime


class Receipt(NamedTuple):
    """A command that was written down. Of one that came before, `received_at` is when that was."""

    id: UUID
    type: str
    key: str
    received_at: datetime
    is_replayed: bool = False


def command_id_of(entity_id: UUID, key: str, issuer: str = CLIENT) -> UUID:
    """The id of a command: a UUID of version 8 (RFC 9562 section 5.8) made of a SHA-256."""
    digest = sha256(_NAMESPACE + entity_id.bytes + issuer.encode() + b"\x00" + key.encode()).digest()
    octets = bytearray(digest[:_ID_BYTES])
    octets[6] = octets[6] & 0x0F | _VERSION_8
    octets[8] = octets[8] & 0x3F | _VARIANT
    return UUID(bytes=bytes(octets))


def new_command(entity_id: UUID, type_: str, payload: bytes | msgspec.Raw, claim: Claim, actor: str) -> NewCommand:
    """A command whose payload was checked."""
    id_ = command_id_of(entity_id, claim.key)
    text = bytes(payload).decode()
    return NewCommand(id_, entity_id, type_, text, claim.key, claim.fingerprint, actor, clocks.now())


def kind_called(name: str) -> CommandKind:
    """The declaration of a type of command. Raises `CommandTypeUnknown`."""
    found = registry.command_kinds.get(name)
    if found is None:
        raise CommandTypeUnknown(pointer="/type", type=name[:64])
    return found


def read_payload(kind: CommandKind, text: bytes | msgspec.Raw) -> Any:
    """The payload as the kind's struct. Raises `Malformed` with a pointer into the payload."""
    text = bytes(text)
    if len(text) > MAX_PAYLOAD_BYTES:
        raise PayloadTooLarge(most=MAX_PAYLOAD_BYTES)
    body = decode_payload(kind, text)
    check_dates(body)
    return body


def decode_payload(kind: CommandKind, text: bytes) -> Any:
    """The same of a payload that was accepted, without the looks that cost as much as its decoding."""
    decoder = _decoders.get(kind.body)
    if decoder is None:
        decoder = _decoders[kind.body] = msgspec.json.Decoder(kind.body)
    return decode_json(text, decoder)


def claim_for(kind: CommandKind, body: Any, key: str) -> Claim:
    """The key of a command, and the fingerprint of what it asks for.

    Raises what is wrong with the form of the key, or with that of the payload, with a pointer into the command then.
    """
    with in_payload():
        content = kind.content(body)
    return claim_of(key, content)


@contextmanager
def in_payload() -> Iterator[None]:
    """What is refused inside, with a pointer into the payload, is refused with one into the command."""
    try:
        yield
    except LedgerError as refusal:
        placed_at(refusal, PAYLOAD)
        raise
