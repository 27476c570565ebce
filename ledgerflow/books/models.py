"""A set of books: the entity, its ordered event log, its idempotency keys, and what takes two people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.core import canonical
from ledgerflow.core.ids import uuid7

MAX_PERSON = 160  # "user:" and a user name of Django, at most 150


class Entity(models.Model):
    """One set of books. The row's lock is the right to write into them; the row itself hardly ever changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    base_currency = models.CharField(max_length=12)
    time_zone = models.CharField(max_length=64, default="UTC")
    first_business_date = models.DateField()
    business_date = models.DateField()
    dimensions = models.JSONField(default=list)  # names of up to eight posting dimensions, e.g. ["cost_centre"]
    created_at = models.DateTimeField(auto_now_add=True)
    # Rises with each change of the calendar, so that whoever decides by an older snapshot fails at the row's lock.
    calendar_version = models.BigIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        verbose_name_plural = "entities"
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(business_date__gte=models.F("first_business_date")),
                name="entity_business_date_not_before_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


class Event(models.Model):
    """One thing that happened in an entity. The log is the outbox, the audit trail and the proof.

    `data` is the exact canonical text that was hashed; jsonb would lose its order and spacing. The entity's
    existence is checked once per statement by a trigger, which costs a batch less than a foreign key per row.
    """

    pk = models.CompositePrimaryKey("entity_id", "sequence")
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="events")
    sequence = models.BigIntegerField()
    id = models.UUIDField()
    type = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)
    data = models.TextField()
    actor = models.CharField(max_length=128)
    recorded_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="event_sequence_positive"),
        ]
        indexes: ClassVar = [
            # Serves: every past state of an account; the last change of the chart. Journals stay out of it.
            models.Index(
                fields=["entity", "subject", "sequence"],
                condition=models.Q(type__startswith="account."),
                name="event_of_account",
            ),
            # Serves: `known_at`, a moment to the last sequence recorded by then.
            models.Index(fields=["entity", "recorded_at", "sequence"], name="event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.type}"


class IdempotencyKey(models.Model):
    """A key that somebody used and the event that was its answer. Never deleted: a retry may come years later.

    The key stands before its issuer: a batch's keys are looked up by entity and key alone, whoever issued them.
    """

    pk = models.CompositePrimaryKey("entity_id", "key", "issuer")
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    key = models.CharField(max_length=255)
    issuer = models.CharField(max_length=32)
    fingerprint = models.BinaryField(max_length=33)
    event_sequence = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            # What `idempotency.check_key` says, for whoever writes with SQL of his own.
            models.CheckConstraint(condition=Q(key__regex=r"^[!#-~][!-~]*$"), name="idempotency_key_visible_ascii"),
            models.CheckConstraint(condition=Q(issuer__regex=r"^[a-z]+(_[a-z]+)*$"), name="idempotency_key_issuer"),
        ]

    def __str__(self) -> str:
        return self.key


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
    proposed_by = models.CharField(max_length=MAX_PERSON)
    proposed_via = models.CharField(max_length=MAX_PERSON)
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    event_sequence = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(proposed_by__startswith="user:") & ~Q(proposed_by="user:"), name="proposal_by_a_person"
            ),
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


class ProposalDecision(models.Model):
    """What became of a proposal: one row, never changed. A trigger holds that approving takes another person."""

    proposal = models.OneToOneField(Proposal, models.PROTECT, primary_key=True, related_name="decision")
    decision = models.CharField(max_length=9, choices=Decision.choices)
    decided_by = models.CharField(max_length=MAX_PERSON)
    decided_via = models.CharField(max_length=MAX_PERSON)
    decided_at = models.DateTimeField()
    note = models.CharField(max_length=500)
    event_sequence = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="proposal_decision_known"),
            models.CheckConstraint(
                condition=Q(decided_by__startswith="user:") & ~Q(decided_by="user:") & ~Q(decided_via=""),
                name="proposal_decision_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.decided_by}"
