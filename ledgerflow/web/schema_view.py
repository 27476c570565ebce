"""The OpenAPI document as it is served: made once per process, because making it takes a quarter of a second."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_lock = Lock()


class SchemaView(SpectacularAPIView):
    """The document in YAML or JSON, as `Accept` or `?format=` wants it. It needs no key, so it must cost nothing."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *_args: Any, **_given: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        make: Callable[[], BaseRenderer] = type(renderer)
        with _lock:  # of the requests that come while it is made, only the first makes it
            content = _rendered(make)
        filename = f'inline; filename="ledgerflow.{renderer.format}"'
        return HttpResponse(content, content_type=renderer.media_type, headers={"Content-Disposition": filename})


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of this process's routes."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


@cache
def _rendered(make: Callable[[], BaseRenderer]) -> bytes:
    content: Any = make().render(document(), renderer_context={})
    return bytes(content)
