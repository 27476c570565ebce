"""Finding the journals that imported reversals take back: a file names them by key, these books by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from journals.drafts import Draft
from journals.errors import NotReversible
from journals.events import JournalFact, read_fact
from journals.portability.committing import InParts
from journals.portability.errors import NotTheMirror, OriginalMissing
from journals.portability.imported import Reversing
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.books.models import Event, IdempotencyKey
from ledgerflow.core.errors import LedgerError


def with_originals(entity_id: UUID, drafts: Sequence[Draft]) -> list[Draft | LedgerError]:
    """The drafts, each reversal with the id of its original, or why it cannot have one.

    Raises `InParts` while an original is still to be posted by this very batch.
    """
    wanted = {draft.reverses_key for draft in drafts if isinstance(draft, Reversing)}
    if len(drafts) > 1 and wanted & {draft.key for draft in drafts}:
        raise InParts
    found = _posted_with(entity_id, wanted)
    return [_reversing(draft, found) if isinstance(draft, Reversing) else draft for draft in drafts]


def _posted_with(entity_id: UUID, keys: set[str]) -> dict[str, JournalFact]:
    """The journals that were posted with these keys, of an import or of callers."""
    rows = IdempotencyKey.objects.filter(entity_id=entity_id, issuer=CLIENT, key__in=keys)
    by_sequence = dict(rows.values_list("event_sequence", "key"))
    events = Event.objects.filter(
        entity_id=entity_id, sequence__in=list(by_sequence), type=JournalFact.event_type
    ).values_list("sequence", "data")
    return {by_sequence[sequence]: read_fact(data) for sequence, data in events}


def _reversing(draft: Reversing, found: dict[str, JournalFact]) -> Draft | LedgerError:
    original = found.get(draft.reverses_key)
    if original is None:
        return OriginalMissing(pointer="/reverses", key=draft.reverses_key[:100])
    if original.reverses is not None:
        return NotReversible(pointer="/reverses", reverses=str(original.reverses))
    if _lines_of(draft) != _lines_back(original):
        return NotTheMirror(pointer="/lines", key=draft.reverses_key[:100])
    return msgspec.structs.replace(draft, reverses=original.id, not_before=original.effective_date)


def _lines_of(draft: Draft) -> Counter[tuple[str, Decimal]]:
    return Counter((line.account, line.amount) for line in draft.lines)


def _lines_back(fact: JournalFact) -> Counter[tuple[str, Decimal]]:
    return Counter(
        (line.account, Decimal(line.amount) if line.side == "credit" else Decimal(line.amount).copy_negate())
        for line in fact.lines
    )
