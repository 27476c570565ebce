"""Bodies while they are read: a deadline for each, and a bound for each address.

The server gives a thread to a request as soon as its headers are there, and a read of its body returns when the bytes
have come, which a client can put off for ever. So that half-sent bodies hold neither all threads nor any thread for
long, each body that is being read is written down here, and one thread of this process answers 408 to those that are
overdue. The server then closes the connection, which ends the read. Reading a body that is there costs two operations
on a dictionary: no thread of its own, no lock.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from threading import Lock, Thread, get_ident
from types import FrameType
from typing import Any

import structlog
from django.conf import settings

from ledgerflow.core.errors import BodyTooSlow, LengthRequired, TooManyBodies
from ledgerflow.web.hanging_up import connections_of, hang_up
from ledgerflow.web.problems import problem_response
from ledgerflow.web.response_headers import with_common_headers

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.25
MAX_DIGITS = 18
MIN_PADDING = 2048
SERVER_ADDS = 256  # at most: its line of the status, and its own headers
# A body has this long, and as much longer as its announced length takes at the slowest speed.
BODY_SECONDS = 10.0
SLOWEST_BYTES_PER_SECOND = 50_000
# At the bound of an address a newcomer takes the place of the oldest body, when that has had this long.
GIVES_WAY_AFTER_SECONDS = 1.0


class BodyLostError(OSError):
    """The body did not come whole. An OSError: Django takes those for a client that went away."""


class Body:
    """`wsgi.input` of one request: reads what was announced, or raises `BodyLostError`."""

    __slots__ = ("address", "deadline", "missing", "room", "started", "stream", "thread")

    def __init__(self, stream: Any, length: int, address: str, room: str) -> None:
        self.stream = stream
        self.missing = length
        self.address = address
        self.room = room  # bodies of different rooms do not count together
        self.started = 0.0
        self.deadline = 0.0
        self.thread = 0

    def read(self, size: int = -1) -> bytes:
        """As much as is asked for and not yet read."""
        wanted = self.missing if size < 0 else min(size, self.missing)
        if not wanted:
            return b""
        if not self.started:
            self._start()
        self.thread = get_ident()
        _reading[self] = None
        try:
            parts = self._read(wanted)
        finally:
            # Whoever takes the body out decides: a body that was given up is not used, even if it came at last.
            in_time = _reading.pop(self, self) is None
            _given_up.pop(self, None)
        if not in_time or self.missing:
            self._check(wanted, parts, in_time=in_time)
        return parts

    def readline(self, size: int = -1) -> bytes:
        """One line. Django wants this to be there; nothing here reads bodies by lines, so it may be slow."""
        line = bytearray()
        while (size < 0 or len(line) < size) and not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return bytes(line)

    def _start(self) -> None:
        self.started = time.monotonic()
        self.deadline = self.started + BODY_SECONDS + self.missing / SLOWEST_BYTES_PER_SECOND
        _ensure_watched()

    def _read(self, wanted: int) -> bytes:
        part: bytes = self.stream.read(wanted)
        self.missing -= len(part)
        if len(part) == wanted or not part:
            return part
        parts = [part]
        wanted -= len(part)
        while wanted and (part := self.stream.read(wanted)):
            parts.append(part)
            wanted -= len(part)
            self.missing -= len(part)
        return b"".join(parts)

    def _check(self, wanted: int, parts: bytes, *, in_time: bool) -> None:
        if not in_time:
            message = "The body did not come in time."
            raise BodyLostError(message)
        if len(parts) < wanted:
            message = f"The body ended {self.missing} bytes before the length that Content-Length announced."
            raise BodyLostError(message)


_reading: dict[Body, None] = {}
_given_up: dict[Body, None] = {}  # answered, but their connections are not closed yet, which ends the read
_watcher: tuple[int, Thread] | None = None
_watcher_lock = Lock()


def take_body(environ: dict[str, Any], room: str) -> None:
    """Put a `Body` in the place of the request's stream.

    Raises `LengthRequired` for a chunked body: the server ends it the same way whether its end came or the connection
    broke, so half of one could be taken for the whole. Raises `TooManyBodies` when this address has sent too many
    that are not there yet.
    """
    if "HTTP_TRANSFER_ENCODING" in environ:
        raise LengthRequired
    announced = environ.get("CONTENT_LENGTH")
    if not announced or not (announced.isascii() and announced.isdigit()) or len(announced) > MAX_DIGITS:
        return  # whoever wants a body says what is wrong with the header
    address = environ.get("REMOTE_ADDR", "")
    if len(_reading) + len(_given_up) >= settings.LEDGERFLOW_BODIES_PER_ADDRESS:
        _make_place(address, room)
    environ["wsgi.input"] = Body(environ["wsgi.input"], int(announced), address, room)


def _make_place(address: str, room: str) -> None:
    here = [body for body in [*list(_reading), *list(_given_up)] if body.room == room]
    own = [body for body in here if body.address == address]
    crowd = own if len(own) >= settings.LEDGERFLOW_BODIES_PER_ADDRESS else here
    if crowd is here and len(here) < 2 * settings.LEDGERFLOW_BODIES_PER_ADDRESS:
        return
    oldest = min(crowd, key=lambda body: body.started)
    if oldest in _given_up or time.monotonic() - oldest.started < GIVES_WAY_AFTER_SECONDS:
        raise TooManyBodies(limit=settings.LEDGERFLOW_BODIES_PER_ADDRESS)
    oldest.deadline = 0.0  # the watching thread ends it with its next look


def _ensure_watched() -> None:
    global _watcher  # noqa: PLW0603 - one thread for each process, started by the first body
    if _watcher is not None and _watcher[0] == os.getpid():
        return
    with _watcher_lock:
        if _watcher is None or _watcher[0] != os.getpid():
            thread = Thread(target=_watch, name="overdue-bodies", daemon=True)
            _watcher = (os.getpid(), thread)
            thread.start()


def _watch() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        now = time.monotonic()
        for body in list(_reading):
            if body.deadline < now:
                try:
                    _give_up(body)
                except Exception:
                    log.exception("overdue_body_not_answered")


def _give_up(body: Body) -> None:
    """Answer 408 in the place of the thread that reads this body; the server then closes the connection."""
    _given_up[body] = None
    if _reading.pop(body, body) is not None:
        _given_up.pop(body, None)
        return  # it came at this very moment
    protocol = _protocol_of(sys._current_frames().get(body.thread))  # noqa: SLF001 - the only way to another thread
    if protocol is None:
        log.warning("overdue_body", address=body.address)
        return
    response = problem_response(BodyTooSlow())
    # The server keeps a connection whose request is being read, and does not say which it is. An answer of a length
    # that no other has tells: it is the connection that has just sent that much.
    padding = MIN_PADDING + secrets.randbelow(MIN_PADDING)
    with connections_of(body.address) as before:
        headers = with_common_headers([*response.items(), ("Connection", "close")])
        content = response.content + b" " * padding
        protocol.response_bytes(response.status_code, headers, content)
        length = len(content) + sum(len(name) + len(value) + len(": \r\n") for name, value in headers)
        hang_up(before, length, length + SERVER_ADDS)


def _protocol_of(frame: FrameType | None) -> Any:
    """The server's half of the request that a thread works on: an argument of granian's function that called us."""
    while frame is not None:
        found = frame.f_locals.get("proto")
        if hasattr(found, "response_bytes"):
            return found
        frame = frame.f_back
    return None
