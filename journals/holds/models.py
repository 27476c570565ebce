"""Holds: outflow set aside for a later journal, and what became of each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from journals.hold_states import HoldAction, HoldStatus
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.money import BEYOND
from ledgerflow.core.texts import MAX_ACTOR

IS_OPEN = Q(status=HoldStatus.ACTIVE.value)
IS_EXTENSION = Q(action=HoldAction.EXTENDED.value)
BEFORE = Q(expired_before__isnull=False, expired_before__gt=F("recorded_at"))
UNTIL = Q(expires_at__isnull=False, expires_at__gt=F("recorded_at"))


@bounded("amount")
class Hold(models.Model):
    """Money held on one account, a memo beside its register. A trigger lets a hold only get smaller and end.

    It may expire at another moment than it was placed with. What is neither captured nor remaining was released, or has
    expired. A composite foreign key (account, entity, currency) in the migration keeps it on an account of its own
    entity that is no header.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="holds")
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="holds")
    currency = models.CharField(max_length=12)
    amount = MoneyField()
    captured = MoneyField()
    remaining = MoneyField()
    status = models.CharField(max_length=8, choices=[(one.value, one.value) for one in HoldStatus])
    entries = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)
    description = models.CharField(max_length=500)
    external_reference = models.CharField(max_length=200)
    metadata = models.JSONField(null=True)
    actor = models.CharField(max_length=MAX_ACTOR)
    placed_at = models.DateTimeField()
    event_sequence = models.BigIntegerField()  # of its placing

    class Meta:
        constraints: ClassVar = [
            # Target of the entries' foreign key: an entry is on the account of its hold.
            models.UniqueConstraint(fields=["entity", "event_sequence"], name="hold_event_unique"),
            # Made after every other key: see journal_of_entity.sql.
            models.UniqueConstraint(fields=["id", "account", "entity"], name="hold_account_unique"),
            models.CheckConstraint(
                # PostgreSQL sorts NaN above every number, so the upper bound keeps it out too.
                condition=Q(amount__gt=0, amount__lt=BEYOND, captured__gte=0, remaining__gte=0)
                & Q(amount__gte=F("captured") + F("remaining")),
                name="hold_amounts_sane",
            ),
            models.CheckConstraint(
                condition=Q(status=HoldStatus.ACTIVE.value, remaining__gt=0)
                | Q(status=HoldStatus.RELEASED.value, remaining=0, captured=0)
                | Q(status=HoldStatus.EXPIRED.value, remaining=0)
                | Q(status=HoldStatus.CAPTURED.value, remaining=0, captured__gt=0),
                name="hold_status_consistent",
            ),
        ]
        indexes: ClassVar = [
            # Serves: GET /api/holds?account=; the other two those that are open, on an account's page too
            models.Index(fields=["account", "event_sequence"], name="hold_by_account"),
            models.Index(fields=["account", "event_sequence"], condition=IS_OPEN, name="hold_open_by_account"),
            models.Index(fields=["entity", "event_sequence"], condition=IS_OPEN, name="hold_open"),
            # Serves: the sweep, and the close's look for holds it has missed
            models.Index(
                fields=["expires_at", "entity"], condition=Q(status="active", expires_at__isnull=False), name="hold_due"
            ),
        ]

    def __str__(self) -> str:
        return f"Hold {self.id}"


@bounded("amount", "held_after", "account_version")
class HoldEntry(models.Model):
    """One step of a hold, 1 its placing. `held_after` and `account_version` are those of the account at that time."""

    pk = models.CompositePrimaryKey("hold_id", "number")
    hold = models.ForeignKey(Hold, models.PROTECT, db_constraint=False, db_index=False, related_name="steps")
    number = models.BigIntegerField()
    entity_id = models.UUIDField()
    account = models.ForeignKey(
        Account, models.PROTECT, db_constraint=False, db_index=False, related_name="hold_entries"
    )
    action = models.CharField(max_length=8, choices=[(one.value, one.value) for one in HoldAction])
    amount = MoneyField()
    held_after = MoneyField()
    account_version = models.BigIntegerField()
    journal = models.ForeignKey(
        "journals.Journal",
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="hold_entries",
    )
    effective_date = models.DateField()  # the business date of the books, or the date of the capture
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)
    # Of an extension alone, which moves no money: when the hold would have expired, and when it does now.
    expired_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity_id", "event_sequence"], name="hold_entry_event_unique"),
            models.CheckConstraint(
                condition=(Q(amount__gt=0, amount__lt=BEYOND) & ~IS_EXTENSION | Q(amount=0) & IS_EXTENSION)
                & Q(held_after__gte=0, held_after__lt=BEYOND, account_version__gte=0),
                name="hold_entry_amounts_sane",
            ),
            models.CheckConstraint(
                condition=Q(action=HoldAction.PLACED.value, number=1, journal__isnull=True)
                | Q(action=HoldAction.CAPTURED.value, number__gt=1, journal__isnull=False)
                | Q(action=HoldAction.RELEASED.value, number__gt=1)
                | Q(action=HoldAction.EXPIRED.value, number__gt=1, journal__isnull=True)
                | Q(action=HoldAction.EXTENDED.value, number__gt=1, journal__isnull=True),
                name="hold_entry_action_consistent",
            ),
            models.CheckConstraint(
                # Both moments are still to come, and they differ: a hold whose time is over does not come back. What is
                # NULL is named each time, because a CHECK lets pass what is neither true nor false.
                condition=~IS_EXTENSION & Q(expired_before__isnull=True, expires_at__isnull=True)
                | IS_EXTENSION & UNTIL & Q(expired_before__isnull=True)
                | IS_EXTENSION & BEFORE & Q(expires_at__isnull=True)
                | IS_EXTENSION & BEFORE & UNTIL & ~Q(expires_at=F("expired_before")),
                name="hold_entry_extension_sane",
            ),
        ]
        indexes: ClassVar = [
            # Serves: the memo lines of a register
            models.Index(fields=["account", "account_version", "event_sequence"], name="hold_entry_in_register"),
            # Serves: the same by date, a page at a time
            models.Index(
                fields=["account", "effective_date", "account_version", "event_sequence"], name="hold_entry_by_date"
            ),
            # Serves: the answer of a capture
            models.Index(fields=["journal"], condition=Q(journal__isnull=False), name="hold_entry_of_journal"),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id}/{self.number}"
