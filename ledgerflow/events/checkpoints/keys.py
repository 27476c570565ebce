"""The Ed25519 key that signs checkpoints, in a file outside the database, and the public halves of those before it.

One key signs for all entities, each time under the name of the log it signs for (`notes`). A key that was replaced lies
beside the present one as `<key file>.<moment>.pub`, so that what it signed can still be verified; its private half is
gone.
"""

from __future__ import annotations

from pathlib import Path

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from ledgerflow.core import clocks
from ledgerflow.events.checkpoints.errors import CheckpointKeyUnusable
from ledgerflow.events.checkpoints.files import keep_folder, write_once
from ledgerflow.events.checkpoints.models import Checkpoint
from ledgerflow.events.checkpoints.notes import VerifierKey, verifier_of

log = structlog.get_logger(__name__)
PRIVATE_MODE = 0o600
PUBLIC_MODE = 0o644
NO_FILE = "its file is missing, and none is made in the place of one that has signed (manage.py checkpoint_key)"
NOT_MADE = "its file is missing (manage.py checkpoint_key --create)"
NO_KEY = "its file holds no Ed25519 key in PEM"


def origin_of(entity_code: str) -> str:
    """What the log of an entity is called in its checkpoints, and the key that signs them with it."""
    return f"{settings.LEDGERFLOW_CHECKPOINT_NAME}/{entity_code}"


def signing_key() -> Ed25519PrivateKey:
    """The key, read anew each time. The default one is made when it is asked for the first time.

    Raises `CheckpointKeyUnusable`, also for a file that is gone although its key has signed something.
    """
    path: Path = settings.LEDGERFLOW_CHECKPOINT_KEY_FILE
    if not path.exists():
        if has_signed():
            raise CheckpointKeyUnusable(reason=NO_FILE)
        if not settings.LEDGERFLOW_CHECKPOINT_KEY_IS_MADE:
            raise CheckpointKeyUnusable(reason=NOT_MADE)
        create_key()
    try:
        found = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else NO_KEY
        raise CheckpointKeyUnusable(reason=reason) from error
    if not isinstance(found, Ed25519PrivateKey):
        raise CheckpointKeyUnusable(reason=NO_KEY)
    return found


def verifier_keys(name: str) -> list[VerifierKey]:
    """The public halves under a name: that of the present key, where there is one, then those before it, newest first.

    Raises `CheckpointKeyUnusable` for a file beside it that holds none.
    """
    path: Path = settings.LEDGERFLOW_CHECKPOINT_KEY_FILE
    keys: list[Ed25519PrivateKey | Ed25519PublicKey] = [signing_key()] if path.exists() else []
    keys += [_public(file) for file in sorted(path.parent.glob(f"{path.name}.*.pub"), reverse=True)]
    return [verifier_of(name, key) for key in keys]


def has_signed() -> bool:
    """Whether a key of this server has signed anything in this database."""
    return Checkpoint.objects.exists()


def create_key() -> bool:
    """Make the first key; False where there is one. Raises `CheckpointKeyUnusable` where it cannot be written."""
    path: Path = settings.LEDGERFLOW_CHECKPOINT_KEY_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_made = write_once(path, _new_key(), PRIVATE_MODE)
    except OSError as error:
        raise CheckpointKeyUnusable(reason=error.strerror or str(error)) from error
    if is_made:
        log.warning("checkpoint_key_made", file=str(path))
    return is_made


def replace_key() -> None:
    """Retire the present key and sign with a new one from now on. Raises `CheckpointKeyUnusable`.

    The public half of the old one is kept before anything else is done, so that a crash between leaves it twice.
    """
    path: Path = settings.LEDGERFLOW_CHECKPOINT_KEY_FILE
    public = signing_key().public_key()
    text = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    new = path.with_name(f".{path.name}.new")
    try:
        write_once(path.with_name(f"{path.name}.{clocks.now():%Y%m%dT%H%M%S%f}.pub"), text, PUBLIC_MODE)
        new.unlink(missing_ok=True)
        write_once(new, _new_key(), PRIVATE_MODE)
        new.replace(path)
        keep_folder(path.parent)
    except OSError as error:
        raise CheckpointKeyUnusable(reason=error.strerror or str(error)) from error
    log.warning("checkpoint_key_replaced", file=str(path))


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public(file: Path) -> Ed25519PublicKey:
    try:
        found = serialization.load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise CheckpointKeyUnusable(reason=f"{file.name} holds no Ed25519 key in PEM") from error
    if not isinstance(found, Ed25519PublicKey):
        raise CheckpointKeyUnusable(reason=f"{file.name} holds no Ed25519 key in PEM")
    return found
