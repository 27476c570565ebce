"""Files that go with journals: what is known of each. The files themselves lie in a folder, by their SHA-256."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from journals.attachments.kinds import MAX_NAME, MOST
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class Attachment(models.Model):
    """A file of a journal. `number` counts those of the journal; the event is its posting, or a later attaching."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    journal = models.ForeignKey(Journal, models.PROTECT, db_index=False, related_name="attachments")
    number = models.SmallIntegerField()
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=MAX_NAME)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            # Serves: the attachments of a journal in their order, too
            models.UniqueConstraint(fields=["journal", "number"], name="attachment_number_once"),
            models.UniqueConstraint(fields=["journal", "sha256"], name="attachment_once"),
            models.CheckConstraint(condition=Q(number__range=(1, MOST)), name="attachment_number_within"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="attachment_sha256_is_one"),
            models.CheckConstraint(condition=Q(size__gte=1), name="attachment_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
