"""Bodies of the endpoints of operations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from apps.operations.definitions import MAX_TEMPLATE_CODE
from apps.operations.models import TemplateVersion
from journals.api.bodies import MAX_ITEMS, Key, Reason

MAX_VERSION = 2**31 - 1
TemplateCode = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEMPLATE_CODE)]
VersionNumber = Annotated[int, msgspec.Meta(ge=1, le=MAX_VERSION)]
Parameters = Annotated[
    dict[str, Any],
    msgspec.Meta(description="The parameters of the template by name: what its schema says."),
]


class OperationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters of one operation."""

    parameters: Parameters = {}
    dry_run: bool = False


class OperationProposalRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters of an operation that takes two people, and why it is wanted."""

    reason: Reason
    parameters: Parameters = {}


class OperationItem(msgspec.Struct, forbid_unknown_fields=True):
    """One operation of a batch; `version` pins the version of its template."""

    operation: TemplateCode
    parameters: Parameters = {}
    version: VersionNumber | None = None
    idempotency_key: Key = ""


AnyItem = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/OperationItem"})]


class OperationBatchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Operations in order. Items stay undecoded here, so that a malformed one does not take the others with it."""

    mode: Literal["each", "atomic"]
    items: Annotated[list[AnyItem], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    dry_run: bool = False


class ParameterResponse(msgspec.Struct):
    """A parameter of a template; its JSON Schema says which values it takes."""

    name: str
    kind: str
    label: str
    required: bool


class OperationResponse(msgspec.Struct):
    """A template that has an active version, which this is."""

    code: str
    version: int
    name: str
    kind: str
    scope: str
    four_eyes: bool
    parameters: list[ParameterResponse]
    digest: str
    event_sequence: int


class OperationPage(msgspec.Struct):
    """A page of templates, and where the next one is."""

    results: list[OperationResponse]
    next: str | None


def operation_response(version: TemplateVersion) -> OperationResponse:
    """An active version as it is shown."""
    definition = version.read()
    return OperationResponse(
        version.code, version.number, definition.name, definition.kind, definition.scope, definition.four_eyes,
        [
            ParameterResponse(one.name, one.kind, one.label, one.required and one.default is None)
            for one in definition.parameters
        ],
        version.digest, version.event_sequence,
    )  # fmt: skip
