"""What the OpenAPI schema says that can be asked, and bodies that have its form: for attacks on every endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ledgerflow.web.schema_view import document
from tests.client import NO_JOURNAL

SAMPLES = ("x", "EUR", "1.00", "1", "a@b.c")


class Operation(NamedTuple):
    """A method of a path; `path` has the names of its parameters in braces."""

    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None

    @property
    def query(self) -> list[dict[str, Any]]:
        return [one for one in self.parameters if one["in"] == "query"]

    def at(self, values: dict[str, Any]) -> str:
        """Its address with these values in it."""
        return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), self.path)


def operations() -> Iterator[Operation]:
    """All of them, in order."""
    for path, methods in document()["paths"].items():
        for method, one in methods.items():
            content = one.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema")
            yield Operation(method.upper(), path, tuple(one.get("parameters", ())), body)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself where it is only a reference, or the first of several that is not null."""
    while True:
        if "$ref" in schema:
            schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif choices := schema.get("anyOf") or schema.get("oneOf"):
            schema = next(one for one in choices if one.get("type") != "null")
        else:
            return schema


def has_dates(schema: dict[str, Any]) -> bool:
    """Whether a body of this form can hold a date or a moment."""
    schema = resolved(schema)
    if schema.get("format") in {"date", "date-time"}:
        return True
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("propertyNames")]
    inner.append(schema.get("additionalProperties"))
    return any(has_dates(one) for one in inner if isinstance(one, dict) and one)


def sample(schema: dict[str, Any], day: str) -> Any:
    """A value of this form that says as little as it may, and `day` wherever it may hold a date."""
    schema = resolved(schema)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next(one for one in kind if one != "null")
    if kind == "object":
        return _object(schema, day)
    if kind == "array":
        return [sample(schema["items"], day)] * max(schema.get("minItems", 1), 1)
    if kind == "integer":
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return _text(schema, day)


def _object(schema: dict[str, Any], day: str) -> dict[str, Any]:
    made = {
        name: sample(inner, day)
        for name, inner in schema.get("properties", {}).items()
        if name in schema.get("required", ()) or has_dates(inner)
    }
    if has_dates(schema.get("propertyNames") or {}):
        made[day] = "x"
    return made


def _text(schema: dict[str, Any], day: str) -> str:
    known = {"date": day, "date-time": f"{day}T12:00:00Z", "uuid": NO_JOURNAL}
    if schema.get("format") in known:
        return known[schema["format"]]
    pattern = re.compile(schema.get("pattern", ""))
    return next(text for text in SAMPLES if pattern.search(text) and len(text) >= schema.get("minLength", 0))
