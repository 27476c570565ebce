"""What every request passes, the short way and the long one: add a step here, and neither can forget it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseRedirectBase

from ledgerflow.addresses import is_of_health
from ledgerflow.web.incoming import take_body
from ledgerflow.web.response_headers import with_common_headers


class _PermanentRedirect(HttpResponseRedirectBase):
    """Unlike 301, 308 keeps the method and the body."""

    status_code = 308


def before(environ: dict[str, Any], room: str) -> HttpResponse | None:
    """Before anything looks at the request. Gives the answer where there is one already; refusals are raised.

    `room`: bodies that are on their way count together with those of the same room only.
    """
    if settings.LEDGERFLOW_HTTPS:
        redirect = _to_https(environ)
        if redirect is not None:
            return redirect
    take_body(environ, room)
    return None


def after(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer with those that every answer has."""
    return with_common_headers(headers)


def _to_https(environ: dict[str, Any]) -> HttpResponse | None:
    """To the same address under https, except from the health pages, which the machine itself asks."""
    if is_of_health(environ["PATH_INFO"]):
        return None
    request = WSGIRequest(environ)
    if request.is_secure():
        return None
    try:
        return _PermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")
    except DisallowedHost:
        return None  # Django refuses it
