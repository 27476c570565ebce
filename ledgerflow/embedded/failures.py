"""What can go wrong at start, each with its exit code. The table is in the package's docstring."""

import errno
from enum import IntEnum
from pathlib import Path

LAST_LINES = 15
DISK_FULL_WORDS = ("No space left on device", "Disk quota exceeded")
DISK_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


class ExitCode(IntEnum):
    STOPPED = 0
    CHILD_ENDED = 1
    BAD_SETTING = 2
    IN_USE = 3
    PORT_TAKEN = 4
    DISK = 5
    DATABASE = 6
    REDIS = 7
    NOT_INSTALLED = 8
    DAMAGED = 9
    ROOT = 10
    PREPARATION = 11
    KAFKA = 12


class LaunchError(Exception):
    """The launcher cannot go on; the message is for the person at the terminal."""

    def __init__(self, exit_code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class StopRequestedError(Exception):
    """Ctrl-C, SIGTERM or SIGHUP came while something was being waited for."""


def last_lines(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in lines[-LAST_LINES:])


def from_log(exit_code: ExitCode, message: str, log: Path) -> LaunchError:
    """A failure with the end of its log; a full disk is recognised there, whatever failed because of it."""
    shown = last_lines(log)
    if any(words in shown for words in DISK_FULL_WORDS):
        exit_code, message = ExitCode.DISK, f"The disk is full. {message}"
    return LaunchError(exit_code, f"{message}\nLast lines of {log}:\n{shown}" if shown else message)


def from_os_error(error: OSError) -> LaunchError:
    exit_code = ExitCode.DISK if error.errno in DISK_ERRNOS else ExitCode.CHILD_ENDED
    return LaunchError(exit_code, f"{error.strerror or error}: {error.filename or 'the data folder'}")
