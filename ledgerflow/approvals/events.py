"""What happened to a proposal, as events tell it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ledgerflow.core.events import Fact


class ProposalMadeFact(Fact, frozen=True):
    """A person ("user:<id>") wants something that takes two; `payload` is what the approval will carry out."""

    event_type = "proposal.made"

    id: UUID
    kind: str
    subject: str
    payload: dict[str, Any]
    reason: str
    proposed_by: str
    proposed_by_name: str
    expires_at: datetime


class DecisionFact(Fact, frozen=True, omit_defaults=True):
    """A person decided about a proposal, whose `id` it is."""

    id: UUID
    decided_by: str
    decided_by_name: str
    note: str = ""


class ProposalApprovedFact(DecisionFact, frozen=True):
    """Another person than the proposer said yes."""

    event_type = "proposal.approved"


class ProposalRejectedFact(DecisionFact, frozen=True):
    """Another person than the proposer said no."""

    event_type = "proposal.rejected"


class ProposalWithdrawnFact(DecisionFact, frozen=True):
    """The proposer took the proposal back."""

    event_type = "proposal.withdrawn"
