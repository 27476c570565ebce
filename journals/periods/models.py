"""The calendar of a set of books: its policy, what cuts days off, how each day was closed, and the periods."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class Period(models.Model):
    """A month or year of the fiscal calendar; adjustments and closing entries are dated to its last day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="periods")
    starts_on = models.DateField()
    ends_on = models.DateField()
    kind = models.CharField(max_length=5, choices={"month": "month", "year": "year"})

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "ends_on", "kind"], name="period_end_unique"),
            models.CheckConstraint(condition=Q(starts_on__lte=models.F("ends_on")), name="period_dates_in_order"),
        ]
        permissions: ClassVar = [
            ("lock_period", "Can lock, unlock and close a period"),
            ("override_lock", "Can post into a locked period, with a reason"),
            ("close_year", "Can close a fiscal year"),
            ("reopen_period", "Can propose and approve to reopen a closed period"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} to {self.ends_on}"


@bounded()
class PeriodStatus(models.Model):
    """Insert-only history of a period's status; without a row it is open."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="statuses")
    number = models.BigIntegerField()
    status = models.CharField(max_length=6, choices={"open": "open", "locked": "locked", "closed": "closed"})
    reason = models.CharField(max_length=500, blank=True, default="")
    actor = models.CharField(max_length=MAX_ACTOR)
    approved_by = models.CharField(max_length=MAX_ACTOR, blank=True, default="")
    proposal_id = models.UUIDField(null=True)
    event_sequence = models.BigIntegerField(default=0)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["period", "number"], name="period_status_number_unique"),
            models.CheckConstraint(condition=Q(status__in=["open", "locked", "closed"]), name="period_status_known"),
        ]

    def __str__(self) -> str:
        return self.status
