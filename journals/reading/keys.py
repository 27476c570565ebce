"""Which journal was posted under a key: a file names the journals of other books by the keys of their export."""

from __future__ import annotations

import re
from uuid import UUID

from journals.errors import JournalNotFound
from journals.events import JournalFact
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.books.models import Event, IdempotencyKey
from ledgerflow.core.texts import is_storable

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def answered_by(entity_id: UUID, key: str) -> list[str]:
    """What a request with this key may have posted, whoever issued it: of a settlement its event names the journals."""
    keys = IdempotencyKey.objects.filter(entity_id=entity_id, key=key).values_list("event_sequence", flat=True)
    ids: list[str] = []
    events = Event.objects.filter(entity_id=entity_id, sequence__in=list(keys))
    for type_, subject, data in events.values_list("type", "subject", "data"):
        ids += [subject] if type_ == JournalFact.event_type else _ID.findall(data)
    return ids


def journal_of_key(entity_id: UUID, key: str, pointer: str = "/journal") -> UUID:
    """The journal that a caller, or a file with keys, posted under this key. Raises `JournalNotFound`."""
    known = IdempotencyKey.objects.filter(entity_id=entity_id, issuer=CLIENT, key=key)
    for sequence in known.values_list("event_sequence", flat=True) if is_storable(key) else ():
        events = Event.objects.filter(entity_id=entity_id, sequence=sequence, type=JournalFact.event_type)
        for subject in events.values_list("subject", flat=True):
            return UUID(subject)
    raise JournalNotFound(pointer=pointer)
