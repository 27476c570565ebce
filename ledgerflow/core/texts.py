"""Text and JSON that can be stored. Pure.

PostgreSQL takes no NUL character, and UTF-8 no lone half of a surrogate pair, which JSON can spell: one of them inside
a batch would fail all of it, so they are refused before.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ledgerflow.core import canonical
from ledgerflow.core.errors import Malformed, MetadataRefused, TextNotStorable, TextTooLong

# Who did something ("key:<id>", "user:<id>", "system:…") and what he is called: one length in every table, so that what
# one room took in does not fail in the next. Django's user names have at most 150 characters.
MAX_ACTOR = 160
MAX_METADATA_BYTES = 16 * 1024
MAX_METADATA_DEPTH = 32  # the writer encodes it again on a deeper stack than the caller's
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # `\\u0000` is a backslash followed by five letters


def is_storable(text: str) -> bool:
    """Whether the text can be written to the database as it is."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_text(text: str, most: int, pointer: str) -> None:
    """Raise `Malformed` for a text of more than `most` characters, or one that cannot be stored."""
    if len(text) > most:
        raise TextTooLong(pointer=pointer, most=most, length=len(text))
    if not is_storable(text):
        raise TextNotStorable(pointer=pointer)


def check_metadata(metadata: dict[str, Any] | None) -> None:
    """Raise `Malformed` unless `metadata` is a JSON object of at most 16 KiB that reads back as it was."""
    if not metadata:
        return
    try:
        text = canonical.encode(metadata)
        faithful = canonical.decode(text) == metadata  # NaN and 1e400 would become null, a tuple a list
    except (RecursionError, ValueError, TypeError, msgspec.MsgspecError) as error:
        raise MetadataRefused(pointer="/metadata") from error
    fault = ""
    if len(text) > MAX_METADATA_BYTES:
        fault = f"Metadata is at most {MAX_METADATA_BYTES} bytes of JSON, not {len(text)}."
    elif not _is_shallow(metadata, MAX_METADATA_DEPTH):
        fault = f"Metadata is nested at most {MAX_METADATA_DEPTH} deep."
    elif not faithful:
        fault = "Metadata holds plain JSON values only: no NaN, no infinite number."
    elif _ESCAPED_NUL.search(text):
        fault = "The NUL character cannot be stored."
    if fault:
        raise Malformed(fault, pointer="/metadata")


def _is_shallow(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return True
    return levels > 0 and all(_is_shallow(child, levels - 1) for child in value)
