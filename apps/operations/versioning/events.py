"""What happens to anything that is kept in versions; each sort has types of its own. Pure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledgerflow.core.events import Fact


class DraftedFact(Fact, frozen=True):
    """A version was drafted, with its whole definition."""

    id: UUID
    code: str
    number: int
    digest: str
    definition: dict[str, Any]


class ActivatedFact(Fact, frozen=True):
    """A version became the active one."""

    code: str
    number: int
    proposal: UUID
    proposed_by: str
    approved_by: str


class RetiredFact(Fact, frozen=True):
    """A version is used no more: another took its place, or it was retired."""

    code: str
    number: int
    replaced_by: int | None = None
