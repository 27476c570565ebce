"""Signed notes (https://c2sp.org/signed-note) whose text is a checkpoint (https://c2sp.org/tlog-checkpoint). Pure.

The text names the log (its origin), its size and the root of its Merkle tree, one a line, and then what else is signed
here: whose books they are, the hash of the last event, and the moment. The key has the name of the origin, so that the
signature under the checkpoint of some books is none under that of others, although one key signs for all of them.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
DASH = "\N{EM DASH}"
ID_BYTES = 4
HASH_BYTES = 32
MOST_CHARACTERS = 10_000
NO_NOTE = "It is no signed note."
NO_CHECKPOINT = "It is no checkpoint of a ledger."
NO_KNOWN_KEY = "No key that is known has signed it."
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_SIGNATURE = re.compile(rf"{DASH} (\S+) ([A-Za-z0-9+/]+=*)")


class NoteRefusedError(ValueError):
    """A text that is no note, or is not signed by a key that was asked for, or is no checkpoint of a ledger."""


class VerifierKey(NamedTuple):
    """The public half of an Ed25519 key, under the name it signs with."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """What tells keys of one name apart: the first bytes of a hash over name and key."""
        return sha256(f"{self.name}\n".encode() + ED25519 + self.public).digest()[:ID_BYTES]

    def __str__(self) -> str:
        """As verifiers of notes take it: name, id and key, with + between them."""
        return f"{self.name}+{self.id.hex()}+{b64encode(ED25519 + self.public).decode()}"


class TreeHead(NamedTuple):
    """What a checkpoint says: the log `origin` holds `size` events, with this root and this hash of the last one."""

    origin: str
    size: int
    root: bytes
    entity_id: UUID
    hash: bytes
    created_at: datetime

    def text(self) -> str:
        """The text of its note."""
        lines = (
            self.origin,
            str(self.size),
            b64encode(self.root).decode(),
            f"entity {self.entity_id}",
            f"hash {self.hash.hex()}",
            f"time {self.created_at.isoformat(timespec='microseconds')}",
        )
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, text: str) -> Self:
        """The other way round. Raises `NoteRefusedError` for anything that `text` would not write."""
        try:
            origin, size, root, entity, hash_, time = text.removesuffix("\n").split("\n")
            found = cls(
                origin,
                int(size),
                b64decode(root, validate=True),
                UUID(entity.removeprefix("entity ")),
                bytes.fromhex(hash_.removeprefix("hash ")),
                datetime.fromisoformat(time.removeprefix("time ")),
            )
        except ValueError as error:
            raise NoteRefusedError(NO_CHECKPOINT) from error
        is_whole = len(found.root) == len(found.hash) == HASH_BYTES and found.created_at.tzinfo is not None
        if not is_whole or found.size < 1 or found.text() != text:
            raise NoteRefusedError(NO_CHECKPOINT)
        return found


def check_name(name: str) -> None:
    """Raise `ValueError` unless a key may be called so: no white space, no +, and something at all."""
    if not name or "+" in name or any(one.isspace() or not one.isprintable() for one in name):
        message = f"{name!r} cannot be the name of a key: it has white space or a +, or is empty."
        raise ValueError(message)


def verifier_of(name: str, key: Ed25519PrivateKey | Ed25519PublicKey) -> VerifierKey:
    """The public half of a key, under a name."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return VerifierKey(name, public.public_bytes_raw())


def signed(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note of a text: the text, an empty line, and the signature under it."""
    check_name(name)
    signature = verifier_of(name, key).id + key.sign(text.encode())
    return f"{text}\n{DASH} {name} {b64encode(signature).decode()}\n"


def opened(note: str, keys: Iterable[VerifierKey]) -> str:
    """The text of a note that one of these keys signed; signatures of others are passed over.

    Raises `NoteRefusedError` for what is no note, for a signature of one of them that is wrong, and for none at all.
    """
    head, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n") or len(note) > MOST_CHARACTERS or _CONTROL.search(note):
        raise NoteRefusedError(NO_NOTE)
    text = f"{head}\n"
    by_id = {(key.name, key.id): key for key in keys}
    is_signed = False
    for name, signature in _signatures(tail):
        key = by_id.get((name, signature[:ID_BYTES]))
        if key is not None:
            _check(key, signature[ID_BYTES:], text)
            is_signed = True
    if not is_signed:
        raise NoteRefusedError(NO_KNOWN_KEY)
    return text


def _signatures(tail: str) -> Iterator[tuple[str, bytes]]:
    for line in tail.removesuffix("\n").split("\n"):
        found = _SIGNATURE.fullmatch(line)
        if found is None:
            raise NoteRefusedError(NO_NOTE)
        try:
            yield found[1], b64decode(found[2], validate=True)
        except ValueError as error:
            raise NoteRefusedError(NO_NOTE) from error


def _check(key: VerifierKey, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature as error:
        message = f"The signature of {key.name} under it is wrong."
        raise NoteRefusedError(message) from error
