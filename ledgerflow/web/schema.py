"""The OpenAPI schema: bodies come from the very msgspec structs that decode and encode them.

`body(Struct)` is what `extend_schema` takes as a request or a response; the hook adds the structs' definitions.
"""

from __future__ import annotations

from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

JSON = "application/json"
PROBLEM = "application/problem+json"
REF = "#/components/schemas/{name}"


class FieldProblem(msgspec.Struct):
    """What is wrong at one place of the request: an RFC 6901 pointer, "" for the whole."""

    pointer: str
    detail: str


class Problem(msgspec.Struct):
    """An error answer (RFC 9457). Programs read `code` and `data`; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem]
    data: dict[str, Any]
    retryable: bool


_described: list[Any] = [Problem]

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Any text that is new for every new request, such as a UUID; a retry repeats it.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string"},
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the state this change is based on, or *.",
)
LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
    OpenApiParameter.QUERY,
    description="How many results to show.",
)
CURSOR = OpenApiParameter(
    "cursor", {"type": "string"}, OpenApiParameter.QUERY, description="Where to go on; part of `next`."
)


def schema_of(struct: Any) -> dict[str, Any]:
    """A reference to the schema of a struct, which becomes a component."""
    if struct not in _described:
        _described.append(struct)
    return {"$ref": REF.format(name=struct.__name__)}


def body(struct: Any) -> dict[str, Any]:
    """A JSON request body."""
    return {JSON: schema_of(struct)}


def answers(answer: Any, *statuses: int, problems: tuple[int, ...] | None = ()) -> dict[Any, Any]:
    """Responses: the struct for `statuses`, problem documents for `problems` and for what any endpoint may answer.

    `problems` None says that the endpoint needs no key and never refuses.
    """
    described: dict[Any, Any] = {(status, JSON): OpenApiResponse(schema_of(answer)) for status in statuses}
    for status in [] if problems is None else sorted({400, 401, 403, 406, 503, 504, *problems}):
        described[status, PROBLEM] = OpenApiResponse(schema_of(Problem))
    return described


def page_of(item: dict[str, Any]) -> OpenApiResponse:
    """A page of a list."""
    return OpenApiResponse(
        {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": {"type": "array", "items": item}, "next": {"type": ["string", "null"]}},
        }
    )


def add_components(result: dict[str, Any], **_given: Any) -> dict[str, Any]:
    """Post-processing hook of drf-spectacular: the definitions behind the references."""
    _, components = msgspec.json.schema_components(_described, ref_template=REF)
    result.setdefault("components", {}).setdefault("schemas", {}).update(components)
    return result


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass registers it
    target_class = "ledgerflow.access.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - spectacular's signature
        return {"type": "http", "scheme": "bearer", "description": "An API key: lf_…"}
