"""Making and revoking API keys."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from ledgerflow.access.models import ApiKey
from ledgerflow.books.models import Entity
from ledgerflow.books.people import PREFIX
from ledgerflow.core import clocks
from ledgerflow.core.errors import Malformed

READ = "read"
POST = "post"
MANAGE = "manage"
SCOPES = (READ, POST, MANAGE)
MAX_NAME = 100
MAX_CREATED_BY = 128
SECRET_BYTES = 32  # 43 characters in URL-safe base64
SHOWN_CHARACTERS = 10
_SECRET = re.compile(r"lf_[A-Za-z0-9_-]{43}", re.ASCII)


def create_key(
    entity: Entity,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    created_by: str = "",
) -> tuple[ApiKey, str]:
    """A new key for one entity, and its secret ("lf_" and 43 characters), which cannot be read again afterwards.

    `created_by` "user:<name>" makes that user the person behind the key. `expires_at` None means never. Raises
    `Malformed` (with a pointer) for an empty or long name, no or unknown scopes, or an expiry that is past or without
    a time zone.
    """
    wanted = list(dict.fromkeys(scopes))
    _check(name, wanted, expires_at)
    secret = "lf_" + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey.objects.create(
        entity=entity,
        name=name.strip(),
        prefix=secret[:SHOWN_CHARACTERS],
        digest=digest(secret),
        scopes=wanted,
        expires_at=expires_at,
        created_by=created_by,
    )
    return key, secret


def revoke_key(key: ApiKey) -> None:
    """End a key for good; other processes stop accepting it within `authentication.CACHE_SECONDS`.

    Revoking it again keeps the first moment.
    """
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clocks.now())
    key.refresh_from_db(fields=["revoked_at"])


def person_behind(key: ApiKey) -> str:
    """The person that a key acts for ("user:<name>"), "" when it was made by no user.

    A name as long as the column may have been cut off, and then be somebody else's.
    """
    made_by = key.created_by
    return made_by if made_by.startswith(PREFIX) and len(made_by) < MAX_CREATED_BY else ""


def digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256 in hexadecimal."""
    return sha256(secret.encode()).hexdigest()


def looks_like_a_secret(text: str) -> bool:
    """Whether it is worth asking the database for `text`."""
    return _SECRET.fullmatch(text) is not None


def _check(name: str, scopes: list[str], expires_at: datetime | None) -> None:
    if not 1 <= len(name.strip()) <= MAX_NAME or "\x00" in name:
        message = f"A name has 1 to {MAX_NAME} characters."
        raise Malformed(message, pointer="/name")
    if not scopes or not set(scopes) <= set(SCOPES):
        message = f"Scopes are one or more of {', '.join(SCOPES)}."
        raise Malformed(message, pointer="/scopes")
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= clocks.now()):
        message = "An expiry is a moment in the future, with its time zone."
        raise Malformed(message, pointer="/expires_at")
