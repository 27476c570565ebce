"""What makes books say the same beside their accounts and journals: a file of settings, with one JSON object a line.

Each line is of a part that a room declares (`Portable` of its plugin), is checked for itself, and does nothing where
the books have it. So an import that was killed, or had something refused, is simply started again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from uuid import UUID

import msgspec

from journals.portability.errors import BooksUnlike, PartUnknown, SettingsLineTooLong
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from ledgerflow.core.json_bodies import check_dates, decode_json, refuse_duplicate_members
from ledgerflow.core.plugins import Portable, registry
from ledgerflow.files.problems import FileProblem, Stopped
from ledgerflow.files.watching import Watch

MAX_LINE = 1_000_000
BOOKS = "SELECT base_currency, first_business_date, time_zone, dimensions FROM books_entity WHERE id = %s"


class BooksEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What books are made with and never change: those that the file is brought into must have the same."""

    base_currency: str
    first_business_date: date
    time_zone: str
    dimensions: list[str]


class SettingsLine(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the file."""

    part: str
    data: msgspec.Raw


class SettingsBrought(NamedTuple):
    """How many lines changed the books, were in them already, or are for the other stage; and what was refused."""

    changed: int
    there: int
    other_stage: int
    refused: list[tuple[int, LedgerError]]


def export_settings(entity: Entity, out: TextIO) -> int:
    """Write what is there, parts in the order in which they are brought in; gives the number of lines."""
    count = 0
    with snapshot() as connection:
        for part in _parts().values():
            for entry in part.entries(connection, entity.id):
                line = {"part": part.name, "data": entry}
                out.write(msgspec.json.encode(line).decode() + "\n")
                count += 1
    return count


def import_settings(
    entity_id: UUID, path: Path, *, before_journals: bool, actor: str, watch: Watch | None = None
) -> SettingsBrought:
    """Bring in the lines of one stage, each for itself.

    Raises `FileProblem`, `Stopped` between two lines, and `TryAgain` kinds when the books cannot be written: the same
    call goes on then.
    """
    watch = watch or Watch()
    parts = {name: (part, msgspec.json.Decoder(part.body)) for name, part in _parts().items()}
    changed = there = other = 0
    refused: list[tuple[int, LedgerError]] = []
    for number, line in _lines(path):
        try:
            part, data = _read(line, parts)
            if part.name != BOOKS_PART.name and part.before_journals != before_journals:
                other += 1
                continue
            is_new = part.bring(entity_id, data, actor)
        except (TryAgain, OutcomeUnknown):
            raise
        except LedgerError as refusal:
            refused.append((number, refusal))
            continue
        changed, there = changed + is_new, there + (not is_new)
        watch.advanced(number, 1)
        if watch.should_stop():
            message = f"Stopped after line {number}. The same command goes on from there."
            raise Stopped(message)
    return SettingsBrought(changed, there, other, refused)


def _parts() -> dict[str, Portable]:
    return {BOOKS_PART.name: BOOKS_PART} | registry.portables


def _read(line: bytes, parts: dict[str, tuple[Portable, msgspec.json.Decoder[Any]]]) -> tuple[Portable, Any]:
    """The part of a line and its entry. Raises `Malformed` kinds."""
    if len(line) > MAX_LINE:
        raise SettingsLineTooLong(most=MAX_LINE)
    found = decode_json(line, _LINE)
    refuse_duplicate_members(line)
    if found.part not in parts:
        raise PartUnknown(pointer="/part", part=found.part[:40], known=", ".join(parts))
    part, decoder = parts[found.part]
    data = decode_json(found.data, decoder)
    check_dates(data)
    return part, data


_LINE = msgspec.json.Decoder(SettingsLine)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers; of one that is too long as much as tells that it is."""
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                rest = line
                while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
                    rest = stream.readline(MAX_LINE + 1)
                if line.strip():
                    yield number, line
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise FileProblem(message) from error


def _books(connection: Any, entity_id: UUID) -> Iterable[BooksEntry]:
    return (BooksEntry(*row) for row in connection.execute(BOOKS, (entity_id,)))


def _check_books(entity_id: UUID, wanted: BooksEntry, _actor: str) -> bool:
    entity = Entity.objects.get(pk=entity_id)
    for name in BooksEntry.__struct_fields__:
        asked, is_ = getattr(wanted, name), getattr(entity, name)
        if asked != is_:
            raise BooksUnlike(pointer=f"/data/{name}", field=name, wanted=_as_text(asked), found=_as_text(is_))
    return False


def _as_text(value: Any) -> str:
    return ", ".join(value)[:100] if isinstance(value, list) else str(value)[:100]


BOOKS_PART = Portable("books", BooksEntry, _books, _check_books)
