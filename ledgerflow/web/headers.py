"""Request headers with a meaning of their own: Idempotency-Key, and If-Match with ETag (RFC 9110 section 13.1.1)."""

from __future__ import annotations

import re

from django.http import HttpRequest

from ledgerflow.books.idempotency import check_key
from ledgerflow.core.errors import PreconditionRequired
from ledgerflow.core.errors.form import KeyHeaderMissing, KeyHeaderRefused, NoCurrentETag

_STRING = re.compile(r'"(?:[ !#-\[\]-~]|\\["\\])*"', re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_ENTITY_TAG = re.compile(r'"([0-9]{1,18})"', re.ASCII)


def idempotency_key(request: HttpRequest, *, required: bool = True) -> str:
    """The key of a request that moves money: 1 to 255 visible ASCII characters, as they are or as a quoted string.

    The IETF's draft of the header (draft-ietf-httpapi-idempotency-key-header-07) has a string of structured fields
    (RFC 9651 section 3.3.3) there: `"q-1"` is the key q-1, for a client that moves from one form to the other must not
    post twice. No key begins with a quote otherwise, so what is no such string is refused.
    Raises `IdempotencyKeyMissing`, unless it is not `required` and "" then, or `Malformed` for anything else.
    """
    key: str = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if not key:
        if not required:
            return ""
        raise KeyHeaderMissing
    if "," in key:  # which is how the server hands two headers of one name over
        raise KeyHeaderRefused(pointer="/idempotency_key")
    if key[0] == '"' and _STRING.fullmatch(key):
        key = _ESCAPED.sub(r"\1", key[1:-1])
    check_key(key)
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
        raise PreconditionRequired
    if header == "*":
        return None
    tag = _ENTITY_TAG.fullmatch(header)
    if tag is None:
        raise NoCurrentETag
    return int(tag[1])
