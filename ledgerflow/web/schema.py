"""The OpenAPI schema: bodies come from the very msgspec structs that decode and encode them.

`body(Struct)` is what `extend_schema` takes as a request or a response; the hook adds the structs' definitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~][!-~]*$"},
    OpenApiParameter.HEADER,
    required=True,
    description=(
        "Visible ASCII that is new for every new request, such as a UUID; a retry repeats it. "
        'A quoted string ("…") is the key between the quotes.'
    ),
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
    return {"$ref": REF.format(name=_full_name(struct))}


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
    """Post-processing hook of drf-spectacular: the definitions behind the references, each under a name of its own."""
    references, components = msgspec.json.schema_components(_described, ref_template=REF)
    names = _short_names(components)
    known = {_full_name(struct): _name_in(ref) for struct, ref in zip(_described, references, strict=True)}
    names |= {full: names[name] for full, name in known.items()}
    found = result.setdefault("components", {}).setdefault("schemas", {})
    for full, component in components.items():
        found[names[full]] = component | ({"title": names[full]} if "title" in component else {})
    renamed: dict[str, Any] = _renamed(result, names)
    return renamed


def complete_operations(result: dict[str, Any], **_given: Any) -> dict[str, Any]:
    """Post-processing hook: each operation has a summary, its first sentence, and says whether it needs a key."""
    for item in result["paths"].values():
        for operation in item.values():
            described = " ".join(operation.get("description", "").split()) or operation["operationId"].replace("_", " ")
            operation["summary"] = re.split(r"(?<=[a-z])[.;:](?: |$)", described)[0]
            operation.setdefault("security", [])
    return result


def _full_name(struct: Any) -> str:
    return f"{struct.__module__}.{struct.__qualname__}"


def _name_in(reference: dict[str, Any]) -> str:
    return str(reference["$ref"].rpartition("/")[2])


def _short_names(full_names: Iterable[str]) -> dict[str, str]:
    """A name for each. Of structs of one name msgspec gives the full ones, a.b.Name: they get that of their room.

    Generators of clients make classes of them, so points would not do.
    """
    names = {full: full for full in full_names if "." not in full}
    for full in sorted(set(full_names) - names.keys()):
        *path, name = full.split(".")
        rooms = ["".join(part.title().replace("_", "") for part in path[:count]) for count in range(1, len(path) + 1)]
        names[full] = next(room + name for room in rooms if room + name not in names.values())
    return names


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """The document with each reference leading to the name that its component has."""
    if isinstance(node, list):
        return [_renamed(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        name = _name_in(node)
        return node | {"$ref": REF.format(name=names.get(name, name))}
    return {key: _renamed(value, names) for key, value in node.items()}


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass registers it
    target_class = "ledgerflow.access.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - spectacular's signature
        return {"type": "http", "scheme": "bearer", "description": "An API key: lf_…"}
