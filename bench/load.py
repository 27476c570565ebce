"""A load generator that takes little from the two cores it shares: one process, raw sockets, epoll, bytes made before.

Each client sends one request, waits for its answer, and sends the next. Answers are counted, not parsed: status line
and content length are read, and of a refusal its code; the rest is drained.
"""

from __future__ import annotations

import gc
import re
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

BUFFER_BYTES = 1 << 20
ANSWER_SECONDS = 60
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CODE = re.compile(rb'"code": ?"(\w+)"')
_HEAD_END = b"\r\n\r\n"
AWAY = 503
KEPT_BYTES = 4_000  # of an answer: what a refusal says fits in


class LoadError(Exception):
    """The server broke off or answered with something that is no plain HTTP/1.1 answer."""


@dataclass
class Load:
    """What came of a load. Latencies are in seconds; `seconds` runs from the first byte out to the last answer."""

    wanted_status: int
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)  # of refusals
    first_failure: bytes = b""
    is_sent_again: bool = False

    @property
    def answered(self) -> int:
        return self.statuses[self.wanted_status]

    @property
    def failed(self) -> int:
        return self.statuses.total() - self.answered

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class _Client:
    """One keep-alive connection, at any moment sending a request or waiting for its answer."""

    __slots__ = ("again", "answer_left", "head", "requests", "sent", "sent_at", "socket", "status", "to_send")

    def __init__(self, address: tuple[str, int], requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0)  # non-blocking
        self.requests = requests
        self.again: list[bytes] = []  # what is sent before the next of `requests`
        self.sent = b""
        self.to_send = memoryview(b"")
        self.head = b""
        self.status = 0
        self.answer_left = 0
        self.sent_at = 0.0

    def send(self) -> bool:
        """Send what fits; True when all of it is out."""
        try:
            self.to_send = self.to_send[self.socket.send(self.to_send) :]
        except BlockingIOError:
            return False
        return not self.to_send

    def receive(self, buffer: bytearray) -> bool:
        """Take what has come; True when the answer is complete."""
        count = self.socket.recv_into(buffer)
        if count == 0:
            message = "The server closed a connection in the middle of the load."
            raise LoadError(message)
        if self.status:
            self.answer_left -= count
            if len(self.head) < KEPT_BYTES:
                self.head += buffer[: min(count, KEPT_BYTES)]
        else:
            self._read_head(self.head + buffer[:count])
        return self.status != 0 and self.answer_left <= 0

    def _read_head(self, received: bytes) -> None:
        end = received.find(_HEAD_END)
        if end < 0:
            self.head = received
            return
        length = _LENGTH.search(received, 0, end + 2)
        if length is None:
            message = f"An answer without a length: {received[:200]!r}"
            raise LoadError(message)
        self.status = int(received[9:12])
        self.answer_left = int(length[1]) - (len(received) - end - len(_HEAD_END))
        self.head = received


def drive(
    address: tuple[str, int],
    lanes: Sequence[Sequence[bytes]],
    *,
    clients: int,
    seconds: float,
    wanted_status: int,
    is_sent_again: bool = False,
) -> Load:
    """Send the requests of `lanes` (client i takes from lane i modulo their number) until time or a lane is over.

    What is on its way at the end is waited for and counts, with the time it takes. `is_sent_again`: a request that the
    server has no place for (503) is sent until it has, and only what it is told then counts.
    Raises `LoadError` when the server breaks off.
    """
    sources = [iter(lane) for lane in lanes]
    people = [_Client(address, sources[number % len(sources)]) for number in range(clients)]
    load = Load(wanted_status, is_sent_again=is_sent_again)
    gc.collect()
    gc.disable()
    cpu = time.process_time()
    began = time.perf_counter()
    try:
        _run(people, load, began + seconds)
    except OSError as error:
        message = f"The connection broke ({error}); answers so far: {dict(load.statuses)}, {load.first_failure!r}"
        raise LoadError(message) from error
    finally:
        gc.enable()
        load.seconds = time.perf_counter() - began
        load.cpu_seconds = time.process_time() - cpu
        for client in people:
            client.socket.close()
    return load


def _run(people: Sequence[_Client], load: Load, deadline: float) -> None:
    clock = time.perf_counter
    buffer = bytearray(BUFFER_BYTES)
    by_descriptor = {client.socket.fileno(): client for client in people}
    with select.epoll() as poll:
        busy = sum(_next(client, poll, clock(), new=True) for client in people)
        while busy:
            events = poll.poll(ANSWER_SECONDS)
            if not events:
                message = f"No answer in {ANSWER_SECONDS} s."
                raise LoadError(message)
            for descriptor, event in events:
                client = by_descriptor[descriptor]
                if event & select.EPOLLOUT:
                    if client.send():
                        poll.modify(descriptor, select.EPOLLIN)
                elif client.receive(buffer):
                    now = clock()
                    load.latencies.append(now - client.sent_at)
                    _count(load, client)
                    if now >= deadline or not _next(client, poll, now):
                        busy -= 1


def _next(client: _Client, poll: select.epoll, now: float, *, new: bool = False) -> bool:
    """Send the client's next request; False when there is none."""
    again, client.again = client.again, []
    for request in islice(chain(again, client.requests), 1):
        client.sent = request
        client.to_send = memoryview(request)
        client.sent_at = now
        all_out = client.send()
        if new:
            poll.register(client.socket, select.EPOLLIN if all_out else select.EPOLLOUT)
        elif not all_out:
            poll.modify(client.socket, select.EPOLLOUT)
        return True
    return False


def _count(load: Load, client: _Client) -> None:
    if client.status == AWAY and load.is_sent_again:
        client.again = [client.sent]
    else:
        load.statuses[client.status] += 1
    if client.status != load.wanted_status and not client.again:
        code = _CODE.search(client.head)
        load.codes[code[1].decode() if code else str(client.status)] += 1
        load.first_failure = load.first_failure or client.head[:2000]
    client.status = 0
    client.head = b""
