"""The calendar of a set of books: its policy, what cuts days off, how each day was closed, and the periods."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import BEYOND
from ledgerflow.core.texts import MAX_ACTOR


class HolidayPolicy(models.TextChoices):
    """What becomes of an ordinary journal dated on a day that is no business day."""

    ALLOW = "allow", "allow it"
    REFUSE = "refuse", "refuse it"
    FOLLOWING = "following", "date it to the following business day"


@bounded()
class DayPolicy(models.Model):
    """When the days of an entity close and what stands in their way. Without a row the defaults hold."""

    entity = models.OneToOneField(Entity, models.PROTECT, primary_key=True, related_name="day_policy")
    # Minutes after local midnight at which the business date begins; 1440 is midnight at its end. NULL: by hand.
    cut_off_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    weekend = models.JSONField(default=list, blank=True)  # ISO weekdays, Monday 1 … Sunday 7
    holidays = models.JSONField(default=dict, blank=True)  # date -> name
    holiday_policy = models.CharField(max_length=9, choices=HolidayPolicy.choices, default=HolidayPolicy.ALLOW)
    checks = models.JSONField(default=dict, blank=True)  # name of a check -> "block" or "warn"
    revision = models.BigIntegerField(default=0)  # the event sequence of its last change: the ETag

    class Meta:
        verbose_name_plural = "day policies"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(cut_off_minutes__isnull=True) | Q(cut_off_minutes__gte=1, cut_off_minutes__lte=2880),
                name="day_policy_cut_off_range",
            ),
            models.CheckConstraint(
                condition=Q(holiday_policy__in=HolidayPolicy.values), name="day_policy_holidays_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id}"


class CutOffAction(models.TextChoices):
    CUT_OFF = "cut_off", "Cut off"
    CLOSE = "close"
    CANCEL = "cancel"
    REOPEN = "reopen"


@bounded()
class DayCutOff(models.Model):
    """Insert-only record of what moved the lines; the row with the highest number says where they are.

    Nobody posts through `closed_through`. Ordinary work stays out through `ordinary_through`: between the two is the
    day that is closing, open only to the close's own journals.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    number = models.BigIntegerField()
    action = models.CharField(max_length=7, choices=CutOffAction.choices)
    day = models.DateField()
    closed_through = models.DateField(null=True)  # NULL: nothing is closed
    ordinary_through = models.DateField(null=True)
    reason = models.CharField(max_length=500, blank=True, default="")
    actor = models.CharField(max_length=MAX_ACTOR)
    approved_by = models.CharField(max_length=MAX_ACTOR, blank=True, default="")
    proposal_id = models.UUIDField(null=True)
    event_sequence = models.BigIntegerField(default=0)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "number"], name="day_cut_off_number_unique"),
            models.CheckConstraint(
                # A CHECK passes what is NULL: what must be there has to be said.
                condition=Q(action="cut_off", ordinary_through__isnull=False, ordinary_through=F("day"))
                & (Q(closed_through__isnull=True) | Q(closed_through__lt=F("day")))
                | Q(action="close", closed_through__isnull=False, closed_through=F("day"))
                & Q(ordinary_through__isnull=False, ordinary_through=F("day"))
                | Q(action__in=["cancel", "reopen"], closed_through__isnull=True, ordinary_through__isnull=True)
                | Q(action__in=["cancel", "reopen"], closed_through__isnull=False, closed_through__lt=F("day"))
                & Q(ordinary_through__isnull=False, ordinary_through=F("closed_through")),
                name="day_cut_off_consistent",
            ),
            models.CheckConstraint(
                condition=~Q(action="reopen") | ~Q(reason="") & ~Q(approved_by="") & ~Q(approved_by=F("actor")),
                name="day_cut_off_reopened_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.day}"


@bounded()
class DayClose(models.Model):
    """One run of closing a day, from its cut-off on. How far it came is told by its steps.

    `number` is that of its cut-off record; `previous_day` the closed day it follows, so that it closes all
    dates after that one. `version` counts the runs of the same day.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="day_closes")
    day = models.DateField()
    version = models.PositiveIntegerField()
    number = models.BigIntegerField()
    previous_day = models.DateField(null=True)
    actor = models.CharField(max_length=MAX_ACTOR)
    event_sequence = models.BigIntegerField()
    started_at = models.DateTimeField()

    class Meta:
        verbose_name = "day"
        verbose_name_plural = "days"
        permissions: ClassVar = [
            ("close_day", "Can close a day, and give up its close"),
            ("reopen_day", "Can propose and approve to reopen a closed day"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "day", "version"], name="day_close_version_unique"),
            models.UniqueConstraint(fields=["entity", "number"], name="day_close_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.day} version {self.version}"


@bounded()
class DayCloseStep(models.Model):
    """Insert-only: what a step of a close did, who ran it, from when to when, and how it came out."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    close = models.ForeignKey(DayClose, models.PROTECT, related_name="steps")
    step = models.CharField(max_length=20)
    outcome = models.CharField(
        max_length=7, choices={"done": "done", "warned": "warned", "blocked": "blocked", "failed": "failed"}
    )
    detail = models.JSONField(default=dict)
    actor = models.CharField(max_length=MAX_ACTOR)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["close", "step"], condition=Q(outcome__in=["done", "warned"]), name="day_close_step_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["done", "warned", "blocked", "failed"]), name="day_close_step_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.outcome}"


@bounded()
class DaySnapshot(models.Model):
    """An account at the end of a closed day on which it moved, in the ordinary layer; amounts debit-positive.

    The newest row at or before a date holds the account's closing balance: accounts that did not move have no row of
    that day. `number` is that of the close; a day closed again has rows of both.
    """

    pk = models.CompositePrimaryKey("account_id", "day", "number")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="snapshots")
    day = models.DateField()
    number = models.BigIntegerField()
    opening = MoneyField()
    debits = MoneyField()  # of the day, and of the dates since the closed day before
    credits = MoneyField()
    closing = MoneyField()
    count = models.BigIntegerField()
    last_version = models.BigIntegerField()  # of the account, when the snapshot was taken
    total_debits = MoneyField()  # since the account was opened
    total_credits = MoneyField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closing=F("opening") + F("debits") - F("credits"))
                & Q(closing=F("total_debits") - F("total_credits")),
                name="day_snapshot_adds_up",
            ),
            # NaN adds up with anything; PostgreSQL sorts it above every number.
            models.CheckConstraint(
                condition=Q(debits__gte=0, credits__gte=0, count__gte=0, last_version__gte=0)
                & Q(total_debits__gte=F("debits"), total_debits__lt=BEYOND)
                & Q(total_credits__gte=F("credits"), total_credits__lt=BEYOND),
                name="day_snapshot_amounts_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"
