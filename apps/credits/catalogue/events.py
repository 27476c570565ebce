"""What happens to applications that are kept in the books. Pure."""

from __future__ import annotations

from apps.operations.versioning.events import ActivatedFact, DraftedFact, RetiredFact


class ApplicationDraftedFact(DraftedFact, frozen=True):
    """A version of an application was drafted, with all its operations; `code` is the application's name."""

    event_type = "application.drafted"


class ApplicationActivatedFact(ActivatedFact, frozen=True):
    """A version of an application became the active one."""

    event_type = "application.activated"


class ApplicationRetiredFact(RetiredFact, frozen=True):
    """A version of an application is used no more: another took its place, or it was retired."""

    event_type = "application.retired"
