"""When the books were proven, how far, and how that came out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7

MAX_PROBLEM = 500


class ProofOutcome(models.TextChoices):
    CLEAN = "clean"
    FAULTS = "faults"
    FAILED = "failed"  # it could not be carried out, and says nothing of the books


@bounded()
class ProofRun(models.Model):
    """One run of `verify_ledger` over one set of books. Insert-only, written when the run has ended.

    It is a row beside the log and no event in it: the next run would have one event more to verify, for ever.
    `events` is how far it came, `problem` the first fault or why it failed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="proof_runs")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    outcome = models.CharField(max_length=6, choices=ProofOutcome.choices)
    faults = models.IntegerField()
    events = models.BigIntegerField()
    problem = models.CharField(max_length=MAX_PROBLEM, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="proof_run_in_order"),
            models.CheckConstraint(
                condition=Q(outcome=ProofOutcome.CLEAN, faults=0, problem="")
                | Q(outcome=ProofOutcome.FAULTS, faults__gte=1)
                | Q(outcome=ProofOutcome.FAILED, faults=0),
                name="proof_run_outcome_consistent",
            ),
        ]
        indexes: ClassVar = [
            # Serves: the newest one
            models.Index(fields=["entity", "ended_at"], name="proof_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.ended_at}"
