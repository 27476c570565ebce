"""Who is calling: `Authorization: Bearer <key>`, a key of one entity.

A key that was found is remembered in the process for `CACHE_SECONDS`, so that a busy client costs no query a request;
a revoked key, and one whose person was deactivated or lost permissions, is therefore refused everywhere after that time
at the latest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import DatabaseError, close_old_connections, connection
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from ledgerflow.access import keys
from ledgerflow.access.errors import KeyExpired, KeyNeeded, KeyOfFormerPerson, KeyUnknown, NotAKey
from ledgerflow.access.models import ApiKey
from ledgerflow.access.rows import NOTE_USE
from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.core import clocks
from ledgerflow.web.callers import Caller

log = structlog.get_logger(__name__)

CACHE_SECONDS = 2.0
CACHE_LIMIT = 10_000
USE_NOTED_EVERY = timedelta(minutes=1)


_known: dict[str, tuple[float, Caller]] = {}


LookUp = Callable[[str], "Caller | None"]  # who has the key with this digest, if anybody has


def caller_of(request: HttpRequest | Request, look_up: LookUp | None = None) -> Caller:
    """The caller by the request's `Authorization` header; `look_up` says where keys are, the books unless given.

    Raises `Unauthenticated` for a missing, unknown, expired or revoked key, and for one whose person left.
    """
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if not scheme:
        raise KeyNeeded
    digest = keys.digest_of_secret(secret.strip()) if scheme.lower() == "bearer" else None
    if digest is None:
        raise NotAKey
    known = _known.get(digest)
    caller = known[1] if known is not None and known[0] > time.monotonic() else _remembered(digest, look_up or _look_up)
    if caller is None:
        raise KeyUnknown
    if caller.expires_at is not None and caller.expires_at <= clocks.now():
        raise KeyExpired
    return caller


class ApiKeyAuthentication(BaseAuthentication):
    """For REST framework: `request.user` and `request.auth` are the `Caller`."""

    def authenticate(self, request: HttpRequest | Request) -> tuple[Caller, Caller]:
        caller = caller_of(request)
        return caller, caller


def forget_callers() -> None:
    """Empty the cache of this process, so that the next request of every key asks the database."""
    _known.clear()


def _remembered(digest: str, look_up: LookUp) -> Caller | None:
    _known.pop(digest, None)
    caller = look_up(digest)
    if caller is not None:
        if len(_known) >= CACHE_LIMIT:
            _known.clear()
        _known[digest] = (time.monotonic() + CACHE_SECONDS, caller)
    return caller


def _look_up(digest: str) -> Caller | None:
    with borrowed_connection():  # a thread that posts has none of its own, and asks here once in a while
        return _find(digest)


def _find(digest: str) -> Caller | None:
    close_old_connections()  # the posting views meet none of the signals that would drop a broken one
    key = ApiKey.objects.filter(digest=digest, revoked_at=None).first()
    if key is None:
        return None
    scopes = keys.scopes_now(key)
    if scopes is None:
        raise KeyOfFormerPerson
    _note_use(key)
    return Caller(
        key.id, key.entity_id, frozenset(scopes), key.expires_at, f"key:{key.id}", key.person, key.application
    )


def _note_use(key: ApiKey) -> None:
    now = clocks.now()
    if key.last_used_at is not None and now - key.last_used_at < USE_NOTED_EVERY:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, (now, key.id))
    except DatabaseError as error:  # a standby, a full disk: no reason to refuse the request
        log.warning("key_use_not_noted", key=str(key.id), error=str(error))
