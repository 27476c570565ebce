"""Posting what was typed: the use case of POST /api/journals, and the draft is gone in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from journals.by_hand.keeping import drop_within
from journals.drafts import Draft
from journals.events import Answer
from journals.models import Journal
from journals.posting import post_with_hook
from ledgerflow.books.models import IdempotencyKey
from ledgerflow.books.writing import Transaction

ISSUER = "admin"


def post_by_hand(entity_id: UUID, draft: Draft, *, person: str, kept: UUID) -> Answer:
    """Post a draft and forget what was kept of it. The same draft again is a replay. Raises its refusal."""

    def forget(tx: Transaction, answers: Sequence[Answer]) -> None:
        if answers[0].refusal is None:
            drop_within(tx, person, kept)

    (answer,) = post_with_hook(entity_id, [draft], forget)
    if answer.refusal is not None:
        raise answer.refusal
    return answer


def posted_under(entity_id: UUID, key: str) -> Journal | None:
    """The journal that was posted under the key of a page, if there is one."""
    keys = IdempotencyKey.objects.filter(entity_id=entity_id, issuer=ISSUER, key=key)
    sequence = keys.values_list("event_sequence", flat=True).first()
    if sequence is None:
        return None
    return Journal.objects.filter(entity_id=entity_id, event_sequence=sequence).first()
