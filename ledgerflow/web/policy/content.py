"""The content security policy of our pages: everything comes from files of this server, nothing stands in the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http.response import HttpResponseBase

from ledgerflow.installing import ROOMS

NAME = "Content-Security-Policy"
REPORTS = "policy-reports"  # the address, in our own project; another project's browsers have nowhere to report to
_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
_PACKAGES = tuple(f"{package}." for package in ("ledgerflow", *ROOMS))
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def policy(*, is_reported: bool = True, **changed: str) -> str:
    """The policy as a header's value; `style_src="…"` is an exception that a page needs."""
    directives = _DIRECTIVES | {name.replace("_", "-"): sources for name, sources in changed.items()}
    if is_reported and settings.ROOT_URLCONF == "ledgerflow.urls":
        directives["report-uri"] = f"/{REPORTS}"
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def under_policy(view: View) -> View:
    """A view of ours with the policy on its answers, whatever project serves it; another's view as it is."""
    if not _is_ours(view):
        return view

    @wraps(view)
    def strict(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers.setdefault(NAME, policy())
        return response

    return cast("View", strict)


def _is_ours(view: Any) -> bool:
    """By where its function or, of a method, the class of its object is written."""
    while isinstance(view, partial):
        view = view.func
    owner = getattr(view, "__self__", None)
    module = view.__module__ if owner is None else type(owner).__module__
    return f"{module}.".startswith(_PACKAGES)
