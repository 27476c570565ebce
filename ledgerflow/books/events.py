"""What happened to a set of books and to its proposals, as events tell it. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.core.events import Fact


class EntityCreated(Fact, frozen=True):
    """A set of books was opened, on `business_date`: the first event of every log."""

    event_type = "entity.created"

    id: UUID
    code: str
    name: str
    base_currency: str
    time_zone: str
    business_date: date
    dimensions: list[str]


class BusinessDateAdvanced(Fact, frozen=True):
    """The books went on to a later business date."""

    event_type = "business_date.advanced"

    before: date = msgspec.field(name="from")
    after: date = msgspec.field(name="to")


class ProposalMade(Fact, frozen=True):
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


class ProposalApproved(DecisionFact, frozen=True):
    """Another person than the proposer said yes."""

    event_type = "proposal.approved"


class ProposalRejected(DecisionFact, frozen=True):
    """Another person than the proposer said no."""

    event_type = "proposal.rejected"


class ProposalWithdrawn(DecisionFact, frozen=True):
    """The proposer took the proposal back."""

    event_type = "proposal.withdrawn"
