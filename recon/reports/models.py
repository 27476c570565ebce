"""Reconciliations that were finished: the statement at a date, kept as it was."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR
from recon.statements.models import BankAccount


@bounded()
class ReconRun(models.Model):
    """A statement of reconciliation that tied, over proven statements, on the day that somebody finished it.

    `content` is the statement as JSON, as it was then, and `sha256` is over it; files of other formats are made of it.
    `number` counts the runs of a bank account. `known` is the last event that the statement knows of.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="runs"
    )
    number = models.BigIntegerField()
    day = models.DateField()
    book_balance = MoneyField()
    bank_balance = MoneyField()
    known = models.BigIntegerField()
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        verbose_name = "finished reconciliation"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank_account", "number"], name="recon_run_number_unique"),
            models.UniqueConstraint(fields=["entity", "event_sequence"], name="recon_run_event_unique"),
        ]

    def __str__(self) -> str:
        return f"Reconciliation {self.number} of {self.day}"
