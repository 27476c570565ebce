"""What every request passes, the short way and the long one: add a step here, and neither can forget it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseRedirectBase

from ledgerflow.web.incoming import take_body

HEALTH = "/api/health"
YEAR_SECONDS = 365 * 24 * 3600
# The pages need no script and no font from elsewhere; Django's and Swagger's set styles on elements.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = [
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
if settings.HTTPS:
    HEADERS.append(("Strict-Transport-Security", f"max-age={YEAR_SECONDS}"))
_NAMES = frozenset(name.lower() for name, _ in HEADERS)


class _PermanentRedirect(HttpResponseRedirectBase):
    """Unlike 301, 308 keeps the method and the body."""

    status_code = 308


def before(environ: dict[str, Any], room: str) -> HttpResponse | None:
    """Before anything looks at the request. Gives the answer where there is one already; refusals are raised.

    `room`: bodies that are on their way count together with those of the same room only.
    """
    if settings.HTTPS:
        redirect = _to_https(environ)
        if redirect is not None:
            return redirect
    take_body(environ, room)
    return None


def after(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer with those that every answer has; a view's own ones stay."""
    own = {name.lower() for name, _ in headers} & _NAMES
    if not own:
        return headers + HEADERS
    return headers + [header for header in HEADERS if header[0].lower() not in own]


def _to_https(environ: dict[str, Any]) -> HttpResponse | None:
    """To the same address under https, except from the health pages, which the machine itself asks."""
    if environ["PATH_INFO"].startswith(HEALTH):
        return None
    request = WSGIRequest(environ)
    if request.is_secure():
        return None
    try:
        return _PermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")
    except DisallowedHost:
        return None  # Django refuses it
