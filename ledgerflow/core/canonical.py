"""Canonical JSON: the exact text that is hashed and stored. Pure.

Keys sorted, no white space, UTF-8, decimals as strings, omitted defaults stay omitted. Version 1 of this encoding
is what hashes of version 1 cover; a change here needs a new version of both.
"""

from __future__ import annotations

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted", decimal_format="string")


def encode(value: Any) -> bytes:
    """The canonical bytes of a struct, dict, list or scalar."""
    return _ENCODER.encode(value)


def decode(text: str | bytes) -> Any:
    """The plain Python value of a JSON text; numbers with a point are refused by no one here, money is text."""
    return msgspec.json.decode(text)
