"""Files that are kept with a draft until it is posted, which attaches them, or dropped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from journals.attachments.errors import TooManyAttachments
from journals.attachments.kinds import MOST
from journals.by_hand.errors import DraftMoved
from journals.by_hand.models import DraftFile, JournalDraft
from journals.drafts import AttachedFile
from ledgerflow.books.writing import Transaction
from ledgerflow.core.ids import uuid7

# Whoever adds a file holds the lock of its draft: none is added between what is taken and the end of the draft.
ADD = """
    WITH own AS (SELECT id FROM by_hand_journaldraft WHERE id = %s AND entity_id = %s AND person = %s FOR UPDATE)
    INSERT INTO by_hand_draftfile (draft_id, id, sha256, name, content_type, size)
    SELECT own.id, %s, %s, %s, %s, %s FROM own
    WHERE (SELECT count(*) FROM by_hand_draftfile WHERE draft_id = %s) < %s
    ON CONFLICT (draft_id, sha256) DO NOTHING
"""
LOCK = "SELECT 1 FROM by_hand_journaldraft WHERE id = %s AND entity_id = %s AND person = %s FOR UPDATE"
TAKE = """
    WITH taken AS (DELETE FROM by_hand_draftfile WHERE draft_id = %s RETURNING *)
    SELECT sha256, name, content_type, size FROM taken ORDER BY id
"""


def files_of(entity_id: UUID, person: str, draft_id: UUID) -> list[DraftFile]:
    """The files of a draft in the order they were added; none where it is another person's."""
    own = DraftFile.objects.filter(draft=draft_id, draft__entity=entity_id, draft__person=person)
    return list(own.order_by("pk"))


def facts_of(rows: Iterable[DraftFile]) -> list[AttachedFile]:
    """What is known of the files."""
    return [AttachedFile(row.sha256, row.name, row.content_type, row.size) for row in rows]


def keep_files(entity_id: UUID, person: str, draft_id: UUID, files: Sequence[AttachedFile]) -> None:
    """Add files to a draft; one that it has is there once. Raises `DraftMoved` or `TooManyAttachments`."""
    for file in files:
        row = (uuid7(), file.sha256, file.name, file.content_type, file.size)
        with connection.cursor() as cursor:
            cursor.execute(ADD, (draft_id, entity_id, person, *row, draft_id, MOST))
            if not cursor.rowcount:
                _check_there(entity_id, person, draft_id, file)


def remove_file(entity_id: UUID, person: str, draft_id: UUID, file_id: UUID) -> None:
    """Take a file away from a draft, if it is there."""
    DraftFile.objects.filter(pk=file_id, draft=draft_id, draft__entity=entity_id, draft__person=person).delete()


def take_files_within(tx: Transaction, person: str, draft_id: UUID) -> list[AttachedFile]:
    """The files of a draft that is posted by this transaction, which they are no longer kept with."""
    if tx.query(LOCK, (draft_id, tx.entity_id, person)).fetchone() is None:
        return []
    return [AttachedFile(*row) for row in tx.query(TAKE, (draft_id,)).fetchall()]


def _check_there(entity_id: UUID, person: str, draft_id: UUID, file: AttachedFile) -> None:
    """Say why a file was not added, unless it is there."""
    own = JournalDraft.objects.filter(pk=draft_id, entity=entity_id, person=person)
    if not own.exists():
        raise DraftMoved
    if not own.filter(files__sha256=file.sha256).exists():
        raise TooManyAttachments(most=MOST)
