"""The calendar of a set of books: its policy, what cuts days off, how each day was closed, and the periods."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from journals.periods.fiscal_years import EARLIER, MAX_NAME, MONTH, SPECIAL, YEAR
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class Period(models.Model):
    """A period of the fiscal calendar; adjustments and closing entries are dated to its last day.

    A year has months, which are weeks in a year of weeks, and perhaps a special period: its last day once more, for
    adjustments alone. The earlier years are all before the calendar, where they were declared closed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="periods")
    starts_on = models.DateField()
    ends_on = models.DateField()
    # In the order of the alphabet, of what ends on one day: a list is paged by day and kind.
    kind = models.CharField(max_length=7, choices={one: one for one in (EARLIER, MONTH, SPECIAL, YEAR)})
    name = models.CharField(max_length=MAX_NAME + 4)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "ends_on", "kind"], name="period_end_unique"),
            models.UniqueConstraint(fields=["entity", "name"], name="period_name_unique"),
            models.CheckConstraint(condition=Q(starts_on__lte=models.F("ends_on")), name="period_dates_in_order"),
            models.CheckConstraint(
                condition=Q(kind__in=[EARLIER, MONTH, YEAR]) | Q(kind=SPECIAL, starts_on=models.F("ends_on")),
                name="period_kind_known",
            ),
        ]
        permissions: ClassVar = [
            ("lock_period", "Can lock, unlock and close a period"),
            ("override_lock", "Can post into a locked period, with a reason"),
            ("close_year", "Can close a fiscal year"),
            ("reopen_period", "Can propose and approve to reopen a closed period"),
        ]

    def __str__(self) -> str:
        return self.name


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
