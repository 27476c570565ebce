"""Files of statements on disk: reading one within bounds, and a folder that is watched for them."""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from recon.statements.errors import StatementTooLarge
from recon.statements.parsers.shapes import MAX_BYTES

DONE, FAILED = "done", "failed"
# Whoever writes a file under its last name writes to it again within this time; programs that copy use another name.
SETTLED_SECONDS = 10
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
REASON = ".reason.txt"


class Settled(NamedTuple):
    """A file that nobody writes to any more."""

    changed_ns: int
    path: Path


def bytes_of(path: Path) -> bytes:
    """All of a file. Raises `StatementTooLarge` before much of it is read, and `OSError`."""
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise StatementTooLarge(most=MAX_BYTES, unit="bytes")
    return data


def watched_root() -> Path | None:
    """The folder that is watched, or None where none is."""
    return Path(settings.LEDGERFLOW_STATEMENT_FOLDER) if settings.LEDGERFLOW_STATEMENT_FOLDER else None


def folder_below(root: Path, *codes: str) -> Path | None:
    """The folder of these codes, or None where there is none or a code is no name of a folder."""
    if any(not code or code in {".", ".."} or "/" in code or "\0" in code for code in codes):
        return None
    folder = root.joinpath(*codes)
    return folder if folder.is_dir() else None


def settled_files(folder: Path) -> list[Settled]:
    """The files of a folder that are whole, the oldest first; no links, no hidden ones, nothing in folders."""
    latest = time.time_ns() - SETTLED_SECONDS * 1_000_000_000
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith((*UNFINISHED, REASON)):
                continue
            with suppress(FileNotFoundError):
                about = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(about.st_mode) and about.st_mtime_ns <= latest:
                    found.append(Settled(about.st_mtime_ns, Path(entry.path)))
    return sorted(found)


def move_to_done(path: Path) -> None:
    """Out of the way, beside those before it."""
    _move(path, DONE)


def move_to_failed(path: Path, reason: str) -> None:
    """The same, with the reason beside it."""
    moved = _move(path, FAILED)
    if moved is not None:
        moved.with_name(f"{moved.name}{REASON}").write_text(f"{reason}\n", encoding="utf-8")


def _move(path: Path, where: str) -> Path | None:
    """Into a folder beside it, under a name that is free; None when somebody else has moved it."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}.{number}{path.suffix}"
    try:
        return path.rename(target)
    except FileNotFoundError:
        return None
