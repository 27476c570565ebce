"""What takes two people: proposals, and what became of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core import canonical
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.people import PATTERN
from ledgerflow.core.texts import MAX_ACTOR

PERSON = f"^{PATTERN}$"  # an id and never a name: who is renamed is the same person


@bounded()
class Proposal(models.Model):
    """Something that takes two people: who wants what, and why. Insert-only; what became of it is its decision.

    `payload` is the canonical JSON text of what the approval will carry out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="proposals")
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    payload = models.TextField()
    reason = models.CharField(max_length=500)
    proposed_by = models.CharField(max_length=MAX_ACTOR)
    proposed_by_name = models.CharField(max_length=MAX_ACTOR)  # as he was called then, for people
    proposed_via = models.CharField(max_length=MAX_ACTOR)
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    event_sequence = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(proposed_by__regex=PERSON), name="proposal_by_a_person"),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(subject="") & ~Q(reason="") & ~Q(proposed_via=""), name="proposal_complete"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("proposed_at")), name="proposal_expires_later"),
        ]
        indexes: ClassVar = [
            # Serves: GET /api/proposals, newest first
            models.Index(fields=["entity", "id"], name="proposal_by_entity"),
            # Serves: whether the same is proposed already
            models.Index(fields=["entity", "kind", "subject"], name="proposal_by_subject"),
            # Serves: what is pending anywhere, which is among the few that expire in the future
            models.Index(fields=["expires_at"], name="proposal_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def content(self) -> Any:
        """The payload as plain Python values."""
        return canonical.decode(self.payload)


class Decision(models.TextChoices):
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@bounded()
class ProposalDecision(models.Model):
    """What became of a proposal: one row, never changed. A trigger holds that approving takes another person."""

    proposal = models.OneToOneField(Proposal, models.PROTECT, primary_key=True, related_name="decision")
    decision = models.CharField(max_length=9, choices=Decision.choices)
    decided_by = models.CharField(max_length=MAX_ACTOR)
    decided_by_name = models.CharField(max_length=MAX_ACTOR)
    decided_via = models.CharField(max_length=MAX_ACTOR)
    decided_at = models.DateTimeField()
    note = models.CharField(max_length=500)
    event_sequence = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="proposal_decision_known"),
            models.CheckConstraint(
                condition=Q(decided_by__regex=PERSON) & ~Q(decided_via=""),
                name="proposal_decision_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.decided_by}"
