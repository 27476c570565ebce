"""Imports: how far each has come, what it refused and posted, written in the transaction of the batch they tell of.

What somebody uploaded at the desk is kept beside them until he sends it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR

MAX_REASON = 500
MAX_FILE_NAME = 200


class ImportKind(models.TextChoices):
    ACCOUNTS = "accounts"
    JOURNALS = "journals"


@bounded()
class ImportRun(models.Model):
    """The import of one file, by its bytes, with one set of options, into one entity.

    `next_row` is the line of the file at which it goes on, in its `phase` (accounts are opened in the first and
    funded in the second). `worker` is the process that wrote last: it tells its own commit from somebody else's.
    Undoing it reverses its journals, for `undo_reason`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="import_runs")
    kind = models.CharField(max_length=8, choices=ImportKind.choices)
    path = models.TextField()
    file_hash = models.CharField(max_length=64)
    options = models.JSONField()
    options_hash = models.CharField(max_length=64)
    header = models.JSONField()
    phase = models.SmallIntegerField(default=0)
    next_row = models.BigIntegerField(default=0)
    worker = models.UUIDField(null=True)
    opened = models.BigIntegerField(default=0)
    existing = models.BigIntegerField(default=0)
    posted = models.BigIntegerField(default=0)
    replayed = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    abandoned_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=MAX_REASON, default="")
    undo_by = models.CharField(max_length=MAX_ACTOR, default="")
    undo_due_at = models.DateTimeField(null=True)  # since when there is something to take back; None when there is not
    undone_at = models.DateTimeField(null=True)  # when all of its journals were taken back

    class Meta:
        verbose_name = "import"
        ordering: ClassVar = ["-started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "kind", "file_hash", "options_hash"],
                condition=Q(abandoned_at__isnull=True),
                name="import_run_unique",
            ),
            models.CheckConstraint(condition=Q(kind__in=ImportKind.values), name="import_run_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.path}"

    @property
    def actor(self) -> str:
        """Who its journals and accounts name."""
        return str(self.options.get("actor", "import"))

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None or self.abandoned_at is not None


@bounded()
class ImportRefusal(models.Model):
    """What an import could not take: the first line of its rows, their cells as JSON text, and why.

    `settled_at` is set when it was taken on another try.
    """

    pk = models.CompositePrimaryKey("run_id", "row")
    run = models.ForeignKey(ImportRun, models.PROTECT, db_index=False, related_name="refusals")
    row = models.BigIntegerField()
    code = models.CharField(max_length=64)
    reason = models.TextField()
    raw = models.TextField()
    attempts = models.IntegerField()
    settled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"row {self.row}: {self.code}"


@bounded()
class ImportBatch(models.Model):
    """The numbers of the journals that one batch of an import posted: under the lock of the books they are in a row."""

    pk = models.CompositePrimaryKey("run_id", "first_number")
    run = models.ForeignKey(ImportRun, models.PROTECT, db_index=False, related_name="batches")
    first_number = models.BigIntegerField()
    last_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"journals {self.first_number} to {self.last_number}"


class UploadKind(models.TextChoices):
    """What a file holds: accounts, a transfer in each row, or journals of several rows."""

    ACCOUNTS = "accounts"
    TRANSFERS = "transfers"
    JOURNALS = "journals"


@bounded()
class ImportUpload(models.Model):
    """A file that somebody uploaded, and what he says of its columns; its bytes lie beside the books by their hash.

    `options` are those of the import, as its run has them. Once it was sent, `run` is the import that it became, and
    `problem` why that does not go on.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    person = models.CharField(max_length=MAX_ACTOR)
    kind = models.CharField(max_length=9, choices=UploadKind.choices)
    file_name = models.CharField(max_length=MAX_FILE_NAME)
    file_hash = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    mapped_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    run = models.ForeignKey(ImportRun, models.PROTECT, null=True, related_name="uploads")
    problem = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=UploadKind.values), name="import_upload_kind_known"),
        ]
        indexes: ClassVar = [
            # Serves: the files of a person that are not imported yet, and how a file with the same columns was read
            models.Index(fields=["entity", "-uploaded_at"], name="import_upload_newest"),
        ]

    def __str__(self) -> str:
        return self.file_name
