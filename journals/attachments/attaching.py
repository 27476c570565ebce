"""Attaching files to journals: with their posting, or later. Rows are only added, and what is attached stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, QuerySet

from journals.attachments.errors import AttachedAlready, AttachmentNotFound, TooManyAttachments
from journals.attachments.events import JournalAttachedFact
from journals.attachments.kinds import MOST
from journals.attachments.models import Attachment
from journals.drafts import AttachedFile
from journals.errors import JournalNotFound
from journals.events import Answer, read_fact
from journals.models import Journal
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import is_storable

JOURNAL = "SELECT number FROM journals_journal WHERE entity_id = %s AND id = %s"
PRESENT = "SELECT sha256, name FROM attachments_attachment WHERE journal_id = %s"
INSERT = """
    INSERT INTO attachments_attachment (id, entity_id, journal_id, number, sha256, name, content_type, size,
        event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class Attached(NamedTuple):
    """What was attached, and whether that was done before."""

    attachments: list[Attachment]
    is_replayed: bool


def attach(
    entity_id: UUID, journal_id: UUID, files: Sequence[AttachedFile], *, key: str, issuer: str = CLIENT, actor: str
) -> Attached:
    """Attach files that are kept already to a journal; event `journal.attached`.

    What the journal has already is not attached again. The same key and content gives the same answer again. Raises
    `JournalNotFound`, `TooManyAttachments`, `IdempotencyKeyReused`, and `AttachedAlready` where nothing is new.
    """
    content = ["attachments", str(journal_id), [[file.sha256, file.name] for file in files]]
    claim = claim_of(key, content, issuer)

    def work(tx: Transaction, _: None) -> int:
        once.take(tx, claim)
        found = tx.query(JOURNAL, (entity_id, journal_id)).fetchone()
        if found is None:
            raise JournalNotFound
        return _attach_later(tx, journal_id, found[0], files, actor, claim)

    def attached(sequence: int, *, is_replayed: bool = True) -> Attached:
        rows = attachments_of(entity_id, journal_id).filter(event_sequence=sequence)
        return Attached(list(rows), is_replayed)

    return once.once(entity_id, claim, lambda: attached(write(entity_id, work), is_replayed=False), attached)


def attach_with_journal(tx: Transaction, answer: Answer, files: Sequence[AttachedFile], actor: str) -> None:
    """The files of a journal that this transaction posts, or has found posted.

    Those that the event of the journal tells of get their rows; any others are attached as later ones are.
    """
    fact = read_fact(answer.journal)
    told = fact.attachments or []
    if answer.status == "posted" and answer.event_sequence is not None:
        _insert(tx, fact.id, 0, told, answer.event_sequence, actor)
    known = {file.sha256 for file in told} | {sha256 for sha256, _ in tx.query(PRESENT, (fact.id,)).fetchall()}
    if any(file.sha256 not in known for file in files):
        _attach_later(tx, fact.id, fact.number, files, actor)


def attachments_of(entity_id: UUID, journal_id: UUID) -> QuerySet[Attachment]:
    """The attachments of a journal in their order. Raises `JournalNotFound`."""
    if not Journal.objects.filter(entity_id=entity_id, pk=journal_id).exists():
        raise JournalNotFound
    return Attachment.objects.filter(entity_id=entity_id, journal_id=journal_id).order_by("number")


def counts_of(journal_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many attachments each of these journals has, those without left out; one query along an index."""
    rows = Attachment.objects.filter(journal_id__in=list(journal_ids)).values_list("journal_id")
    return dict(rows.annotate(Count("pk")))


def attachment_with(entity_id: UUID, journal_id: UUID, sha256: str) -> Attachment:
    """The attachment with this content. Raises `AttachmentNotFound`."""
    of_journal = Attachment.objects.filter(entity_id=entity_id, journal_id=journal_id)
    found = of_journal.filter(sha256=sha256).first() if is_storable(sha256) else None
    if found is None:
        raise AttachmentNotFound
    return found


def file_of(attachment: Attachment) -> AttachedFile:
    """What is known of the file of a row."""
    return AttachedFile(attachment.sha256, attachment.name, attachment.content_type, attachment.size)


def _attach_later(
    tx: Transaction,
    journal_id: UUID,
    number: int,
    files: Sequence[AttachedFile],
    actor: str,
    claim: Claim | None = None,
) -> int:
    present = dict(tx.query(PRESENT, (journal_id,)).fetchall())
    new = {file.sha256: file for file in reversed(files) if file.sha256 not in present}
    if not new:
        raise AttachedAlready(journal=number, name=present[files[0].sha256])
    if len(present) + len(new) > MOST:
        raise TooManyAttachments(most=MOST)
    fact = JournalAttachedFact(journal_id, number, list(reversed(new.values())), **(claim.fact() if claim else {}))
    sequence = tx.record(fact, str(journal_id), actor)
    if claim is not None:
        tx.remember(*claim, sequence)
    _insert(tx, journal_id, len(present), fact.attachments, sequence, actor)
    return sequence


def _insert(
    tx: Transaction, journal_id: UUID, before: int, files: Sequence[AttachedFile], sequence: int, actor: str
) -> None:
    for number, file in enumerate(files, before + 1):
        row = (uuid7(), tx.entity_id, journal_id, number, file.sha256, file.name, file.content_type, file.size)
        tx.query(INSERT, (*row, sequence, tx.recorded_at, actor))
