"""Which events a webhook gets: versioned types ("journal.posted.v1"), groups ("journal.*") and all ("*"). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ledgerflow.core.plugins import registry
from ledgerflow.events.cloudevents import versioned_type
from ledgerflow.events.webhooks.errors import WebhookTypesCount, WebhookTypeUnknown

ALL = "*"
GROUP = ".*"
MOST_TYPES = 100
_SHOWN = 100


def checked_types(given: Sequence[str]) -> list[str]:
    """What was given, each once. Raises `Malformed` for none, too many, or one that fits no event that a room declares.

    A misspelt type would be a webhook that never sends anything, and nobody would know.
    """
    wanted = list(dict.fromkeys(given))
    if not 1 <= len(wanted) <= MOST_TYPES:
        raise WebhookTypesCount(pointer="/event_types", most=MOST_TYPES)
    known = [versioned_type(fact) for fact in registry.events.values()]
    for number, pattern in enumerate(given):
        if not any(fits([pattern], type_) for type_ in known):
            raise WebhookTypeUnknown(pointer=f"/event_types/{number}", type=pattern[:_SHOWN])
    return wanted


def fits(patterns: Sequence[str], versioned: str) -> bool:
    """Whether an event of this versioned type is one of those."""
    return any(
        pattern in (ALL, versioned) or (pattern.endswith(GROUP) and versioned.startswith(pattern[:-1]))
        for pattern in patterns
    )
