"""PostgreSQL refuses to run as root. Here it gets another user, and nobody's folders change their mode.

Where that user cannot reach the data or the program (a clone under /root, mode 0700), it keeps exactly one
capability across the change of user: to pass through folders (CAP_DAC_READ_SEARCH), or, in containers that do
not have this one, CAP_DAC_OVERRIDE. capabilities(7), "Ambient capability set".
"""

import ctypes
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ledgerflow.embedded.failures import ExitCode, LaunchError

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
# Keeps capabilities over a change of user, and has access(2), by which initdb looks for postgres, respect them.
SECBIT_NO_SETUID_FIXUP = 4
CAPABILITY_VERSION_3 = 0x20080522

# Loaded before any fork: between fork and exec as little as possible may happen.
libc = ctypes.CDLL(None, use_errno=True)


class CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class CapabilitySets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@dataclass(frozen=True)
class Identity:
    uid: int
    gid: int
    capability: int | None = None


def checked(result: int) -> None:  # pragma: no cover - called by become() alone
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def become(identity: Identity) -> None:  # pragma: no cover - between fork and exec nothing is measured
    """Turn the calling process (a child about to exec) into `identity`, for good."""
    if identity.capability is not None:
        checked(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    os.setgroups([])
    os.setresgid(identity.gid, identity.gid, identity.gid)
    os.setresuid(identity.uid, identity.uid, identity.uid)
    if identity.capability is not None:
        bit = 1 << identity.capability
        header = CapabilityHeader(CAPABILITY_VERSION_3, 0)
        sets = (CapabilitySets * 2)(CapabilitySets(bit, bit, bit), CapabilitySets(0, 0, 0))
        checked(libc.capset(ctypes.byref(header), ctypes.byref(sets)))
        checked(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, identity.capability, 0, 0))


def die_with_parent(signal_number: int) -> None:  # pragma: no cover - as above
    """Have the kernel send the signal to the calling process when its parent is gone."""
    checked(libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0))


def can_run(identity: Identity, program: Path, folder: Path) -> bool:
    def enter() -> None:  # pragma: no cover - as above
        become(identity)
        if not (os.access(program, os.R_OK | os.X_OK) and os.access(folder, os.X_OK)):
            raise PermissionError

    try:
        finished = subprocess.run(
            [program, "--version"],
            preexec_fn=enter,
            cwd="/",
            capture_output=True,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return finished.returncode == 0


def owner_for(folder: Path) -> tuple[int, int]:
    """Who owns the data keeps it; a folder of an ordinary user is served as that user; else nobody."""
    for place in (folder / "postgres" / "PG_VERSION", folder):
        if place.exists() and place.stat().st_uid != 0:
            return place.stat().st_uid, place.stat().st_gid
    return nobody()


def nobody() -> tuple[int, int]:
    try:
        found = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return found.pw_uid, found.pw_gid


def unprivileged(program: Path, folder: Path) -> Identity | None:
    """Whom to run `program` on data in `folder` as; None: as ourselves, because we are not root."""
    if os.geteuid() != 0:
        return None
    uid, gid = owner_for(folder)
    for capability in (None, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        identity = Identity(uid, gid, capability)
        if can_run(identity, program, folder):
            return identity
    raise LaunchError(
        ExitCode.ROOT,
        f"PostgreSQL does not run as root, and user {uid} cannot be made to run {program} on {folder} here."
        " Start as an ordinary user, or set LEDGERFLOW_HOME to a folder all users can reach, or set DATABASE_URL.",
    )
