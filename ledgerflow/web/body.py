"""Reading a request body: never more than the limit, and nothing of one that says it is larger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings
from django.http import HttpRequest

from ledgerflow.core.errors import BodyTooLarge, LengthRequired, Malformed
from ledgerflow.core.errors.form import BodyCutShort, ContentLengthRefused

CHUNK_BYTES = 64 * 1024
MAX_DIGITS = 18


def read_body(request: HttpRequest) -> bytes:
    """The whole body, at most `MAX_BODY_BYTES`.

    Raises `BodyTooLarge` before reading anything when Content-Length says so, `Malformed` when the client sent less
    than it announced, and `LengthRequired` for a chunked body, where another web server let one come so far.
    """
    length = _length_of(request, settings.LEDGERFLOW_MAX_BODY_BYTES)
    if not length:
        return b""
    try:
        body = _read(request, length)  # type: ignore[arg-type]  # an HttpRequest reads like a file
    except OSError as error:
        raise Malformed(str(error)) from error
    if len(body) < length:
        raise BodyCutShort(received=len(body), length=length)
    return body


def chunks_of(request: HttpRequest, most: int) -> Iterator[bytes]:
    """The body in parts as it comes, for whoever brings it to the disk: at most `most` bytes. Raises as `read_body`."""
    length = missing = _length_of(request, most)
    while missing:
        try:
            part = request.read(min(missing, CHUNK_BYTES))
        except OSError as error:
            raise Malformed(str(error)) from error
        if not part:
            raise BodyCutShort(received=length - missing, length=length)
        missing -= len(part)
        yield part


def _length_of(request: HttpRequest, limit: int) -> int:
    """The length that was announced. Raises `BodyTooLarge`, `ContentLengthRefused` or `LengthRequired`."""
    announced = request.META.get("CONTENT_LENGTH")
    if not announced:
        if "HTTP_TRANSFER_ENCODING" in request.META:  # half of one could be taken for the whole
            raise LengthRequired
        return 0
    if not (announced.isascii() and announced.isdigit()):
        raise ContentLengthRefused
    if len(announced) > MAX_DIGITS or int(announced) > limit:
        raise _too_large(limit)
    return int(announced)


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
