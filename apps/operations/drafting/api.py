"""The endpoints of versions of templates: drafting, reading and comparing them, and what becomes of one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apps.operations import versions
from apps.operations.bodies import MAX_VERSION
from apps.operations.drafting import bodies
from apps.operations.errors import DefinitionRefused, TemplateNotFound
from apps.operations.models import TemplateVersion
from ledgerflow.access.scopes import MANAGE, READ
from ledgerflow.approvals.api import proposed
from ledgerflow.approvals.bodies import ProposalDetail
from ledgerflow.core.json_bodies import placed_at
from ledgerflow.web.endpoints import Call, Endpoints, Reply
from ledgerflow.web.queries import a_number

operations = Endpoints("operations")
CHANGING = (404, 409, 422)
WITH = a_number("with", 1, MAX_VERSION, "The version to compare with; without it, the one it would take the place of.")


@operations.get(scope=READ, answer=bodies.VersionPage, problems=(404,), paged=True)
def version_list(call: Call[None], template: str) -> dict[str, Any]:
    """The versions of a template, newest first."""
    rows = versions.versions_of(call.entity_id).filter(code=template)
    if not rows.exists():
        raise TemplateNotFound(template_code=template)
    return call.page(rows, ["-number"], bodies.version_response)


@operations.post(bodies.DraftRequest, scope=MANAGE, answer=bodies.DraftResponse, statuses=(200, 201), problems=CHANGING)
def version_draft(call: Call[bodies.DraftRequest], template: str) -> Reply:
    """Draft a version of a template, or its first; the same definition as the newest one's drafts nothing."""
    try:
        drafted = versions.draft_version(call.entity_id, template, call.body.definition, actor=call.actor)
    except DefinitionRefused as refusal:
        raise placed_at(refusal, "/definition" if refusal.pointer != "/code" else "") from None
    status = HTTPStatus.OK if drafted.status == versions.SAME else HTTPStatus.CREATED
    return Reply(bodies.draft_response(drafted.version, drafted.status), _location(drafted.version), status)


@operations.get(scope=READ, answer=bodies.VersionDetail, problems=(404,))
def version_show(call: Call[None], template: str, number: int) -> bodies.VersionDetail:
    """One version with its definition."""
    return bodies.version_detail(versions.version_in(call.entity_id, template, number))


@operations.get(scope=READ, answer=bodies.DifferencesResponse, problems=(404,), query=[WITH])
def version_differences(call: Call[None], template: str, number: int) -> bodies.DifferencesResponse:
    """How a version differs from another one: the active one, or for that one the one before it, unless `with` says."""
    found = versions.TEMPLATES.compare(versions.version_in(call.entity_id, template, number), call.query["with"])
    shown = [bodies.DifferenceResponse(**one) for one in found.differences]
    compared_with = None if found.other is None else found.other.number
    return bodies.DifferencesResponse(template, number, compared_with, shown)


@operations.post(
    bodies.ActivationRequest, scope=MANAGE, answer=ProposalDetail, statuses=(201,), problems=CHANGING
)  # fmt: skip
def version_activate(call: Call[bodies.ActivationRequest], template: str, number: int) -> Reply:
    """Propose that a version becomes the active one; another person approves it under proposals."""
    who = {"person": call.caller.person, "via": call.actor}
    return proposed(versions.propose_activation(call.entity_id, template, number, reason=call.body.reason, **who))


@operations.post(bodies.RetirementRequest, scope=MANAGE, answer=bodies.VersionDetail, problems=CHANGING)
def version_retire(call: Call[bodies.RetirementRequest], template: str, number: int) -> bodies.VersionDetail:
    """Have the active version active no more, without another in its place."""
    return bodies.version_detail(versions.retire(call.entity_id, template, number, actor=call.actor))


def _location(row: TemplateVersion) -> dict[str, str]:
    return {"Location": f"/api/operations/{row.code}/versions/{row.number}"}
