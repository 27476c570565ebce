"""Every error answer under /api/ is a problem document (RFC 9457) with a stable `code`."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import escape
from django.views import defaults
from psycopg import errors as pg

from ledgerflow.addresses import is_of_api
from ledgerflow.books.refusals import constraint_of, named_refusal
from ledgerflow.core.errors import (
    FieldErrors,
    LedgerError,
    Malformed,
    NotFound,
    OutOfBounds,
    PermissionMissing,
    ReadTimedOut,
    TryAgain,
)
from ledgerflow.core.errors.form import NothingThere, Unreachable

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:ledgerflow:problem:"
RETRY_AFTER_SECONDS = "1"
CHALLENGE = 'Bearer realm="ledgerflow"'
encode = msgspec.json.Encoder(decimal_format="string").encode
# psycopg counts a session that was ended and a server that takes no writes as internal errors.
UNREACHABLE = (
    OperationalError,
    InterfaceError,
    pg.OperationalError,
    pg.InterfaceError,
    pg.IdleInTransactionSessionTimeout,
    pg.TransactionTimeout,
    pg.ReadOnlySqlTransaction,
)
FAULT = "Something went wrong here; it has been logged."
AWAY_PAGE = b"<!doctype html><title>Try again</title><p>%b Try again in a moment."


def problem(error: LedgerError, *, pointer_prefix: str = "") -> dict[str, Any]:
    """The problem document of a refusal. `pointer_prefix` is where the refused item stands in the request."""
    errors = error.errors if isinstance(error, FieldErrors) else {error.pointer: error.message}
    return _document(
        error.status,
        error.code,
        error.message,
        errors=[{"pointer": pointer_prefix + pointer, "detail": detail} for pointer, detail in errors.items()],
        data=error.data,
        retryable=error.retryable,
    )


def problem_response(error: LedgerError) -> HttpResponse:
    """The refusal as an HTTP answer, with the headers its status asks for."""
    return document_response(error.status, encode(problem(error)))


def response_for(error: Exception) -> HttpResponse | None:
    """The problem response of an exception that says something to the client, None for a fault of ours."""
    if isinstance(error, LedgerError):
        return problem_response(error)
    if isinstance(error, Http404):
        return problem_response(NotFound())
    if isinstance(error, PermissionDenied):
        return problem_response(PermissionMissing())
    refusal = away(error)
    return problem_response(refusal) if refusal is not None else _refused_by_bounds(error)


def _refused_by_bounds(error: Exception) -> HttpResponse | None:
    """What no rule in Python refused and the bounds of a column did, so that an odd date is never a 500."""
    refusal = named_refusal(error)
    return problem_response(refusal(constraint=constraint_of(error))) if refusal is OutOfBounds else None


def away(error: BaseException | None) -> TryAgain | None:
    """What to say where the database does not answer, or not in time; None where it is not to blame."""
    if isinstance(error, pg.QueryCanceled) or isinstance(getattr(error, "__cause__", None), pg.QueryCanceled):
        return ReadTimedOut(seconds=settings.LEDGERFLOW_READ_SECONDS)
    return Unreachable() if is_unreachable(error) else None


def is_unreachable(error: BaseException | None) -> bool:
    """Whether the database gave no connection, ended it, or takes nothing now: psycopg's own errors and Django's."""
    return isinstance(error, UNREACHABLE) or isinstance(getattr(error, "__cause__", None), UNREACHABLE)


def nothing_there(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001 - of the address, which says it
    """The view of whatever no endpoint is at, for projects whose handler404 is their own."""
    return problem_response(NothingThere(path=request.path[:200]))


# It is asked by programs: without a session, and whoever they are.
nothing_there.csrf_exempt = True  # type: ignore[attr-defined]
nothing_there.login_required = False  # type: ignore[attr-defined]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: a problem under /api/, Django's page elsewhere."""
    if _is_api(request):
        return problem_response(NothingThere(path=request.path[:200]))
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400, e.g. for a host it does not serve."""
    if _is_api(request):
        return problem_response(Malformed())
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: says nothing about the inside, which is in the log. A lost database is a 503."""
    refusal = away(sys.exc_info()[1])
    if _is_api(request):
        return fault_response()
    if refusal is not None:
        return document_response(503, AWAY_PAGE % escape(refusal.message).encode(), "text/html; charset=utf-8")
    return defaults.server_error(request)


def fault_response() -> HttpResponse:
    """The answer to the error that is being handled, where it says nothing to the client."""
    refusal = away(sys.exc_info()[1])
    if refusal is not None:
        return problem_response(refusal)
    return document_response(500, encode(_document(500, "internal_error", FAULT)))


def _is_api(request: HttpRequest) -> bool:
    return is_of_api(request.path_info)


def _document(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    data: dict[str, Any] | None = None,
    retryable: bool = False,
) -> dict[str, Any]:
    return {
        "type": TYPE_PREFIX + code,
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
        "data": data or {},
        "retryable": retryable,
    }


def document_response(status: int, document: bytes, content_type: str = CONTENT_TYPE) -> HttpResponse:
    """An encoded problem document as an HTTP answer."""
    response = HttpResponse(document, content_type=content_type, status=status)
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    elif status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response
