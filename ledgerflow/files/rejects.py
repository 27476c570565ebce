"""Where refused rows of files go."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.conf import settings

from ledgerflow.files.problems import FileProblem

DIGEST_LENGTH = 8


def rejects_path(path: Path) -> Path:
    """Where the refused rows of FILE go: among our own data, because its folder can be somebody else's.

    The name holds a digest of the folder, or two banks' `statement.csv` would write over each other's rows.
    """
    folder = settings.LEDGERFLOW_HOME / "imports"
    digest = hashlib.sha256(os.fsencode(path.absolute().parent)).hexdigest()[:DIGEST_LENGTH]
    return folder / f"{path.name}.{digest}.rejected.csv"


def made_private(path: Path) -> Path:
    """Make the folder that the file goes to; refused rows are as private as the books. Raises `FileProblem`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise not_writable(path, error) from error
    return path


def not_writable(path: Path, error: OSError) -> FileProblem:
    message = f"The refused rows cannot be written to {path}: {error.strerror or error}. Choose --rejected PATH."
    return FileProblem(message)
