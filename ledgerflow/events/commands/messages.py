"""Commands as messages: JSON of one schema, with the headers of CloudEvents 1.0 in binary mode.

The key of a message is the code of its entity, so that the commands of an entity keep their order. Whoever may write
to the topic is trusted as a system and calls itself `topic:<name>`. A caller of the API is named only by who has the
secret key of this ledger: the message is signed then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import Malformed
from ledgerflow.core.json_bodies import decode_json, refuse_duplicate_members
from ledgerflow.events.cloudevents import CONTENT_TYPE, SOURCE, Headers
from ledgerflow.events.commands.checking import NewCommand
from ledgerflow.events.commands.errors import ActorRefused, MessageKeyDiffers

SIGNATURE = "ledgerflow_signature"
_SALT = "ledgerflow.commands"
_SYSTEM = re.compile(r"topic:[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class CommandMessage(msgspec.Struct, omit_defaults=True):
    """The value of a message. `id` follows from the entity and the key, so that others may leave it out."""

    entity: str
    type: str
    idempotency_key: str
    payload: msgspec.Raw
    actor: str
    issued_at: datetime | None = None
    id: UUID | None = None


class Message(NamedTuple):
    """What is sent."""

    key: bytes
    value: bytes
    headers: Headers


_DECODER = msgspec.json.Decoder(CommandMessage)


def message_of(command: NewCommand, entity_code: str) -> Message:
    """A command of a caller of the API as a message, signed."""
    value = msgspec.json.encode(
        CommandMessage(
            entity=entity_code,
            type=command.type,
            idempotency_key=command.key,
            payload=msgspec.Raw(command.payload.encode()),
            actor=command.actor,
            issued_at=command.received_at,
            id=command.id,
        )
    )
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(command.id).encode()),
        ("ce_source", f"{SOURCE}{entity_code}".encode()),
        ("ce_type", type_in_headers(command.type).encode()),
        ("ce_time", as_text(command.received_at).encode()),
        ("content-type", CONTENT_TYPE.encode()),
        (SIGNATURE, _signature(value, settings.SECRET_KEY).encode()),
    ]
    return Message(entity_code.encode(), value, headers)


def type_in_headers(type_: str) -> str:
    """CREATE_ITEM is CreateItemCommand."""
    return "".join(word.capitalize() for word in type_.split("_")) + "Command"


def read_message(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, Any]] | None) -> CommandMessage:
    """The command of a message, as far as one can tell without looking at its payload. Raises `Malformed`."""
    text = value or b""
    found = decode_json(text, _DECODER)
    refuse_duplicate_members(text)
    if key != found.entity.encode(errors="replace"):
        raise MessageKeyDiffers(entity=found.entity[:64])
    if not _SYSTEM.fullmatch(found.actor):
        _check_signature(found.actor, text, dict(headers or ()).get(SIGNATURE))
    if found.issued_at is not None and found.issued_at.tzinfo is None:
        message = "The moment has no offset from UTC."
        raise Malformed(message, pointer="/issued_at")
    return found


def _check_signature(actor: str, value: bytes, signature: Any) -> None:
    """Raise `ActorRefused` unless it was sent by somebody with our secret key."""
    given = signature.decode(errors="replace") if isinstance(signature, bytes) else ""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if constant_time_compare(given, _signature(value, secret)):
            return
    raise ActorRefused(pointer="/actor", actor=actor[:100])


def _signature(value: bytes, secret: str | bytes) -> str:
    return salted_hmac(_SALT, value, secret=secret, algorithm="sha256").hexdigest()
