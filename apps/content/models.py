"""What the example application keeps of its own: pieces of content, and who has opened them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.credits.definitions import MAX_OWNER
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7

MAX_TITLE = 200


@bounded()
class Piece(models.Model):
    """A piece of content, with the journal that paid for it: both are there, or neither."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    owner_id = models.CharField(max_length=MAX_OWNER)
    title = models.CharField(max_length=MAX_TITLE)
    premium = models.BooleanField()
    # The journal is written by COPY in the same transaction.
    journal = models.ForeignKey(
        "journals.Journal", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "content_piece"
        constraints: ClassVar = [
            # Serves: a retry, which finds what the first request has made.
            models.UniqueConstraint(fields=["entity", "journal"], name="content_piece_of_one_journal"),
        ]

    def __str__(self) -> str:
        return self.title


@bounded()
class Access(models.Model):
    """A reader has opened a piece, and paid for it with this journal."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    piece = models.ForeignKey(Piece, models.PROTECT, db_index=False, related_name="accesses")
    reader_id = models.CharField(max_length=MAX_OWNER)
    journal = models.ForeignKey(
        "journals.Journal", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "content_access"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["piece", "reader_id"], name="content_access_paid_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id}: {self.piece_id}"
