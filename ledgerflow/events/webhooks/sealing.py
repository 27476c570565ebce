"""Secrets at rest: sealed with a key that follows from `SECRET_KEY`, so that a copy of the database signs nothing.

Signing needs the secret itself, so a digest as of API keys would not do (docs/decisions/0023). Keys that were in use
before stand in `SECRET_KEY_FALLBACKS` and open what they sealed.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ledgerflow.events.webhooks.errors import SecretUnreadable

_PURPOSE = b"ledgerflow.webhooks.secret.1"


class Sealed(Protocol):
    """A webhook's row, as far as it has secrets."""

    secret: str
    previous_secret: str
    previous_secret_expires_at: datetime | None


def seal(secret: str) -> str:
    """The secret as it is stored."""
    return _cipher().encrypt(secret.encode()).decode()


def secrets_in_force(webhook: Sealed, now: datetime) -> list[str]:
    """What a message is signed with: the newest secret, and the one before it while that is kept.

    Raises `SecretUnreadable` when the newest cannot be opened; an old one that cannot is left out.
    """
    found = [_opened(webhook.secret)]
    until = webhook.previous_secret_expires_at
    if until is not None and now < until:
        with suppress(SecretUnreadable):
            found.append(_opened(webhook.previous_secret))
    return found


def digest_of(sealed: str) -> str:
    """What events tell of a sealed secret, "" of none: enough to prove that it is the one they were recorded with."""
    return sha256(sealed.encode()).hexdigest() if sealed else ""


def _opened(sealed: str) -> str:
    try:
        return _cipher().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None


def _cipher() -> MultiFernet:
    return _cipher_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(key.encode())
