"""The folder of attachments: files by their SHA-256, each written once and whole, whatever kills the writer.

A file is written under a name of its own beside the others, brought to the disk, and then renamed. What a killed writer
leaves is such a half file, which nothing refers to and the next writer clears away after a day.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from django.conf import settings

from journals.attachments.errors import (
    AttachmentChanged,
    AttachmentEmpty,
    AttachmentMissing,
    AttachmentsAway,
    AttachmentTooLarge,
)
from journals.attachments.kinds import FileKind, check_begin, check_part, checked_name, kind_of
from journals.drafts import AttachedFile
from ledgerflow.core import clocks

HALF_FILES = "half"  # the folder of files that are being written
DAY_SECONDS = 24 * 3600


def store(name: str, chunks: Iterable[bytes]) -> AttachedFile:
    """Keep a file, and say what it is. The same content again is the same file, whole even where it was damaged.

    Raises `AttachmentNameRefused`, `AttachmentTypeRefused`, `AttachmentEmpty`, `AttachmentTooLarge`, and
    `AttachmentsAway` where the folder cannot be written.
    """
    name = checked_name(name)
    kind = kind_of(name)
    try:
        with NamedTemporaryFile(dir=_half_folder(), delete=False) as file:
            half = Path(file.name)
            try:
                sha256, size = _write(file, name, kind, chunks)
                _rename(half, place_of(sha256))
            except BaseException:
                half.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise AttachmentsAway from error
    return AttachedFile(sha256, name, kind.content_type, size)


def opened(file: AttachedFile) -> IO[bytes]:
    """The file, read whole once and found to be what was attached; its reader closes it.

    Raises `AttachmentMissing` or `AttachmentChanged`.
    """
    with ExitStack() as closing:
        try:
            found = closing.enter_context(place_of(file.sha256).open("rb"))
            digest = hashlib.file_digest(found, "sha256").hexdigest()
            found.seek(0)
        except OSError as error:
            raise AttachmentMissing(name=file.name) from error
        if digest != file.sha256:
            raise AttachmentChanged(name=file.name)
        closing.pop_all()
    return found


def digest_of(sha256: str) -> str | None:
    """What the file under this name has for SHA-256 today; None where it cannot be read."""
    try:
        with place_of(sha256).open("rb") as found:
            return hashlib.file_digest(found, "sha256").hexdigest()
    except OSError:
        return None


def place_of(sha256: str) -> Path:
    """Where the file with this content lies."""
    return Path(settings.LEDGERFLOW_ATTACHMENTS, sha256[:2], sha256[2:4], sha256)


def _write(file: IO[bytes], name: str, kind: FileKind, chunks: Iterable[bytes]) -> tuple[str, int]:
    digest, size, most = hashlib.sha256(), 0, settings.LEDGERFLOW_ATTACHMENT_BYTES
    for chunk in chunks:
        (check_part if size else check_begin)(name, kind, chunk)
        size += len(chunk)
        if size > most:
            raise AttachmentTooLarge(name=name, most=most)
        digest.update(chunk)
        file.write(chunk)
    if not size:
        raise AttachmentEmpty(name=name)
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


def _half_folder() -> Path:
    """The folder of half files, without those that somebody left a day ago. Attachments are as private as the books."""
    folder = Path(settings.LEDGERFLOW_ATTACHMENTS, HALF_FILES)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    for half in folder.iterdir():
        with suppress(FileNotFoundError):  # another writer was faster
            if half.stat().st_mtime < clocks.now().timestamp() - DAY_SECONDS:
                half.unlink()
    return folder


def _rename(half: Path, place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
