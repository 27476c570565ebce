"""The data folder of `make run`, its lock, its secret, and what it tells commands in other terminals."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ledgerflow.embedded.failures import ExitCode, LaunchError

PROJECT = Path(__file__).resolve().parent.parent.parent
MEBIBYTE = 1024 * 1024
LEAST_FREE_BYTES = 256 * MEBIBYTE
# sun_path holds 108 bytes with its closing zero; PostgreSQL adds the file name and ".lock".
LONGEST_SOCKET_PATH = 107
SHORT_PLACE = Path("/tmp")  # noqa: S108 - what is made in it is checked for traps
LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"


def home() -> Path:
    """Where the data of a run live: `$LEDGERFLOW_HOME`, or `.ledgerflow` in the checkout.

    An installed package has no checkout: then it is `.ledgerflow` in the folder where the command is given.
    """
    place = PROJECT if (PROJECT / "manage.py").exists() else Path.cwd()
    return Path(os.environ.get("LEDGERFLOW_HOME") or place / ".ledgerflow").absolute()


def prepare(folder: Path) -> None:
    """Make the folders; an existing one keeps its mode and owner."""
    # As root, PostgreSQL runs as somebody else, who must be able to pass through (not to list).
    mode = 0o711 if os.geteuid() == 0 else 0o700
    folder.mkdir(parents=True, exist_ok=True, mode=mode)
    for name in ("run", "log"):
        (folder / name).mkdir(exist_ok=True, mode=mode)
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise LaunchError(
            ExitCode.DISK,
            f"The disk is full: {free // MEBIBYTE} MB are left for {folder},"
            f" at least {LEAST_FREE_BYTES // MEBIBYTE} MB are needed. Nothing was started or changed.",
        )


def write_private(path: Path, text: str) -> None:
    """All or nothing, readable by the owner only."""
    half_written = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        half_written.replace(path)
    except OSError:
        half_written.unlink(missing_ok=True)
        raise


def secret_key(folder: Path) -> str:
    """Made once: a new one would end every session and make signed links worthless."""
    path = folder / "secret_key"
    if not path.exists() or not path.read_text().strip():
        write_private(path, secrets.token_urlsafe(50) + "\n")
    return path.read_text().strip()


def digest_of(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def socket_folder(folder: Path, name: str, owner: int) -> Path:
    """A folder for a unix socket that only `owner` (and root) can enter, with a path short enough for one."""
    place = folder / "run" / name
    if len(os.fsencode(place / LONGEST_SOCKET_NAME)) > LONGEST_SOCKET_PATH:
        place = SHORT_PLACE / f"ledgerflow-{name}-{owner}-{digest_of(folder)}"
    place.mkdir(exist_ok=True, mode=0o700)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner}:
        raise LaunchError(
            ExitCode.DISK, f"{place} belongs to somebody else; remove it, or choose a shorter LEDGERFLOW_HOME"
        )
    if found.st_uid != owner:
        os.chown(place, owner, -1)
    place.chmod(0o700)
    return place


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One launcher per data folder. The kernel frees the lock however the launcher ends, so it is never stale."""
    with (folder / "run" / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LaunchError(
                ExitCode.IN_USE,
                f"LedgerFlow already runs on {folder} (process {running_pid(folder) or 'unknown'})."
                " Stop it first (Ctrl-C there, or `python -m ledgerflow.embedded stop`), or set LEDGERFLOW_HOME.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def running_pid(folder: Path) -> int | None:
    """The launcher that holds the lock now, if one does."""
    try:
        with (folder / "run" / "lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
    except (OSError, ValueError):
        pass
    return None


@contextmanager
def published(folder: Path, services: Mapping[str, str]) -> Iterator[None]:
    """Lets `manage.py` in another terminal find the services while they run."""
    path = folder / "run" / "environment.json"
    write_private(path, json.dumps(dict(services)))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def marked_up(folder: Path) -> Iterator[None]:
    """Lets `up` see that everything answers."""
    path = folder / "run" / "up"
    path.touch()
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_services(folder: Path) -> dict[str, str]:
    if running_pid(folder) is None:
        return {}
    try:
        written: dict[str, str] = json.loads((folder / "run" / "environment.json").read_text())
    except (OSError, ValueError):
        return {}
    return written


def adopt_running_services() -> None:
    """Without DATABASE_URL, take the services of the `make run` that is running; set variables win."""
    if os.environ.get("DATABASE_URL"):
        return
    for name, value in running_services(home()).items():
        os.environ.setdefault(name, value)


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A data folder for one run of tests or benchmarks, in $LEDGERFLOW_TMPDIR; its children are ended before."""
    folder = Path(tempfile.mkdtemp(prefix="ledgerflow-", dir=os.environ.get("LEDGERFLOW_TMPDIR")))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for sockets in SHORT_PLACE.glob(f"ledgerflow-*-{digest_of(folder)}"):
            shutil.rmtree(sockets, ignore_errors=True)
