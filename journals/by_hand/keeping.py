"""Drafts of journals that people have begun: kept as they were typed, changed by one tab at a time, bounded."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from django.db import IntegrityError, connection

from journals.by_hand.errors import DraftMoved, DraftTooLarge, TooManyDrafts
from journals.by_hand.models import MAX_TITLE, JournalDraft
from journals.by_hand.sheets import Sheet, encoded
from ledgerflow.books.writing import Transaction
from ledgerflow.core import clocks
from ledgerflow.core.texts import is_storable

MOST_DRAFTS = 50
MOST_BYTES = 400_000  # 1,000 lines of words
# Only where the person has room, in one statement.
INSERT = """
    INSERT INTO by_hand_journaldraft (id, entity_id, person, title, content, revision, changed_at)
    SELECT %s, %s, %s, %s, %s, 1, %s
    WHERE (SELECT count(*) FROM by_hand_journaldraft WHERE entity_id = %s AND person = %s) < %s
    ON CONFLICT (id) DO NOTHING
"""
# In the order of the accounts, so that no two journals wait for each other.
COUNT = """
    INSERT INTO by_hand_accountuse AS u (entity_id, person, account_id, times)
    SELECT a.entity_id, %s, a.id, 1 FROM accounts_account a
    WHERE a.entity_id = %s AND a.code = ANY (%s::text[]) ORDER BY a.id
    ON CONFLICT (entity_id, person, account_id) DO UPDATE SET times = u.times + 1
"""
DELETE = "DELETE FROM by_hand_journaldraft WHERE id = %s AND entity_id = %s AND person = %s"


def keep(entity_id: UUID, person: str, draft_id: UUID, revision: int, sheet: Sheet) -> int:
    """Save a draft over the revision that was read, 0 for one that is new; gives its revision now.

    Raises `DraftMoved` when it was saved, posted or dropped since, `TooManyDrafts` or `DraftTooLarge`.
    """
    content = encoded(sheet)
    if len(content.encode(errors="replace")) > MOST_BYTES or not is_storable(content):
        raise DraftTooLarge(most=MOST_BYTES)
    if revision == 0:
        return _begin(entity_id, person, draft_id, sheet.title(MAX_TITLE), content)
    own = JournalDraft.objects.filter(pk=draft_id, entity_id=entity_id, person=person)
    changed = {
        "title": sheet.title(MAX_TITLE),
        "content": content,
        "revision": revision + 1,
        "changed_at": clocks.now(),
    }
    if own.filter(revision=revision).update(**changed):
        return revision + 1
    return _same(own.first(), content)


def drafts_of(entity_id: UUID, person: str) -> list[JournalDraft]:
    """The drafts of a person in some books, newest first, without what is in them."""
    own = JournalDraft.objects.filter(entity_id=entity_id, person=person).order_by("-changed_at")
    return list(own.defer("content")[:MOST_DRAFTS])


def draft_of(entity_id: UUID, person: str, draft_id: UUID) -> JournalDraft | None:
    """One of them; None where it was posted or dropped, or is another person's."""
    return JournalDraft.objects.filter(pk=draft_id, entity_id=entity_id, person=person).first()


def drop(entity_id: UUID, person: str, draft_id: UUID) -> None:
    """Forget a draft with its files, if it is there."""
    own = JournalDraft.objects.filter(pk=draft_id, entity_id=entity_id, person=person)
    with suppress(IntegrityError):  # a file was added at this very moment, and goes with the next try
        own.delete()
        return
    own.delete()


def drop_within(tx: Transaction, person: str, draft_id: UUID) -> None:
    """Forget it in the transaction that posts what it asked for."""
    tx.query(DELETE, (draft_id, tx.entity_id, person))


def count_within(tx: Transaction, person: str, codes: Iterable[str]) -> None:
    """Remember that the person used these accounts, in the transaction of his journal."""
    tx.query(COUNT, (person, tx.entity_id, sorted(set(codes))))


def _begin(entity_id: UUID, person: str, draft_id: UUID, title: str, content: str) -> int:
    given = (draft_id, entity_id, person, title, content, clocks.now(), entity_id, person, MOST_DRAFTS)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, given)
        if cursor.rowcount:
            return 1
    existing = JournalDraft.objects.filter(pk=draft_id).first()
    if existing is None:
        raise TooManyDrafts(most=MOST_DRAFTS)
    is_own = existing.entity_id == entity_id and existing.person == person
    return _same(existing if is_own else None, content)


def _same(existing: JournalDraft | None, content: str) -> int:
    """The revision of a draft that already says this, as when an answer was lost. Raises `DraftMoved` for any other."""
    if existing is None or existing.content != content:
        raise DraftMoved
    return existing.revision
