"""Bodies of the proposal endpoints. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Status = Literal["pending", "approved", "rejected", "withdrawn", "expired"]
Note = Annotated[str, msgspec.Meta(max_length=500)]


class DecisionRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What goes with a decision."""

    note: Note = ""


class ExecutionRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing to say: what was approved is what is carried out."""


class DecisionResponse(msgspec.Struct):
    """Who decided, with what ("key:<id>", or the user in the admin), and when."""

    decided_by: str
    decided_by_name: str
    decided_via: str
    decided_at: str
    note: str


class ProposalResponse(msgspec.Struct):
    """A proposal: what one person wants done and another must approve. Persons are "user:<id>".

    Beside them stand the names that they had then.
    """

    id: str
    kind: str
    subject: str
    payload: dict[str, Any]
    reason: str
    proposed_by: str
    proposed_by_name: str
    proposed_via: str
    proposed_at: str
    expires_at: str
    status: Status
    decision: DecisionResponse | None


class Failure(msgspec.Struct):
    """Why an approved proposal could not be carried out yet; `execute` tries again."""

    code: str
    detail: str
    data: dict[str, Any]


class ProposalDetail(ProposalResponse):
    """A proposal, and whether it was carried out."""

    executed: bool
    failure: Failure | None = None


class ProposalPage(msgspec.Struct):
    """A page of proposals, and where the next one is."""

    results: list[ProposalResponse]
    next: str | None
