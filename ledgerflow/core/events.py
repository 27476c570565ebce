"""What every event is declared as: a fact, its type and its version. Pure.

A room writes its facts into its `events.py` and declares them in its plugin. What is stored is the canonical JSON of
the fact; whatever reads the log (answers, replay, subscribers) reads it by the same declaration.
"""

from __future__ import annotations

import re
from typing import ClassVar, NamedTuple, Self
from uuid import UUID

import msgspec

_TYPE = re.compile(r"[a-z]+(?:_[a-z]+)*(?:\.[a-z]+(?:_[a-z]+)*)+?(?:\.v([2-9]|[1-9][0-9]+))?", re.ASCII)


class RecordedEvent(NamedTuple):
    """One event of the log as consumers get it, whether it was read from the table or came by Kafka.

    `data` is the canonical JSON that was hashed, `recorded_at` ISO 8601 in UTC with six decimals, and `hash` the
    32 bytes of the chain at this event.
    """

    entity_id: UUID
    sequence: int
    id: UUID
    type: str
    subject: str
    data: str
    actor: str
    recorded_at: str
    hash: bytes


class Fact(msgspec.Struct, frozen=True):
    """What one event says. A subclass that can be recorded has an `event_type`, such as "day.closed".

    Members may be added when they have a default. Anything else is a new version: another class with the next
    `event_version`, whose type ends in it ("day.closed.v2"), beside the old one, which reads what was recorded before.
    """

    event_type: ClassVar[str]
    event_version: ClassVar[int] = 1
    # The scope that a key needs beside `read` to be shown such an event, where reading the thing itself takes more too.
    read_scope: ClassVar[str] = ""

    @classmethod
    def read(cls, data: str | bytes) -> Self:
        """A recorded fact back as values. Raises `msgspec.MsgspecError` for data that is no such fact."""
        try:
            return msgspec.json.decode(data, type=cls)
        except RecursionError as error:
            message = "JSON is nested too deeply"
            raise msgspec.DecodeError(message) from error


def check_declared(fact: type[Fact]) -> None:
    """Raise `ValueError` unless the type of a fact is a name of two words or more that ends in its version.

    Version 1 has no ending, because every type begins as the only one.
    """
    name, version = getattr(fact, "event_type", ""), fact.event_version
    found = _TYPE.fullmatch(name)
    if found is None or int(found[1] or 1) != version:
        message = f"{fact.__name__} has the type {name!r}, which is no name of an event in version {version}."
        raise ValueError(message)
