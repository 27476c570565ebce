"""Reading a request body: never more than the limit, and nothing of one that says it is larger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, TypeVar

import msgspec
from django.conf import settings
from django.http import HttpRequest

from ledgerflow.core.dates import check_day, check_moment
from ledgerflow.core.errors import BodyTooLarge, Malformed
from ledgerflow.core.errors.form import BodyCutShort, ContentLengthRefused, MemberTwice, NulRefused
from ledgerflow.web.problems import escaped, malformed_by

Body = TypeVar("Body")
CHUNK_BYTES = 64 * 1024
MAX_DIGITS = 18


def read_body(request: HttpRequest) -> bytes:
    """The whole body, at most `MAX_BODY_BYTES`.

    Raises `BodyTooLarge` before reading anything when Content-Length says so, `Malformed` when the client sent less
    than it announced.
    """
    limit: int = settings.MAX_BODY_BYTES
    announced = request.META.get("CONTENT_LENGTH")
    if not announced:
        return b""  # a chunked one was refused before anybody asked for it (`ledgerflow.web.incoming`)
    if not (announced.isascii() and announced.isdigit()):
        raise ContentLengthRefused
    if len(announced) > MAX_DIGITS or int(announced) > limit:
        raise _too_large(limit)
    length = int(announced)
    try:
        body = _read(request, length)  # type: ignore[arg-type]  # an HttpRequest reads like a file
    except OSError as error:
        raise Malformed(str(error)) from error
    if len(body) < length:
        raise BodyCutShort(received=len(body), length=length)
    return body


def decode_json(text: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[Body]) -> Body:
    """`text` as the decoder's struct. Raises `Malformed`."""
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise malformed_by(error) from error


def check_dates(value: Any, pointer: str = "") -> None:
    """Raise `DateOutOfRange` for a date or moment anywhere in a decoded body, so that no field can forget it."""
    if isinstance(value, datetime):
        check_moment(value, pointer)
    elif isinstance(value, date):
        check_day(value, pointer)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            check_dates(getattr(value, name), f"{pointer}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            check_dates(inner, f"{pointer}/{number}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_dates(name, pointer)
            check_dates(inner, f"{pointer}/{name}")


def refuse_duplicate_members(text: bytes | memoryview, pointer: str = "") -> None:
    """Raise `Malformed` when an object of valid JSON names a member twice: which of them counts is anybody's guess.

    Also when a text holds the NUL character, which PostgreSQL cannot store. `pointer` is where `text` stands.
    """
    text = bytes(text)
    try:
        json.loads(text, object_pairs_hook=_unique)
        if b"\\u0000" in text:
            _refuse_nul(json.loads(text), pointer)
    except _DuplicateMemberError:
        place, name = next(_duplicate_members(json.loads(text, object_pairs_hook=_Pairs), pointer))
        raise MemberTwice(pointer=place, name=name[:100]) from None
    except (RecursionError, ValueError) as error:
        raise malformed_by(error) from error


class _DuplicateMemberError(Exception):
    pass


class _Pairs(list[tuple[str, Any]]):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateMemberError
    return members


def _duplicate_members(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Pairs):
        seen = set()
        for name, inner in value:
            place = f"{pointer}/{escaped(name)}"
            if name in seen:
                yield place, name
            seen.add(name)
            yield from _duplicate_members(inner, place)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _duplicate_members(inner, f"{pointer}/{number}")


def _refuse_nul(value: Any, pointer: str) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise NulRefused(pointer=pointer)
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_nul(name, pointer)
            _refuse_nul(inner, f"{pointer}/{escaped(name)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _refuse_nul(inner, f"{pointer}/{number}")


def _read(stream: BinaryIO, most: int) -> bytes:
    """Up to `most` bytes: a stream may give less at a time than was asked for."""
    first = stream.read(most)
    if len(first) == most or not first:
        return first
    parts, missing = [first], most - len(first)
    while missing and (part := stream.read(min(missing, CHUNK_BYTES))):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(limit=limit)
