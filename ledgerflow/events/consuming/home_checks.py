"""What Home looks at of consumers: events that they could not take."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_noop

from ledgerflow.core.plugins import HOME_MOST, Cure, HomeEntry, HomeLook
from ledgerflow.events.consuming.dead_letters.reading import letters
from ledgerflow.events.consuming.models import DeadLetter, Status

COULD_NOT = gettext_noop("{consumer} could not take {place} ({type}): {error}")
MAX_ERROR = 200


def open_dead_letters(entity_id: UUID) -> HomeLook:
    """Dead letters of these books that nobody has decided about, the oldest first; a query for each database."""
    found = [
        letter
        for rows in letters(entity_id)
        for letter in rows.filter(status=Status.OPEN).order_by("id")[: HOME_MOST + 1]
    ]
    return HomeLook([_entry(letter) for letter in found[: HOME_MOST + 1]])


def _entry(letter: DeadLetter) -> HomeEntry:
    lines = letter.error.strip().splitlines() or [""]
    figures = {
        "consumer": letter.consumer,
        "place": letter.place,
        "type": letter.type,
        "error": lines[-1][:MAX_ERROR],
    }
    if letter._state.db == "default":  # noqa: SLF001 - Django documents it as an interface
        return HomeEntry(COULD_NOT, figures, (Cure("Decide", "consuming_deadletter_change", letter.id),))
    return HomeEntry(COULD_NOT, figures, (Cure("Decide", "consuming_readmodeldeadletter_change", letter.id),))
