"""Holds that are asked for as commands, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from journals.holds.bodies import CaptureRequest, ExtendRequest, PlaceRequest, ReleaseRequest
from journals.holds.extending import extend_hold, extension_content
from journals.holds.use_cases import (
    capture_content,
    capture_hold,
    place_hold,
    placing_content,
    release_content,
    release_hold,
)
from ledgerflow.access.scopes import POST
from ledgerflow.core.plugins import CommandKind
from ledgerflow.events.commands.ending import CommandEnding, PendingCommand, one_by_one


class CaptureCommand(CaptureRequest, kw_only=True):
    """Which hold to capture, and how."""

    hold: UUID

    def wanted(self) -> dict[str, Any]:
        found = super().wanted()
        del found["hold"]
        return found


class ReleaseCommand(ReleaseRequest, kw_only=True):
    """Which hold to let go, and how much of it."""

    hold: UUID


class ExtendCommand(ExtendRequest, kw_only=True):
    """Which hold to extend, and until when."""

    hold: UUID


def change_holds(entity_id: UUID, commands: Sequence[PendingCommand], ending: CommandEnding) -> None:
    """Place, capture, release and extend holds in the order of the commands."""

    def change(command: PendingCommand) -> int:
        body, who = command.body, {"key": command.key, "actor": command.actor}
        if isinstance(body, PlaceRequest):
            return place_hold(entity_id, body.spec(), **who).event_sequence
        sequence: int = USE_CASES[type(body)](entity_id, body.hold, **body.wanted(), **who).event_sequence
        return sequence

    one_by_one(ending, commands, change)


USE_CASES: dict[type, Any] = {CaptureCommand: capture_hold, ReleaseCommand: release_hold, ExtendCommand: extend_hold}
KINDS = (
    CommandKind("PLACE_HOLD", PlaceRequest, POST, lambda body: placing_content(body.spec()), change_holds),
    CommandKind(
        "CAPTURE_HOLD", CaptureCommand, POST, lambda body: capture_content(body.hold, **body.wanted()), change_holds
    ),
    CommandKind(
        "RELEASE_HOLD", ReleaseCommand, POST, lambda body: release_content(body.hold, **body.wanted()), change_holds
    ),
    CommandKind(
        "EXTEND_HOLD", ExtendCommand, POST, lambda body: extension_content(body.hold, **body.wanted()), change_holds
    ),
)
