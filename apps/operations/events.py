"""What happens to templates. Pure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledgerflow.core.events import Fact


class TemplateDraftedFact(Fact, frozen=True):
    """A version of a template was drafted, with its whole definition."""

    event_type = "template.drafted"

    id: UUID
    code: str
    number: int
    digest: str
    definition: dict[str, Any]


class TemplateActivatedFact(Fact, frozen=True):
    """A version of a template became the active one."""

    event_type = "template.activated"

    code: str
    number: int
    proposal: UUID
    proposed_by: str
    approved_by: str


class TemplateRetiredFact(Fact, frozen=True):
    """A version of a template is used no more: another took its place, or it was retired."""

    event_type = "template.retired"

    code: str
    number: int
    replaced_by: int | None = None
