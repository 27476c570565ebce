"""How a command ended, as events tell it; the fingerprint is of what it asked for. Pure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledgerflow.core.events import Fact

MAX_MESSAGE = 500
MAX_DATA_BYTES = 2_000


class CommandCompletedFact(Fact, frozen=True):
    """A command was carried out; `result` is the sequence of the event that is its answer, or was before it came."""

    event_type = "command.completed"

    id: UUID
    type: str
    fingerprint: str
    result: int


class CommandFailedFact(Fact, frozen=True, omit_defaults=True):
    """A command was refused, or failed each time it was tried, with the code and message of why."""

    event_type = "command.failed"

    id: UUID
    type: str
    fingerprint: str
    code: str
    message: str
    pointer: str = ""
    data: dict[str, Any] = {}
