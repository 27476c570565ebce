"""Proof of the checkpoints: their notes, the hashes they have kept, and the log itself against what was signed of it.

The copies outside the database come with the proof of the books (`check_copies`). They are listed before its snapshot
is taken (`Copies.in_folder`): a checkpoint goes into the database first, so whatever was listed is in the snapshot,
unless somebody took it out.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self
from uuid import UUID

import psycopg
from django.conf import settings

from ledgerflow.books.faults import ABSENT, PRESENT, Fault
from ledgerflow.core.clocks import as_text
from ledgerflow.events.checkpoints.copies import FOLDER, SUFFIX, file_of
from ledgerflow.events.checkpoints.keys import verifier_keys
from ledgerflow.events.checkpoints.log_walk import LogSeen, walk, walk_with_tiles
from ledgerflow.events.checkpoints.notes import MOST_CHARACTERS, NoteRefusedError, TreeHead, VerifierKey, opened
from ledgerflow.events.checkpoints.rows import SENT

CHECKPOINT, EVENT, FILE = "checkpoints_checkpoint", "books_event", "checkpoint_file"
STORED = """
    SELECT number, size, root, note, created_at FROM checkpoints_checkpoint WHERE entity_id = %s ORDER BY size, number
"""
TILES_ALONE = "SELECT FROM checkpoints_tile WHERE entity_id = %s LIMIT 1"
CODE = "SELECT code FROM books_entity WHERE id = %s"
NAME = re.compile(rf"([1-9][0-9]{{0,17}}){re.escape(SUFFIX)}", re.ASCII)
SIGNED_HERE = "signed by a key of this server for these books"

Connection = psycopg.Connection[Any]


class Notes:
    """Opens the notes of one entity, and reads the keys once for all of them."""

    def __init__(self, connection: Connection, entity_id: UUID) -> None:
        row = connection.execute(CODE, (entity_id,)).fetchone()
        self.code: str = row[0] if row else ""
        self._entity_id = entity_id
        self._keys: dict[str, list[VerifierKey]] = {}

    def head(self, note: str) -> TreeHead:
        """What a note says; it is signed under the name of its log, which ends in the code of the entity.

        Raises `NoteRefusedError`.
        """
        origin = note.partition("\n")[0]
        if origin not in self._keys:
            self._keys[origin] = verifier_keys(origin)
        head = TreeHead.read(opened(note, self._keys[origin]))
        if head.origin.rpartition("/")[2] != self.code or head.entity_id != self._entity_id:
            message = f"It is of the log {head.origin}, entity {head.entity_id}."
            raise NoteRefusedError(message)
        return head


class Signed(NamedTuple):
    """What was signed of a log, and where that stands: the key of a fault."""

    head: TreeHead
    where: str


class Copies(NamedTuple):
    """The files of a folder that lies outside the database, each by the number of events it says it is of.

    `is_own` is for the folder that this server writes: what it has written must be there. Others may hold any of them.
    """

    folder: Path
    files: dict[int, Path]
    is_own: bool

    @classmethod
    def in_folder(cls, folder: Path, code: str, *, is_own: bool) -> Self:
        """Those of one entity that are there now."""
        found = {
            int(name[1]): path for path in (folder / code).glob(f"*{SUFFIX}") if (name := NAME.fullmatch(path.name))
        }
        return cls(folder, dict(sorted(found.items())), is_own)


def own_folder() -> Path | None:
    """The folder that this server writes copies into, where it is in reach."""
    folder: Path = settings.LEDGERFLOW_CHECKPOINT_FOLDER
    return folder if folder.is_dir() else None


def own_copies(code: str) -> list[Copies]:
    """Those that this server wrote."""
    folder = own_folder()
    return [] if folder is None else [Copies.in_folder(folder, code, is_own=True)]


def check_checkpoints(connection: Connection, entity_id: UUID) -> Iterator[Fault]:
    """What is wrong with the checkpoints of an entity, or with the log that they were made of."""
    rows = connection.execute(STORED, (entity_id,)).fetchall()
    notes = Notes(connection, entity_id)
    heads: list[Signed] = []
    faults: list[Fault] = []
    before = 0
    for number, size, root, note, created_at in rows:
        if number != before + 1:
            yield Fault(CHECKPOINT, str(number), "number", str(before + 1), str(number))
        before = number
        try:
            head = notes.head(note)
        except NoteRefusedError as error:
            yield Fault(CHECKPOINT, str(number), "note", SIGNED_HERE, str(error))
            continue
        heads.append(Signed(head, f"checkpoint {number}"))
        stored = {"size": size, "root": bytes(root), "created_at": created_at}
        for name, value in stored.items():
            if value != getattr(head, name):
                yield Fault(CHECKPOINT, str(number), name, _text_of(getattr(head, name)), _text_of(value))
    if rows or connection.execute(TILES_ALONE, (entity_id,)).fetchone():
        last = max((size for _, size, *_ in rows), default=0)
        roots = {signed.head.size: signed.head.root for signed in heads}
        seen = walk_with_tiles(connection, entity_id, last, roots, faults)
        yield from faults
        yield from _against_log(heads, seen)


def check_copies(connection: Connection, entity_id: UUID, copies: Copies) -> Iterator[Fault]:
    """What the copies outside the database say otherwise than the database, or than the log."""
    notes = Notes(connection, entity_id)
    rows = connection.execute(STORED, (entity_id,)).fetchall()
    stored = {size: note for _, size, _, note, _ in rows}
    heads = []
    for size, path in copies.files.items():
        note = _read(path)
        if note == stored.get(size):
            continue  # the database has it, and what it says of the log was looked at there
        try:
            head = notes.head(note)
        except NoteRefusedError as error:
            yield Fault(FILE, str(path), "note", SIGNED_HERE, str(error))
            continue
        if head.size != size:
            yield Fault(FILE, str(path), "size", str(size), str(head.size))
        expected = f"as it was signed on {as_text(head.created_at)} ({path})"
        found = "another one" if head.size in stored else ABSENT
        yield Fault(CHECKPOINT, f"of {head.size} events", "note", expected, found)
        heads.append(Signed(head, str(path)))
    if heads:
        yield from _against_log(heads, walk(connection, entity_id, {signed.head.size for signed in heads}))
    if copies.is_own:
        yield from _missing(connection, entity_id, rows, copies.folder / notes.code)


def lost_books(folder: Path, codes: Collection[str]) -> Iterator[Fault]:
    """Books that the folder has checkpoints of, and the database nothing at all."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in codes and Copies.in_folder(folder, path.name, is_own=False).files:
            yield Fault("books_entity", path.name, "row", f"{PRESENT}, as {path} has checkpoints of it", ABSENT)


