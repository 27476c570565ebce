"""The OpenAPI document as it is served, to everybody: it says nothing about anybody's books."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularRedocView
from rest_framework.response import Response

from ledgerflow.core.errors import NotAcceptable
from ledgerflow.web.endpoints import OPEN, Call, Endpoints
from ledgerflow.web.queries import a_choice
from ledgerflow.web.response_headers import CONTENT_SECURITY_POLICY

pages = Endpoints("schema")
RENDERERS = (OpenApiYamlRenderer, OpenApiYamlRenderer2, OpenApiJsonRenderer, OpenApiJsonRenderer2)
_lock = Lock()


@pages.get(scope=OPEN, answer=None, files={}, query=[a_choice("format", ["yaml", "json"])])
def schema(call: Call[None]) -> HttpResponse:
    """The document in YAML or JSON, as `Accept` or `?format=` wants it. It needs no key, so it must cost nothing."""
    offered = {one.media_type: one for one in RENDERERS if call.query["format"] in (None, one.format)}
    media_type = call.request.get_preferred_type(list(offered))
    if media_type is None:
        raise NotAcceptable(accepted=", ".join(offered))
    with _lock:  # of the requests that come while it is made, only the first makes it
        content = _rendered(offered[media_type])
    filename = f'inline; filename="ledgerflow.{offered[media_type].format}"'
    return HttpResponse(content, media_type, headers={"Content-Disposition": filename})


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of this process's routes, made once: making it takes a quarter of a second."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


@cache
def _rendered(renderer: Callable[[], Any]) -> bytes:
    return bytes(renderer().render(document(), renderer_context={}))


class RedocView(SpectacularRedocView):
    """The document as ReDoc shows it, with nothing from another server."""

    template_name = "ledgerflow/redoc.html"

    def finalize_response(self, *args: Any, **path: Any) -> Response:
        """Its search runs in a worker that its own script makes of a text."""
        response = super().finalize_response(*args, **path)
        response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; worker-src blob:"
        return response
