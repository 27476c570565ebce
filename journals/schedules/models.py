"""What is posted by its date: accruals that reverse themselves, and journals that recur."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from journals.schedules.dates import FREQUENCIES, HOLIDAY_RULES, MOST_EVERY, MOST_TIMES
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7

STATUSES = ("active", "paused", "ended")
OUTCOMES = ("posted", "refused")


@bounded()
class ScheduledReversal(models.Model):
    """Insert-only: the day on which a journal is reversed. It is done when a reversal of the journal is there."""

    # The journal is written by COPY in the same transaction, so the key is looked at when that commits.
    journal = models.OneToOneField(
        "journals.Journal", models.PROTECT, primary_key=True, db_constraint=False, related_name="scheduled"
    )
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    due_on = models.DateField()
    event_sequence = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            # Serves: what is due, the oldest first
            models.Index(fields=["entity", "due_on", "journal"], name="scheduled_reversal_due"),
        ]

    def __str__(self) -> str:
        return f"{self.journal_id} on {self.due_on}"


@bounded()
class RecurringJournal(models.Model):
    """A template and its schedule. `next_due` is the next date of the schedule that was not posted yet.

    `lines` are those of a request: account, side, amount in major units, and perhaps description, dimensions and the
    amount of the last date. A schedule of so many `times` ends on the last of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="recurring_journals")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True, default="")
    lines = models.JSONField()
    frequency = models.CharField(max_length=9, choices=[(one, one) for one in FREQUENCIES])
    day = models.SmallIntegerField()  # of the month, where 31 is its last, or ISO weekday
    month = models.SmallIntegerField(null=True)  # of a yearly one
    holiday_rule = models.CharField(max_length=9, choices=[(one, one) for one in HOLIDAY_RULES], default="none")
    every = models.SmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    times = models.SmallIntegerField(null=True)
    next_due = models.DateField(null=True)  # NULL: there is none
    status = models.CharField(max_length=6, choices=[(one, one) for one in STATUSES], default="active")
    revision = models.BigIntegerField()  # the event sequence of its last change

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="recurring_status_known"),
            models.CheckConstraint(condition=Q(holiday_rule__in=HOLIDAY_RULES), name="recurring_holiday_rule_known"),
            models.CheckConstraint(
                condition=Q(frequency="weekly", day__range=(1, 7), month__isnull=True)
                | Q(frequency__in=("monthly", "quarterly"), day__range=(1, 31), month__isnull=True)
                | Q(frequency="yearly", day__range=(1, 31), month__isnull=False, month__range=(1, 12)),
                name="recurring_schedule_consistent",
            ),
            models.CheckConstraint(
                condition=Q(every__range=(1, MOST_EVERY))
                & (Q(times__isnull=True) | Q(times__range=(1, MOST_TIMES), times__isnull=False, ends_on__isnull=False)),
                name="recurring_counts_known",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="recurring_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(next_due__isnull=True)
                | Q(next_due__gte=models.F("starts_on"))
                & (Q(ends_on__isnull=True) | Q(next_due__lte=models.F("ends_on")))
                & ~Q(status="ended"),
                name="recurring_next_due_in_range",
            ),
        ]
        indexes: ClassVar = [
            # Serves: the jobs of a day, which look for what is due
            models.Index(fields=["entity", "next_due"], name="recurring_due"),
            # Serves: the list of an entity's
            models.Index(fields=["entity", "id"], name="recurring_by_entity"),
        ]

    def __str__(self) -> str:
        return self.name


@bounded()
class RecurringRun(models.Model):
    """Insert-only: what became of one due date, each attempt that came out differently or on another day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recurring = models.ForeignKey(RecurringJournal, models.PROTECT, db_index=False, related_name="runs")
    due_on = models.DateField()
    attempt = models.PositiveIntegerField()
    business_date = models.DateField()
    outcome = models.CharField(max_length=7, choices=[(one, one) for one in OUTCOMES])
    journal = models.ForeignKey("journals.Journal", models.PROTECT, null=True, db_index=False, related_name="+")
    code = models.CharField(max_length=64, blank=True, default="")  # of the refusal
    message = models.CharField(max_length=1000, blank=True, default="")
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recurring", "due_on", "attempt"], name="recurring_run_attempt_unique"),
            models.UniqueConstraint(
                fields=["recurring", "due_on"], condition=Q(outcome="posted"), name="recurring_run_posted_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome="posted", journal__isnull=False, code="")
                | Q(outcome="refused", journal__isnull=True) & ~Q(code=""),
                name="recurring_run_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_on}: {self.outcome}"
