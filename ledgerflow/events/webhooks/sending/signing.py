"""Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 over id, moment and body, one for each secret in force. Pure."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

PREFIX = "whsec_"
SECRET_BYTES = 32  # the standard asks for 24 to 64


def new_secret() -> str:
    """A secret as receivers get it: "whsec_" and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(keys: Iterable[str], message_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent at `moment`; each of `keys` is a secret as `new_secret` makes it."""
    seconds = str(int(moment.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def _signature(key: str, signed: bytes) -> str:
    found = hmac.new(base64.b64decode(key.removeprefix(PREFIX)), signed, sha256).digest()
    return "v1," + base64.b64encode(found).decode()
