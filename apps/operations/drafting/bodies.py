"""Bodies of the endpoints of versions."""

from __future__ import annotations

from typing import Literal

import msgspec

from apps.operations.definitions import Definition
from apps.operations.models import TemplateVersion
from journals.api.bodies import Reason
from ledgerflow.core.clocks import as_text

Status = Literal["draft", "active", "retired"]


class DraftRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A version of a template: the members are those of a file, as JSON."""

    definition: Definition


class ActivationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why a version is to be the active one."""

    reason: Reason


class RetirementRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing to say: no operation is made with the version any more."""


class VersionResponse(msgspec.Struct):
    """A version of a template. `recorded_at` and `actor` are of its draft."""

    code: str
    version: int
    status: Status
    name: str
    digest: str
    recorded_at: str
    actor: str
    event_sequence: int


class VersionDetail(VersionResponse):
    """A version with its definition, which never changes."""

    definition: Definition


class DraftResponse(VersionDetail):
    """What became of a draft: the first version of its template, another one, or the newest one as it was."""

    outcome: Literal["new", "changed", "same"]


class VersionPage(msgspec.Struct):
    """A page of versions, and where the next one is."""

    results: list[VersionResponse]
    next: str | None


class DifferenceResponse(msgspec.Struct):
    """A place of the definition as a JSON pointer, what stood there and what does now; long texts are cut."""

    at: str
    before: str
    after: str


class DifferencesResponse(msgspec.Struct):
    """How a version differs from another one; `compared_with` is null where there is no other."""

    code: str
    version: int
    compared_with: int | None
    differences: list[DifferenceResponse]


def version_response(row: TemplateVersion) -> VersionResponse:
    """A version in a list."""
    return VersionResponse(*_fields(row))


def version_detail(row: TemplateVersion) -> VersionDetail:
    """A version by itself."""
    return VersionDetail(*_fields(row), row.read())


def draft_response(row: TemplateVersion, outcome: Literal["new", "changed", "same"]) -> DraftResponse:
    """A version after it was drafted."""
    return DraftResponse(*_fields(row), row.read(), outcome)


def _fields(row: TemplateVersion) -> tuple[str, int, Status, str, str, str, str, int]:
    status: Status = row.status  # type: ignore[attr-defined]  # of the query, `versions.with_status`
    moment = as_text(row.recorded_at)
    return row.code, row.number, status, row.read().name, row.digest, moment, row.actor, row.event_sequence
