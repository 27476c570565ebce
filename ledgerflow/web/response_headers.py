"""The headers that every answer has, whichever way it goes out: a view's, a refusal before any view, a late 408."""

from __future__ import annotations

from django.conf import settings

from ledgerflow.web.policy import content

YEAR_SECONDS = 365 * 24 * 3600
HEADERS = [
    (content.NAME, content.policy()),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
if settings.LEDGERFLOW_HTTPS:
    HEADERS.append(("Strict-Transport-Security", f"max-age={YEAR_SECONDS}"))
_NAMES = frozenset(name.lower() for name, _ in HEADERS)


def with_common_headers(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer with those that every answer has; a view's own ones stay."""
    own = {name.lower() for name, _ in headers} & _NAMES
    if not own:
        return headers + HEADERS
    return headers + [header for header in HEADERS if header[0].lower() not in own]
