"""Closing connections of this process that the web server keeps: one found by what it has sent, or all that are stuck.

Linux only.

By the port of the client it could be found at once, but granian (2.8) tells a WSGI application the address alone.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

DESCRIPTORS = Path("/proc/self/fd")
BYTES_SENT = struct.Struct("=200xQ")  # tcpi_bytes_sent in the kernel's struct tcp_info, since Linux 4.19
TRIES = 20
TRY_SECONDS = 0.01


@contextmanager
def connections_of(address: str) -> Iterator[dict[socket.socket, int]]:
    """Each TCP connection of this process with a peer of this address, and how many bytes it has sent.

    Duplicates of the server's own descriptors: closing them leaves the connections alone.
    """
    found: dict[socket.socket, int] = {}
    with ExitStack() as open_:
        for descriptor in os.listdir(DESCRIPTORS) if DESCRIPTORS.exists() else []:  # noqa: PTH208 - names are wanted
            connection = _connection(int(descriptor), address)
            if connection is not None:
                open_.enter_context(connection)
                found[connection] = _bytes_sent(connection)
        yield found


def hang_up(before: dict[socket.socket, int], least: int, most: int) -> None:
    """End the connection that has sent from `least` to `most` bytes since; wait a moment for it to have done so."""
    for _ in range(TRIES):
        for connection, sent in before.items():
            if least <= _bytes_sent(connection) - sent <= most:
                connection.shutdown(socket.SHUT_RDWR)
                return
        time.sleep(TRY_SECONDS)


def end_stuck_connections(after_seconds: int) -> None:
    """From now on the kernel ends a connection whose client has taken nothing of what was sent to it for so long.

    A thread that sends to a client that does not read would wait for ever. Connections that are accepted later have the
    option from the socket that listens.
    """
    with _tcp_sockets() as found:
        ports = {port for one, port in found.items() if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)}
        for one, port in found.items():
            if port in ports:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, after_seconds * 1000)


@contextmanager
def _tcp_sockets() -> Iterator[dict[socket.socket, int]]:
    """Each TCP socket of this process with its own port; duplicates as well."""
    found: dict[socket.socket, int] = {}
    with ExitStack() as open_:
        for descriptor in os.listdir(DESCRIPTORS) if DESCRIPTORS.exists() else []:  # noqa: PTH208 - names are wanted
            one = _socket(int(descriptor))
            if one is None:
                continue
            open_.enter_context(one)
            if one.type == socket.SOCK_STREAM and one.family in (socket.AF_INET, socket.AF_INET6):
                found[one] = one.getsockname()[1]
        yield found


def _socket(descriptor: int) -> socket.socket | None:
    """A duplicate of a socket, None for what is none."""
    try:
        copy = os.dup(descriptor)
    except OSError:  # closed in the meantime
        return None
    try:
        return socket.socket(fileno=copy)
    except OSError:  # no socket: the copy is still ours to close
        os.close(copy)
        return None


def _connection(descriptor: int, address: str) -> socket.socket | None:
    connection = _socket(descriptor)
    if connection is None:
        return None
    try:
        if connection.type == socket.SOCK_STREAM and connection.getpeername()[0] == address:
            return connection
    except (OSError, IndexError):  # one that listens, or a unix socket
        pass
    connection.close()
    return None


def _bytes_sent(connection: socket.socket) -> int:
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, BYTES_SENT.size)
    except OSError:
        return 0
    return int(BYTES_SENT.unpack(info)[0]) if len(info) == BYTES_SENT.size else 0