def _against_log(signed: Sequence[Signed], seen: LogSeen) -> Iterator[Fault]:
    """The log against what was signed of it, up to the first that it contradicts: those after it follow from that."""
    good = 0
    for head, where in signed:
        says = f"as {where}, signed on {as_text(head.created_at)}, says"
        if head.size > seen.events:
            yield Fault(EVENT, str(seen.events), "number of events", f"at least {head.size}, {says}", str(seen.events))
            return
        root, hash_ = seen.heads[head.size]
        if (root, hash_) != (head.root, head.hash):
            key = f"{good + 1} to {head.size}"
            yield Fault(EVENT, key, "root of the tree over them", f"{_text_of(head.root)}, {says}", _text_of(root))
            return
        good = head.size


def _missing(connection: Connection, entity_id: UUID, rows: Iterable[Any], folder: Path) -> Iterator[Fault]:
    """Files that were written and are not there any more."""
    found = connection.execute(SENT, (entity_id, FOLDER)).fetchone()
    written = found[0] if found else 0
    for number, size, *_ in rows:
        path = file_of(folder.parent, folder.name, size)
        if number <= written and not path.exists():
            yield Fault(FILE, str(path), "file", "the copy of a checkpoint", ABSENT)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MOST_CHARACTERS * 4).decode(errors="replace")


def _text_of(value: object) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)
