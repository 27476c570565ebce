"""What foreign accounts were worth in base currency when they moved; all of it history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import BEYOND
from ledgerflow.core.texts import MAX_ACTOR

RATE_DIGITS, RATE_DECIMALS = 28, 12


@bounded()
class BaseMeasure(models.Model):
    """The close `number` of `day` measured a currency: all that moved on its accounts after `since` through the day.

    `since` is the last day measured before it, NULL for the first time. `total` is the sum of its snapshots and
    `sha256` the hash of their text (`fx.functional.snapshots`).
    """

    pk = models.CompositePrimaryKey("entity_id", "currency", "day", "number")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    currency = models.CharField(max_length=12)
    day = models.DateField()
    number = models.BigIntegerField()
    since = models.DateField(null=True)
    accounts = models.PositiveIntegerField()
    total = MoneyField()
    sha256 = models.CharField(max_length=64)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(since__lt=models.F("day")), name="functional_measure_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} through {self.day}"


@bounded()
class MeasuredRate(models.Model):
    """The rate at which a close measured the movements of a currency on a date."""

    pk = models.CompositePrimaryKey("entity_id", "currency", "day", "number")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    currency = models.CharField(max_length=12)
    day = models.DateField()
    number = models.BigIntegerField()  # of the close
    chain = models.JSONField()

    def __str__(self) -> str:
        return f"{self.currency} {self.day}"


@bounded()
class BaseSnapshot(models.Model):
    """The sum of an account's base amounts through a day on whose close it had moved; debit positive.

    The newest row at or before a measured day answers for it, as with snapshots of days.
    """

    pk = models.CompositePrimaryKey("account_id", "day", "number")
    # That it is an account of these books, the guard of the rows looks at, once for all of them.
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    day = models.DateField()
    number = models.BigIntegerField()
    base_total = MoneyField()

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"


@bounded()
class OwnRate(models.Model):
    """What one unit of a currency is worth in a journal that has a rate of its own, in base currency."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    journal = models.ForeignKey(Journal, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    currency = models.CharField(max_length=12)
    effective_date = models.DateField()
    rate = models.DecimalField(max_digits=RATE_DIGITS, decimal_places=RATE_DECIMALS)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rate__gt=0, rate__lt=BEYOND), name="functional_own_rate_positive"),
            # Serves: whether a journal has one, too
            models.UniqueConstraint(fields=["journal", "currency"], name="functional_own_rate_once"),
        ]
        indexes: ClassVar = [
            # Serves: the list of own rates, in the order in which they were given
            models.Index(fields=["entity", "event_sequence"], name="functional_own_rate_given"),
        ]

    def __str__(self) -> str:
        return f"{self.journal_id}: {self.rate:f}"


@bounded()
class CarriedLine(models.Model):
    """What a journal with a rate of its own moved on an account, and its base amount; both debit positive."""

    pk = models.CompositePrimaryKey("journal_id", "account_id")
    journal = models.ForeignKey(Journal, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    currency = models.CharField(max_length=12)
    effective_date = models.DateField()
    amount = MoneyField()
    value = MoneyField()
    event_sequence = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            # Serves: the base amounts of some days
            models.Index(fields=["entity", "effective_date"], name="functional_carried_by_date"),
            # Serves: whether an account was given a rate after a revaluation
            models.Index(fields=["account", "event_sequence"], name="functional_carried_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.journal_id} {self.account_id}: {self.value:f}"
