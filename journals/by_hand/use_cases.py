"""Posting what was typed: the use case of POST /api/journals; the draft goes, and uses count, in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from journals.attachments.attaching import attach_with_journal
from journals.attachments.errors import TooManyAttachments
from journals.attachments.kinds import MOST
from journals.by_hand.keeping import count_within, drop_within
from journals.by_hand.keeping_files import facts_of, files_of, take_files_within
from journals.drafts import AttachedFile, Draft
from journals.events import Answer
from journals.models import Journal
from journals.posting import post_with_hook
from ledgerflow.books.models import IdempotencyKey
from ledgerflow.books.writing import Transaction

ISSUER = "admin"


def post_by_hand(
    entity_id: UUID, draft: Draft, *, person: str, kept: UUID, files: Sequence[AttachedFile] = ()
) -> Answer:
    """Post a draft with its files, those that were kept and these, and forget what was kept of it.

    The same draft again is a replay: a file that the journal has is not attached again, one that it has not is. Raises
    its refusal.
    """
    with_it = {file.sha256: file for file in (*facts_of(files_of(entity_id, person, kept)), *files)}
    if len(with_it) > MOST:
        raise TooManyAttachments(most=MOST)

    def forget(tx: Transaction, answers: Sequence[Answer]) -> None:
        if answers[0].refusal is None:
            taken = take_files_within(tx, person, kept)
            attach_with_journal(tx, answers[0], [*taken, *files], draft.actor)
            drop_within(tx, person, kept)
        if answers[0].status == "posted":
            count_within(tx, person, (line.account for line in draft.lines))

    (answer,) = post_with_hook(entity_id, [replace(draft, attachments=tuple(with_it.values()))], forget)
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
