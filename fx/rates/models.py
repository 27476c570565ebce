"""Rates, the pairs they belong to, and the policy of converting with them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from fx.rates.quotes import DECIMALS, WHOLE_DIGITS
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import normalised
from ledgerflow.core.texts import MAX_ACTOR

BEYOND_RATES = Decimal(10) ** WHOLE_DIGITS
MOST_DAYS = 3660
MOST_PERCENT = 10_000


class RateKind(models.TextChoices):
    SPOT = "spot"
    CLOSING = "closing"
    AVERAGE = "average"


class RoundingMode(models.TextChoices):
    HALF_EVEN = "half_even", "half to even"
    HALF_UP = "half_up", "half up"
    HALF_DOWN = "half_down", "half down"
    DOWN = "down", "towards zero"
    UP = "up", "away from zero"
    REGULATION = "regulation_1103_97", "Regulation (EC) 1103/97"


class RevaluationMethod(models.TextChoices):
    CUMULATIVE = "cumulative", "cumulative difference"
    AUTO_REVERSE = "auto_reverse", "reversed on the next period's first day"


class RevaluationDays(models.TextChoices):
    """On which days a close revalues."""

    DAILY = "daily", "every day"
    PERIOD_END = "period_end", "on the last day of each period"


@bounded()
class Pair(models.Model):
    """The one direction in which an entity keeps the rates of two currencies: 1 base = value quote.

    A row comes with a pair's first rate and stays. Rates refer to it by (entity, base, quote), so the database itself
    knows no rate of the other direction.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="fx_pairs")
    base = models.CharField(max_length=12)
    quote = models.CharField(max_length=12)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "base", "quote"], name="fx_pair_unique"),
            models.UniqueConstraint(
                "entity", Least("base", "quote"), Greatest("base", "quote"), name="fx_pair_one_way"
            ),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="fx_pair_of_two"),
            models.CheckConstraint(
                condition=Q(base__regex=r"^[A-Z][A-Z0-9._-]*$", quote__regex=r"^[A-Z][A-Z0-9._-]*$"),
                name="fx_pair_code_form",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"


@bounded("version")
class Rate(models.Model):
    """1 base = value quote on a date, in one of its versions: the newest counts, the older ones stay readable.

    Insert-only. Versions of one (entity, base, quote, rate_date, kind) are 1, 2, … whatever their source.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Checked through the pair: a foreign key (entity, base, quote) in the migration.
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="fx_rates")
    base = models.CharField(max_length=12)
    quote = models.CharField(max_length=12)
    rate_date = models.DateField("date")
    kind = models.CharField(max_length=7, choices=RateKind.choices)
    version = models.IntegerField()
    value = models.DecimalField(max_digits=WHOLE_DIGITS + DECIMALS, decimal_places=DECIMALS)
    source = models.CharField(max_length=40)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            # Serves too: the newest rate of a pair at or before a date, one probe of this index.
            models.UniqueConstraint(
                fields=["entity", "base", "quote", "rate_date", "kind", "version"], name="fx_rate_version_unique"
            ),
            # PostgreSQL sorts NaN above every number, so the upper bound keeps it out.
            models.CheckConstraint(condition=Q(value__gt=0, value__lt=BEYOND_RATES), name="fx_rate_value_sane"),
            models.CheckConstraint(condition=Q(kind__in=RateKind.values), name="fx_rate_kind_known"),
            models.CheckConstraint(condition=Q(version__gte=1), name="fx_rate_version_positive"),
        ]
        indexes: ClassVar = [
            # Serves: lists by date, in the API and in the admin.
            models.Index(fields=["entity", "rate_date", "base", "quote", "kind", "version"], name="fx_rate_by_date"),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.rate_date} {self.kind} {normalised(self.value)}"


@bounded()
class FxPolicy(models.Model):
    """How an entity looks rates up and rounds. Without a row the defaults of these fields apply.

    Accounts are found by their role, one per currency: fx_clearing, rounding, fx_spread, valuation, and in base
    currency fx_unrealised_gain, fx_unrealised_loss, fx_realised_gain, fx_realised_loss.
    """

    entity = models.OneToOneField(Entity, models.PROTECT, primary_key=True, related_name="fx_policy")
    max_age_days = models.SmallIntegerField(default=7)
    max_jump_percent = models.DecimalField(max_digits=7, decimal_places=2, default=Decimal(20))
    rounding = models.CharField(max_length=20, choices=RoundingMode.choices, default=RoundingMode.HALF_EVEN)
    revaluation_method = models.CharField(
        max_length=12, choices=RevaluationMethod.choices, default=RevaluationMethod.CUMULATIVE
    )
    revalue = models.CharField(max_length=10, choices=RevaluationDays.choices, db_default=RevaluationDays.DAILY)
    max_revaluation_percent = models.DecimalField(max_digits=7, decimal_places=2, db_default=Decimal(10))
    revision = models.BigIntegerField(default=0)  # the event sequence of its last change: the ETag

    class Meta:
        verbose_name = "FX policy"
        verbose_name_plural = "FX policies"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(max_age_days__gte=0, max_age_days__lte=MOST_DAYS), name="fx_policy_max_age_range"
            ),
            models.CheckConstraint(
                condition=Q(max_jump_percent__gt=0, max_jump_percent__lte=MOST_PERCENT), name="fx_policy_max_jump_range"
            ),
            models.CheckConstraint(condition=Q(rounding__in=RoundingMode.values), name="fx_policy_rounding_known"),
            models.CheckConstraint(
                condition=Q(revaluation_method__in=RevaluationMethod.values), name="fx_policy_method_known"
            ),
            models.CheckConstraint(condition=Q(revalue__in=RevaluationDays.values), name="fx_policy_schedule_known"),
            models.CheckConstraint(
                condition=Q(max_revaluation_percent__gt=0, max_revaluation_percent__lte=MOST_PERCENT),
                name="fx_policy_max_revaluation_range",
            ),
        ]

    def __str__(self) -> str:
        return f"FX policy of {self.entity}"
