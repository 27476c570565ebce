"""One request to a receiver: to an address that was checked, within a bounded time, whatever the receiver does.

The host is looked up once, every address it has is checked, and the connection goes to one of these and to no other:
what the name stands for a moment later is of no account. Proxies of the environment are not used, because they would
look the name up again, and no redirect is followed, because nobody has checked where it leads.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import lru_cache
from http.client import HTTPException
from threading import Lock, Timer
from typing import NamedTuple

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError
from urllib3.response import HTTPResponse

from ledgerflow import __version__
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.webhooks.errors import WebhookAddressRefused
from ledgerflow.events.webhooks.retries import read_retry_after
from ledgerflow.events.webhooks.sending.addresses import HTTPS, Target, check_addresses, read_url

Resolve = Callable[[str, int], Sequence[str]]  # a host and a port into addresses; raises OSError

CONNECT_SECONDS = 5
WHOLE_SECONDS = 15
MOST_READ_BYTES = 16 * 1024
MOST_KEPT = 500
MOST_DETAIL = 200
MOST_LOOKED_UP = 16
URL_REFUSED, NAME_UNKNOWN, ADDRESS_REFUSED = "url_refused", "name_unknown", "address_refused"
CONNECTION_FAILED, TLS_FAILED, TIMED_OUT = "connection_failed", "tls_failed", "timed_out"
BROKEN_ANSWER = "broken_answer"
TOO_SLOW = "The answer was not complete in time."
HEADERS = {
    "accept": "*/*",
    "accept-encoding": "identity",
    "connection": "close",
    "content-type": "application/json",
    "user-agent": f"LedgerFlow/{__version__} (webhooks)",
}
_SUCCESS = range(200, 300)
# Looking a name up cannot be stopped; one that hangs holds one of these threads and no more.
_lookups = ThreadPoolExecutor(MOST_LOOKED_UP, thread_name_prefix="webhook-lookup")


class Outcome(NamedTuple):
    """How an attempt went. `error` is "" where an answer came, or one of the names above; `detail` is for people."""

    http_status: int | None = None
    error: str = ""
    detail: str = ""
    address: str = ""
    response: str = ""
    duration_ms: int = 0
    retry_after: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        return not self.error and self.http_status in _SUCCESS


class _Failed(Exception):
    """No answer came, and why."""

    def __init__(self, error: str, detail: object = "", address: str = "") -> None:
        super().__init__(error)
        self.error, self.detail, self.address = error, str(detail), address


class _NotConnected(_Failed):
    """Another address of the host may do better."""


class WebhookSender:
    """Sends messages. Tests give another way to look names up, other authorities for TLS, and less time."""

    def __init__(
        self,
        *,
        resolve: Resolve | None = None,
        context: ssl.SSLContext | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._resolve = resolve or resolved
        self._context = context
        self._connect_seconds = connect_seconds
        self._whole_seconds = whole_seconds

    def send(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Outcome:
        """Post `body` to `url`. Raises nothing: whatever goes wrong is the outcome.

        `now` is for a date in `Retry-After`.
        """
        began = time.monotonic()
        try:
            outcome = self._attempt(url, headers, body, now, began + self._whole_seconds)
        except _Failed as failed:
            outcome = Outcome(error=failed.error, detail=_kept(failed.detail, MOST_DETAIL), address=failed.address)
        return outcome._replace(duration_ms=int((time.monotonic() - began) * 1000))

    def _attempt(self, url: str, headers: Mapping[str, str], body: bytes, now: datetime, end: float) -> Outcome:
        try:
            target = read_url(url, allow_http=settings.LEDGERFLOW_WEBHOOK_HTTP)
        except LedgerError as refusal:
            raise _Failed(URL_REFUSED, refusal.message) from refusal
        failure = _Failed(CONNECTION_FAILED, "The name has no address.")
        for address in self._addresses(target, end):
            connection = self._connection(target, address, end)
            try:
                _connect(connection, end)
                return _exchange(connection, target, HEADERS | {"host": target.authority, **headers}, body, now, end)
            except _NotConnected as failed:
                failure = failed
            finally:
                connection.end()
        raise failure

    def _addresses(self, target: Target, end: float) -> Sequence[str]:
        """Those of the host, all of them allowed."""
        looked_up = _lookups.submit(self._resolve, target.host, target.port)
        try:
            found = looked_up.result(timeout=min(self._connect_seconds, _left(end)))
        except TimeoutError as error:
            looked_up.cancel()
            raise _Failed(TIMED_OUT, "The name was not looked up in time.") from error
        except (OSError, UnicodeError) as error:
            raise _Failed(NAME_UNKNOWN, error) from error
        try:
            check_addresses(found, settings.LEDGERFLOW_WEBHOOK_PRIVATE_NETWORKS)
        except WebhookAddressRefused as refusal:
            raise _Failed(ADDRESS_REFUSED, refusal.message) from refusal
        return found

    def _connection(self, target: Target, address: str, end: float) -> _Connection | _TlsConnection:
        timeout = min(self._connect_seconds, _left(end))
        if target.scheme == HTTPS:
            context = self._context or _system_context()
            return _TlsConnection(
                address, target.port, timeout=timeout, server_hostname=target.host, ssl_context=context
            )
        return _Connection(address, target.port, timeout=timeout)


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, each once, in the order that the system prefers."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _Handle:
    """A second descriptor of a connection: shutting it down ends the first one, whatever TLS is doing with it.

    It outlives `close`, which http.client calls while an answer is still to be read.
    """

    handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]  # of urllib3's connection
        self.handle = made.dup()
        return made

    def end(self) -> None:
        """Close all of it."""
        self.close()  # type: ignore[attr-defined]
        if self.handle is not None:
            self.handle.close()


class _Connection(_Handle, HTTPConnection):
    pass


class _TlsConnection(_Handle, HTTPSConnection):
    pass


@contextmanager
def _time_limit(connection: _Connection | _TlsConnection, end: float) -> Iterator[None]:
    """Ends what is done inside when its time is over; every failure inside becomes a `_Failed` with its name.

    Time-outs of sockets alone would not do: a receiver that sends a byte every few seconds keeps within each.
    """
    lock, state = Lock(), {"is_done": False, "is_over": False}

    def cut() -> None:
        with lock:
            state["is_over"] = not state["is_done"]
            if state["is_over"] and connection.handle is not None:
                with suppress(OSError):
                    connection.handle.shutdown(socket.SHUT_RDWR)

    timer = Timer(_left(end), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        raise _named(error, str(connection.host), is_over=state["is_over"]) from error
    finally:
        with lock:
            state["is_done"] = True
        timer.cancel()
    if state["is_over"]:  # an answer that was cut off can look like a whole one
        raise _Failed(TIMED_OUT, TOO_SLOW, str(connection.host))


def _connect(connection: _Connection | _TlsConnection, end: float) -> None:
    with _time_limit(connection, end):
        connection.connect()


def _exchange(
    connection: _Connection | _TlsConnection, target: Target, headers: Mapping[str, str], body: bytes, now: datetime,
    end: float,
) -> Outcome:  # fmt: skip
    with _time_limit(connection, end):
        connection.timeout = _left(end)
        connection.sock.settimeout(connection.timeout)
        with suppress(BrokenPipeError):  # who refuses a body need not read it
            connection.request("POST", target.path, body, headers, preload_content=False, decode_content=False)
        answer = connection.getresponse()
        outcome = Outcome(
            http_status=answer.status,
            address=str(connection.host),
            response=_beginning(answer),
            retry_after=read_retry_after(answer.headers.get("retry-after"), now),
        )
    return outcome  # noqa: RET504 - leaving the block may raise


def _beginning(answer: HTTPResponse) -> str:
    """How the answer's body begins. One that breaks off is as good: its status came."""
    try:
        found = answer.read(MOST_READ_BYTES, decode_content=False)
    except ReadTimeoutError:
        raise
    except (HTTPError, HTTPException):
        found = b""
    return _kept(found.decode(errors="replace"), MOST_KEPT)


def _named(error: Exception, address: str, *, is_over: bool) -> _Failed:
    if is_over or isinstance(error, TimeoutError | ReadTimeoutError):
        return _Failed(TIMED_OUT, TOO_SLOW, address)
    if isinstance(error, ssl.SSLError):
        return _Failed(TLS_FAILED, error, address)
    if isinstance(error, NewConnectionError):  # a kind of ConnectTimeoutError
        return _NotConnected(CONNECTION_FAILED, error.__cause__ or error, address)
    if isinstance(error, ConnectTimeoutError):
        return _NotConnected(TIMED_OUT, "No connection in time.", address)
    if isinstance(error, OSError):
        return _Failed(CONNECTION_FAILED, error, address)
    return _Failed(BROKEN_ANSWER, error, address)


def _kept(text: str, most: int) -> str:
    """A text that can be stored, and its beginning only."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()[:most]


def _left(end: float) -> float:
    return max(end - time.monotonic(), 0.001)


@lru_cache(maxsize=1)
def _system_context() -> ssl.SSLContext:
    return ssl.create_default_context()
