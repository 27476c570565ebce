"""Idempotency keys: what a key is, who issued it, and the fingerprint of what was asked for under it. Pure.

A key is unique for its entity and its issuer. The issuer is `client` for callers and the room's name for what the
system posts itself, so that no caller can take a key that the system makes, however well he guesses it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote

from ledgerflow.books.errors import KeyRefused
from ledgerflow.core import canonical
from ledgerflow.core.errors import IdempotencyKeyMissing, IdempotencyKeyReused

CLIENT = "client"
MAX_KEY = 255
POINTER = "/idempotency_key"
VERSION = b"\x01"  # of the encoding that is hashed: a change of it needs the next one
# Visible ASCII; no quote in front, so that "k" in the form of a structured header is never another key than k.
_KEY = re.compile(r"[!#-~][!-~]{0,254}", re.ASCII)
_VISIBLE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")


class Claim(NamedTuple):
    """What a request calls itself, and the fingerprint of what it asks for."""

    issuer: str
    key: str
    fingerprint: bytes

    def fact(self) -> dict[str, str]:
        """The claim as members of the event that answers it."""
        return {"idempotency_key": self.key, "fingerprint": self.fingerprint.hex(), "key_issuer": self.issuer}


def check_key(key: str) -> None:
    """Raise `IdempotencyKeyMissing`, or `Malformed` unless it is 1 to 255 visible ASCII characters, no quote first."""
    if not _KEY.fullmatch(key):
        if not key:
            raise IdempotencyKeyMissing
        raise KeyRefused(pointer=POINTER, most=MAX_KEY)


def fingerprint(content: Sequence[Any]) -> bytes:
    """33 bytes that are equal for two requests exactly when they ask for the same thing.

    `content` says what kind of request it is and what the caller sent, normalised: amounts by `money.normalised`,
    members left at their defaults as those.
    """
    return VERSION + sha256(canonical.encode(content)).digest()


def claim_of(key: str, content: Sequence[Any], issuer: str = CLIENT) -> Claim:
    """The claim of a request. Raises as `check_key`."""
    check_key(key)
    return Claim(issuer, key, fingerprint(content))


def check_same(claim: Claim, stored: bytes) -> None:
    """Raise `IdempotencyKeyReused` unless the key was used for the same request, whose fingerprint is `stored`."""
    if stored != claim.fingerprint:
        raise reused(claim.key)


def reused(key: str) -> IdempotencyKeyReused:
    """The refusal of a key that was used for another request."""
    return IdempotencyKeyReused(idempotency_key=key)


def as_key(text: str) -> str:
    """Any text as a key of the system: percent-encoded where it is not visible ASCII, hashed where it is too long.

    Two texts never become one key: `%sha256:` is no percent-encoding.
    """
    key = quote(text, safe=_VISIBLE)
    return key if len(key) <= MAX_KEY else f"%sha256:{sha256(text.encode()).hexdigest()}"
