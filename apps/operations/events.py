"""What happens to templates. Pure."""

from __future__ import annotations

from apps.operations.versioning.events import ActivatedFact, DraftedFact, RetiredFact


class TemplateDraftedFact(DraftedFact, frozen=True):
    """A version of a template was drafted, with its whole definition."""

    event_type = "template.drafted"


class TemplateActivatedFact(ActivatedFact, frozen=True):
    """A version of a template became the active one."""

    event_type = "template.activated"


class TemplateRetiredFact(RetiredFact, frozen=True):
    """A version of a template is used no more: another took its place, or it was retired."""

    event_type = "template.retired"
