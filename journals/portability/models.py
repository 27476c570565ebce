"""Imports: how far each has come and what it refused. Both are written in the transaction of the batch they tell of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7


class ImportKind(models.TextChoices):
    ACCOUNTS = "accounts"
    JOURNALS = "journals"


@bounded()
class ImportRun(models.Model):
    """The import of one file, by its bytes, with one set of options, into one entity.

    `next_row` is the line of the file at which it goes on, in its `phase` (accounts are opened in the first and
    funded in the second). `worker` is the process that wrote last: it tells its own commit from somebody else's.
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

    class Meta:
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
