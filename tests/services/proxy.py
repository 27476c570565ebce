"""A wire between the writer and PostgreSQL that can be cut at the COMMIT.

It reads the messages of the frontend/backend protocol (version 3) as they pass, so it cuts where it says and not
where a timer happens to strike.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from threading import Event, Lock, Thread

import pytest
from django.db import connections

from ledgerflow.books.connections import close_idle

PATIENCE_SECONDS = 120
COMMIT = b"COMMIT\0"
SYNC, QUERY, PARSE, BIND, ROWS, COMPLETE, READY = (letter.encode() for letter in "SQPBdCZ")


class Cut(Enum):
    """Where a connection is cut."""

    ROWS = "while rows go over"
    BEFORE = "before COMMIT reaches the server"
    HELD = "before COMMIT reaches the server, which does not notice"
    SENT = "as soon as COMMIT was sent"
    UNANSWERED = "after the server has committed, before it says so"
    ANSWERED = "after it has said so"


class Wire:
    """One connection through the proxy."""

    def __init__(self, proxy: CuttingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._commits: set[bytes] = set()  # names of prepared statements that say COMMIT
        self._held = b""
        self._is_deaf = False
        for pump in (self._to_server, self._to_client):
            Thread(target=pump, daemon=True).start()

    def cut(self) -> None:
        _hang_up(self._client)
        _hang_up(self._server)

    def deliver(self) -> None:
        """What was held back arrives at the server after all."""
        self._server.sendall(self._held)
        assert self._proxy.committed.wait(PATIENCE_SECONDS)

    def _to_server(self) -> None:
        struck: Cut | None = None
        for message in _messages(self._client, first_is_startup=True):
            if struck is None:
                struck = self._struck_by(message)
            if struck in {Cut.ROWS, Cut.BEFORE}:
                break
            if struck is Cut.HELD:
                self._held += message
            else:
                self._is_deaf = struck is not None  # the answer may be faster than the cut
                _send(self._server, message)
            if struck is not None and message[:1] in {SYNC, QUERY}:  # the COMMIT is complete
                break
        if struck is Cut.HELD:
            _hang_up(self._client)
        else:
            self.cut()

    def _struck_by(self, message: bytes) -> Cut | None:
        if message[:1] == ROWS:
            return self._proxy.strike(Cut.ROWS)
        return self._proxy.strike(Cut.BEFORE, Cut.HELD, Cut.SENT) if self._is_commit(message) else None

    def _is_commit(self, message: bytes) -> bool:
        kind, body = message[:1], message[5:]
        if kind == PARSE:
            name, query = body.split(b"\0", 1)
            is_commit = query.startswith(COMMIT)
            if is_commit and name:
                self._commits.add(name)
            return is_commit
        if kind == BIND:
            return body.split(b"\0", 2)[1] in self._commits
        return kind == QUERY and body == COMMIT

    def _to_client(self) -> None:
        answered = False
        for message in _messages(self._server, first_is_startup=False):
            if message[:1] == COMPLETE and message[5:] == COMMIT:
                self._proxy.committed.set()
                answered = True
                if self._proxy.strike(Cut.UNANSWERED):
                    break
            if self._is_deaf:
                continue
            # Counted first: whoever gets the answer may look at once.
            last = answered and message[:1] == READY and self._proxy.strike(Cut.ANSWERED)
            _send(self._client, message)
            if last:
                break
        self.cut()


class CuttingProxy:
    """Listens on the loopback; `arm` says where the next connections are cut, and how many."""

    def __init__(self, target: tuple[socket.AddressFamily, str | tuple[str, int]]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.committed = Event()
        self.wires: list[Wire] = []
        self._cut: Cut | None = None
        self._times = 0
        self._mutex = Lock()
        Thread(target=self._accept, daemon=True).start()

    def arm(self, cut: Cut, times: int = 1) -> None:
        self.committed.clear()
        self._cut, self._times = cut, times

    def strike(self, *cuts: Cut) -> Cut | None:
        """The cut that is due here, if one of these is."""
        with self._mutex:
            if self._cut not in cuts or not self._times:
                return None
            self._times -= 1
            return self._cut

    @property
    def is_spent(self) -> bool:
        return self._times == 0

    def close(self) -> None:
        """No more connections: the server cannot be reached."""
        _hang_up(self._listener)
        for wire in self.wires:
            wire.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server = socket.socket(self._target[0])
                server.connect(self._target[1])
                self.wires.append(Wire(self, client, server))


@contextmanager
def proxied(monkeypatch: pytest.MonkeyPatch, *, lock_timeout_ms: int = 5000) -> Iterator[CuttingProxy]:
    """The writer's connections go through a proxy."""
    found = connections["writer"].settings_dict
    host, port = found["HOST"], int(found["PORT"] or 5432)
    is_socket = host.startswith("/") or not host
    folder = host or "/var/run/postgresql"
    proxy = CuttingProxy((socket.AF_UNIX, f"{folder}/.s.PGSQL.{port}") if is_socket else (socket.AF_INET, (host, port)))
    options = found["OPTIONS"]["options"] + f" -c lock_timeout={lock_timeout_ms}"
    close_idle()
    with monkeypatch.context() as patch:
        patch.setitem(found, "HOST", "127.0.0.1")
        patch.setitem(found, "PORT", str(proxy.port))
        patch.setitem(
            found, "OPTIONS", found["OPTIONS"] | {"options": options, "sslmode": "disable", "gssencmode": "disable"}
        )
        try:
            yield proxy
        finally:
            close_idle()
            proxy.close()


def _messages(source: socket.socket, *, first_is_startup: bool) -> Iterator[bytes]:
    """Whole messages: a type byte, a length that counts itself, the rest. The startup message has no type byte."""
    buffer = b""
    head = 0 if first_is_startup else 1
    while True:
        while len(buffer) >= head + 4 and len(buffer) >= (size := head + int.from_bytes(buffer[head : head + 4])):
            yield buffer[:size]
            buffer = buffer[size:]
            head = 1
        try:
            more = source.recv(65536)
        except OSError:
            return
        if not more:
            return
        buffer += more


def _send(sink: socket.socket, message: bytes) -> None:
    with suppress(OSError):
        sink.sendall(message)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
