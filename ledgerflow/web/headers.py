"""Request headers with a meaning of their own: Idempotency-Key, and If-Match with ETag (RFC 9110 section 13.1.1)."""

from __future__ import annotations

import re

from django.http import HttpRequest

from ledgerflow.core.errors import IdempotencyKeyMissing, Malformed, PreconditionFailed, PreconditionRequired

MAX_KEY = 255
_ENTITY_TAG = re.compile(r'"([0-9]{1,18})"', re.ASCII)


def idempotency_key(request: HttpRequest) -> str:
    """The key of a request that moves money: 1 to 255 visible ASCII characters.

    Raises `IdempotencyKeyMissing`, or `Malformed` for anything else.
    """
    key: str = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if not key:
        message = "A request that moves money needs the header Idempotency-Key."
        raise IdempotencyKeyMissing(message)
    if len(key) > MAX_KEY or not key.isascii() or not key.isprintable():
        message = f"An Idempotency-Key has at most {MAX_KEY} visible ASCII characters."
        raise Malformed(message, pointer="/idempotency_key")
    return key


def etag(revision: int) -> str:
    """The entity tag of a resource's revision, for the `ETag` header."""
    return f'"{revision}"'


def expected_revision(request: HttpRequest) -> int | None:
    """The revision the client last read, from `If-Match`; None for `*`, which accepts any.

    Raises `PreconditionRequired` without the header, `PreconditionFailed` for a tag that is none of ours (weak ones
    among them, as they never match here).
    """
    header: str = request.META.get("HTTP_IF_MATCH", "").strip()
    if not header:
        message = "Send If-Match with the ETag you last read, so that nobody's change is lost."
        raise PreconditionRequired(message)
    if header == "*":
        return None
    tag = _ENTITY_TAG.fullmatch(header)
    if tag is None:
        message = "If-Match does not hold a current ETag of this resource."
        raise PreconditionFailed(message)
    return int(tag[1])
