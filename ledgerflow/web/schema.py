"""The OpenAPI schema: bodies come from the very msgspec structs that decode and encode them.

`EndpointSchema` tells drf-spectacular what the description of an endpoint says; the hook adds the structs' definitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

JSON = "application/json"
PROBLEM = "application/problem+json"
ANY_FILE = "application/octet-stream"
REF = "#/components/schemas/{name}"
ANY_ENDPOINT = (400, 401, 403, 406, 503, 504)  # what every endpoint that needs a key may answer
API_KEY = "ApiKey"  # the security scheme that the settings describe


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

_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~][!-~]*$"}
_KEY_IS = (
    "Visible ASCII that is new for every new request, such as a UUID; a retry repeats it. "
    'A quoted string ("…") is the key between the quotes.'
)
IDEMPOTENCY_KEY = OpenApiParameter("Idempotency-Key", _KEY, OpenApiParameter.HEADER, required=True, description=_KEY_IS)
KEY_IF_GIVEN = OpenApiParameter(
    "Idempotency-Key", _KEY, OpenApiParameter.HEADER, description=f"{_KEY_IS} Without one, each request is a new one."
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


def any_of(*structs: Any) -> OpenApiResponse:
    """An answer that is of one of these structs."""
    return OpenApiResponse(_one_of(structs))


def a_page(*structs: Any) -> OpenApiResponse:
    """The answer of a list whose rows are of these structs."""
    return OpenApiResponse(
        {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": {"type": "array", "items": _one_of(structs)},
                "next": {"type": ["string", "null"]},
            },
        }
    )


def _one_of(structs: Sequence[Any]) -> dict[str, Any]:
    found = [schema_of(struct) for struct in structs]
    return found[0] if len(found) == 1 else {"anyOf": found}


class EndpointSchema(AutoSchema):
    """Answers what drf-spectacular asks about an operation from the description of the endpoint."""

    @property
    def endpoint(self) -> Any:
        """The `ledgerflow.web.endpoints.Endpoint`."""
        view: Any = self.view
        return view.endpoints[self.method]

    def is_excluded(self) -> bool:
        return self.endpoint.answer is None

    def get_operation_id(self) -> str:
        return str(self.endpoint.name)

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular's own
        return str(self.endpoint.description)

    def get_tags(self) -> list[str]:
        return [self.endpoint.tag]

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{API_KEY: []}] if self.endpoint.scope else []

    def get_override_parameters(self) -> list[Any]:
        one = self.endpoint
        key = [] if not one.key else [IDEMPOTENCY_KEY] if one.key is True else [KEY_IF_GIVEN]
        headers = key + [IF_MATCH] * one.if_match + list(one.headers)
        query = [
            OpenApiParameter(
                parameter.name, parameter.schema, description=parameter.description, required=parameter.required
            )
            for parameter in one.query
        ]
        return [*one.path, *headers, *query, *([LIMIT, CURSOR] if one.paged else [])]

    def get_request_serializer(self) -> Any:
        if self.endpoint.takes_file:
            return {ANY_FILE: {"type": "string", "format": "binary"}}
        return None if self.endpoint.body is None else {JSON: schema_of(self.endpoint.body)}

    def get_response_serializers(self) -> Any:
        """The answer for its statuses, and problem documents for what is refused; an open endpoint refuses nothing."""
        one = self.endpoint
        answer = one.answer if isinstance(one.answer, OpenApiResponse) else OpenApiResponse(schema_of(one.answer))
        described: dict[Any, Any] = {(status, JSON): answer for status in one.statuses}
        for status in sorted({*ANY_ENDPOINT, *one.problems} | _problems_of(one)) if one.scope else []:
            described[status, PROBLEM] = OpenApiResponse(schema_of(Problem))
        return described | dict(one.files or {})


def _problems_of(endpoint: Any) -> set[int]:
    """What the steps refuse that read the body and the headers."""
    return ({413} if endpoint.body else set()) | ({412, 428} if endpoint.if_match else set())


def leave_out_others(endpoints: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Pre-processing hook: the endpoints that are described here, and none of another project around them."""
    return [one for one in endpoints if hasattr(one[-1].cls, "endpoints")]


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
