"""The OpenAPI document as it is served, to everybody: it says nothing about anybody's books."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.settings import patched_settings
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView
from rest_framework.response import Response
from rest_framework.views import APIView

from ledgerflow import __version__
from ledgerflow.core.errors import NotAcceptable
from ledgerflow.web.endpoints import OPEN, Call, Endpoints
from ledgerflow.web.policy import content
from ledgerflow.web.queries import a_choice
from ledgerflow.web.schema import API_KEY

pages = Endpoints("schema")
SETTINGS: dict[str, Any] = {
    "TITLE": "LedgerFlow",
    "DESCRIPTION": "A double-entry ledger.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "APPEND_COMPONENTS": {
        "securitySchemes": {API_KEY: {"type": "http", "scheme": "bearer", "description": "An API key: lf_…"}}
    },
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": "/", "description": "This server."}],
    "PREPROCESSING_HOOKS": ["ledgerflow.web.schema.leave_out_others"],
    "POSTPROCESSING_HOOKS": ["ledgerflow.web.schema.add_components", "ledgerflow.web.schema.complete_operations"],
}
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


class PageView(APIView):
    """The document for people: without keys and throttles, whatever project is around it."""

    url_name = "ledgerflow:schema"
    title = SETTINGS["TITLE"]
    schema = None
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    versioning_class = None
    policy: ClassVar[str]

    def finalize_response(self, *args: Any, **path: Any) -> Response:
        """With its policy, whatever project serves it."""
        response = super().finalize_response(*args, **path)
        response.headers[content.NAME] = self.policy
        # drf-spectacular lets Swagger UI talk to windows of others, for OAuth; here it signs in with keys.
        response.headers.pop("Cross-Origin-Opener-Policy", None)
        return response


class SwaggerView(PageView, SpectacularSwaggerView):
    """The document as Swagger UI shows it, where it can be tried out."""

    template_name = "ledgerflow/swagger.html"
    policy = content.policy()


class RedocView(PageView, SpectacularRedocView):
    """The document as ReDoc shows it, with nothing from another server.

    Its script writes its styles into the page, and makes a worker for its search out of a text: no other page may.
    The sign of who made it would come from another server; that this is stopped is nothing to report.
    """

    template_name = "ledgerflow/redoc.html"
    policy = content.policy(is_reported=False, style_src_elem="'self' 'unsafe-inline'", worker_src="blob:")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of this process's routes, made once: making it takes a quarter of a second."""
    with patched_settings(SETTINGS):  # those of the project are for a document of its own
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


@cache
def _rendered(renderer: Callable[[], Any]) -> bytes:
    return bytes(renderer().render(document(), renderer_context={}))
