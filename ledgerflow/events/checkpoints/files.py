"""Files that are written once: whole or not at all, and never over one that is there."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_once(path: Path, content: bytes, mode: int) -> bool:
    """Write a file that lasts through a crash; False where one of this name is there already, whatever is in it.

    It is written beside its place and linked into it, which fails for a name that is taken. Raises `OSError`.
    """
    descriptor, half_written = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.link(half_written, path)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            Path(half_written).unlink()
    keep_folder(path.parent)
    return True


def keep_folder(folder: Path) -> None:
    """Have the names in a folder last through a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
