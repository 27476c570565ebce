"""Making and revoking API keys."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from ledgerflow.access.errors import ApplicationNameRefused, ExpiryRefused, ScopesExceedPerson, ScopesUnknown
from ledgerflow.access.events import KeyCreatedFact, KeyRevokedFact
from ledgerflow.access.models import ApiKey
from ledgerflow.access.rows import INSERT_KEY, REVOKE_KEY
from ledgerflow.access.scopes import SCOPES, scopes_open_to
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import clocks
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import NameLength
from ledgerflow.core.ids import uuid7
from ledgerflow.core.people import name_of, require_person, user_of

MAX_NAME = 100
SECRET_BYTES = 32  # 43 characters in URL-safe base64
SHOWN_CHARACTERS = 10
MAX_APPLICATION = 40
_SECRET = re.compile(r"lf_[A-Za-z0-9_-]{43}", re.ASCII)
_APPLICATION = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*", re.ASCII)


def create_key(
    entity: Entity,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    *,
    actor: str = "",
    person: str = "",
    application: str = "",
) -> tuple[ApiKey, str]:
    """A new key for one entity, and its secret ("lf_" and 43 characters), which cannot be read again afterwards.

    Event `api_key.created`. `actor` is who makes it, `person` ("user:<id>") who it acts for: its scopes are at most
    what that person may do, and it ends with him. Without a person it acts for nobody and has whatever scopes an
    operator gives it: a program that outlives people. `application` binds it to the operations of that one, whether it
    is there yet or not; "" binds it to none. `expires_at` None means never. Raises `Malformed` (with a pointer) for an
    empty or long name, no or unknown scopes, what cannot be the name of an application, or an expiry that is past or
    without a time zone, `PersonUnknown`, and `PermissionMissing` for scopes beyond the person's permissions.
    """
    wanted = list(dict.fromkeys(scopes))
    _check(name, wanted, expires_at, application)
    owner = _owner(person, wanted, entity.pk)
    secret = "lf_" + secrets.token_urlsafe(SECRET_BYTES)
    fact = KeyCreatedFact(
        uuid7(), name.strip(), secret[:SHOWN_CHARACTERS], digest(secret), wanted,
        person=person, person_name=owner, expires_at=expires_at, application=application,
    )  # fmt: skip

    def work(tx: Transaction, _: None) -> None:
        tx.record(fact, str(fact.id), actor)
        tx.query(
            INSERT_KEY,
            (fact.id, tx.entity_id, fact.name, fact.prefix, fact.digest, json.dumps(wanted), tx.recorded_at, actor,
             person, owner, application, expires_at),
        )  # fmt: skip

    write(entity.id, work)
    return ApiKey.objects.select_related("entity").get(pk=fact.id), secret


def revoke_key(key: ApiKey, *, actor: str = "") -> None:
    """End a key for good, event `api_key.revoked`; others stop accepting it within `authentication.CACHE_SECONDS`.

    Revoking it again keeps the first moment and is no event.
    """

    def work(tx: Transaction, _: None) -> None:
        row = tx.query(REVOKE_KEY, (tx.recorded_at, key.pk)).fetchone()
        if row is not None:
            tx.record(KeyRevokedFact(key.pk, row[0]), str(key.pk), actor)

    write(key.entity_id, work)
    key.refresh_from_db(fields=["revoked_at"])


def scopes_now(key: ApiKey) -> list[str] | None:
    """What a key may do at present, None when it ended with its person.

    All its scopes end with him, `read` too: whoever left and kept the secret would go on reading every balance, and a
    program that is to outlive people has a key of nobody (`create_api_key` without `--for-user`).
    """
    if not key.person:
        return list(key.scopes)
    user = user_of(key.person)
    if user is None:
        return None
    allowed = scopes_open_to(user, key.entity_id)
    return [scope for scope in key.scopes if scope in allowed]


def digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256 in hexadecimal."""
    return sha256(secret.encode()).hexdigest()


def digest_of_secret(text: str) -> str | None:
    """`digest` of what looks like a secret; None for other text, for which it is not worth asking the database."""
    return digest(text) if _SECRET.fullmatch(text) else None


def _owner(person: str, wanted: list[str], entity_id: UUID) -> str:
    """The name of the person a key acts for, who may do all that the key is to do."""
    if not person:
        return ""
    user = require_person(person)
    missing = [scope for scope in wanted if scope not in scopes_open_to(user, entity_id)]
    if missing:
        raise ScopesExceedPerson(scopes=", ".join(missing), pointer="/scopes")
    return name_of(user)


def _check(name: str, scopes: list[str], expires_at: datetime | None, application: str) -> None:
    if not 1 <= len(name.strip()) <= MAX_NAME or "\x00" in name:
        raise NameLength(pointer="/name", most=MAX_NAME)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise ScopesUnknown(pointer="/scopes", scopes=", ".join(SCOPES))
    if application and (len(application) > MAX_APPLICATION or not _APPLICATION.fullmatch(application)):
        raise ApplicationNameRefused(pointer="/application", most=MAX_APPLICATION)
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= clocks.now()):
        raise ExpiryRefused(pointer="/expires_at")
    if expires_at is not None:
        check_day(expires_at.date(), "/expires_at")
