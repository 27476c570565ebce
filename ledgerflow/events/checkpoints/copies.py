"""Copies of checkpoints outside the database, where who can rewrite the log cannot rewrite them.

Each place has a position: the number of the last checkpoint that went there. A place that takes nothing keeps its
position and gets all that it lacks, in order, when it does again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from ledgerflow.events.checkpoints.files import write_once
from ledgerflow.events.checkpoints.rows import MOVE_POSITION, SENT, UNSENT
from ledgerflow.events.checkpoints.topic import TopicAwayError, checkpoint_topic
from ledgerflow.events.publishing.kafka import is_configured

log = structlog.get_logger(__name__)
FOLDER = "folder"
KAFKA = "kafka"
BATCH = 500
MODE = 0o444
SUFFIX = ".txt"


class Copy(NamedTuple):
    """A checkpoint that goes somewhere."""

    number: int
    size: int
    note: str


# Takes the code of the entity and its checkpoints in order, and has taken all of them when it returns.
Put = Callable[[str, Sequence[Copy]], None]


def places() -> dict[str, Put]:
    """Where copies go."""
    found: dict[str, Put] = {FOLDER: _into_folder}
    if is_configured():
        found[KAFKA] = _into_topic
    return found


def place_names() -> list[str]:
    return list(places())


def send_copies(entity_id: UUID, code: str) -> None:
    """Bring every place up to the newest checkpoint. Raises nothing: what fails is told in the log, and tried again."""
    for place, put in places().items():
        try:
            _send(entity_id, code, place, put)
        except TopicAwayError as error:
            log.warning("checkpoints_not_copied", entity=code, place=place, error=str(error))
        except Exception:
            log.exception("checkpoints_not_copied", entity=code, place=place)


def file_of(folder: Path, code: str, size: int) -> Path:
    """Where the copy of a checkpoint lies in a folder."""
    return folder / code / f"{size}{SUFFIX}"


def _send(entity_id: UUID, code: str, place: str, put: Put) -> None:
    with connection.cursor() as cursor:
        row = cursor.execute(SENT, (entity_id, place)).fetchone()
        number = row[0] if row else 0
        while copies := [Copy(*one) for one in cursor.execute(UNSENT, (entity_id, number, BATCH)).fetchall()]:
            put(code, copies)
            number = copies[-1].number
            cursor.execute(MOVE_POSITION, (entity_id, place, number))


def _into_folder(code: str, copies: Sequence[Copy]) -> None:
    """One file each, never over another one: what is there already is what somebody may have been given."""
    folder: Path = settings.LEDGERFLOW_CHECKPOINT_FOLDER
    (folder / code).mkdir(parents=True, exist_ok=True)
    for copy in copies:
        path = file_of(folder, code, copy.size)
        content = copy.note.encode()
        if not write_once(path, content, MODE) and path.read_bytes() != content:
            log.error("checkpoint_copy_differs", entity=code, file=str(path))


def _into_topic(code: str, copies: Sequence[Copy]) -> None:
    checkpoint_topic.put(code, [copy.note for copy in copies])
