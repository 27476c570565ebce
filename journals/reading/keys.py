"""Which journal was posted under a key: a file names the journals of other books by the keys of their export."""

from __future__ import annotations

from uuid import UUID

from journals.errors import JournalNotFound
from journals.events import JournalFact
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.books.models import Event, IdempotencyKey
from ledgerflow.core.texts import is_storable


def journal_of_key(entity_id: UUID, key: str, pointer: str = "/journal") -> UUID:
    """The journal that a caller, or a file with keys, posted under this key. Raises `JournalNotFound`."""
    known = IdempotencyKey.objects.filter(entity_id=entity_id, issuer=CLIENT, key=key)
    for sequence in known.values_list("event_sequence", flat=True) if is_storable(key) else ():
        events = Event.objects.filter(entity_id=entity_id, sequence=sequence, type=JournalFact.event_type)
        for subject in events.values_list("subject", flat=True):
            return UUID(subject)
    raise JournalNotFound(pointer=pointer)
