"""The one way in: steps that every request passes, and a short way to the few views that carry the load.

A POST to one of those meets no middleware and no signals: sessions, CSRF and messages are for pages, and the signals
tend connections that these views use only to look a key up. Together they cost 160 of the 205 microseconds of a
posting request without its posting. Everything else, other methods on the same paths included, goes through Django's
handler as ever. What concerns every request stands in `ledgerflow.web.steps` and not in a middleware, so that neither
way can forget it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Lock
from typing import Any, cast

import structlog
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.urls import URLResolver, get_resolver

from ledgerflow.addresses import is_of_health
from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.core.errors import LedgerError, ServerBusy
from ledgerflow.web import steps
from ledgerflow.web.endpoints import Endpoint, endpoints_of, serve_short
from ledgerflow.web.problems import problem_response, server_error

log = structlog.get_logger(__name__)
View = Callable[[WSGIRequest], Any]
Start = Callable[..., Any]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Places:
    """How many threads of this process may be at one kind of work: one kind that is stuck leaves threads to the others.

    Nobody waits for a place: who finds none is told to come again.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken = 0
        self._lock = Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._taken >= self.limit:
                raise ServerBusy
            self._taken += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._taken -= 1


class HotPathHandler(WSGIHandler):
    """Django's WSGI handler with a short way to the endpoints that are described as `short`.

    They must not rely on middleware, must be free of cookies, and must tend the database connections they use; their
    addresses have no parts that vary.
    Posting, changing and reading have places of their own, fewer together than the server has threads: whichever of
    them is stuck, the others go on, and a thread is always left to say that the process lives. An answer that is sent
    bit by bit has left its place by then; one that takes long must have another.
    """

    def __init__(self) -> None:
        super().__init__()
        self._views: dict[str, View] | None = None
        self._posting = Places(settings.LEDGERFLOW_POSTING_PLACES)
        self._changing = Places(settings.LEDGERFLOW_CHANGING_PLACES)
        self._reading = Places(settings.LEDGERFLOW_READING_PLACES)

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Any:
        view = None
        if environ["REQUEST_METHOD"] == "POST":
            view = (self._views or self._find_views()).get(environ["PATH_INFO"])
        start = partial(_start, start_response)
        try:
            redirect = steps.before(environ, "posting" if view else "other")
            if redirect is not None:
                return _answered(redirect, start)
            if view is not None:
                with self._posting:
                    return _short_way(view, environ, start)
            return self._long_way(environ, start)
        except LedgerError as refusal:
            return _answered(problem_response(refusal), start)

    def _long_way(self, environ: dict[str, Any], start: Start) -> Any:
        if is_of_health(environ["PATH_INFO"]):
            return super().__call__(environ, start)
        with self._reading if environ["REQUEST_METHOD"] in SAFE else self._changing, borrowed_connection():
            response = super().__call__(environ, start)
            # A complete file, or what waits: neither needs this place, nor this connection. Servers that send files
            # themselves (`wsgi.file_wrapper`) got the file, and no response is left.
            if getattr(response, "streaming", True):
                return response
            content = cast("HttpResponse", response).content
            response.close()  # here, where the connection still is this thread's
            return [content]

    def _find_views(self) -> dict[str, View]:
        """By the URL configuration, at the first request: reading it earlier would slow every start."""
        self._views = dict(_short_views(get_resolver().url_patterns, "/"))
        return self._views


def _short_views(patterns: Sequence[Any], prefix: str) -> Iterator[tuple[str, View]]:
    for pattern in patterns:
        place = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _short_views(pattern.url_patterns, place)
        elif isinstance(endpoint := endpoints_of(pattern.callback).get("POST"), Endpoint) and endpoint.short:
            yield place, partial(serve_short, endpoint)


def _short_way(view: View, environ: dict[str, Any], start: Start) -> list[bytes]:
    request = WSGIRequest(environ)
    try:
        response = view(request)
    except Exception:
        log.exception("request_failed", path=request.path)
        response = server_error(request)
    return _answered(response, start)


def _answered(response: HttpResponse, start: Start) -> list[bytes]:
    content: bytes = response.content
    headers = [*response.items(), ("Content-Length", str(len(content)))]
    start(f"{response.status_code} {response.reason_phrase}", headers)
    return [content]  # a list: the server sends it in one piece


def _start(start_response: Start, status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
    return start_response(status, steps.after(headers), *more)
