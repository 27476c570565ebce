"""Quotes, settlements, and what revaluations posted; all of it history: rows are added and never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import BEYOND
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class ValuationPair(models.Model):
    """A foreign monetary account and the account in base currency that carries its valuation, of the same type."""

    account = models.OneToOneField(
        Account, models.PROTECT, db_constraint=False, primary_key=True, related_name="valued_by"
    )
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    type = models.CharField(max_length=9)  # of both accounts: foreign keys (account, entity, type) in the migration
    valuation = models.ForeignKey(Account, models.PROTECT, db_constraint=False, related_name="values")
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        verbose_name = "foreign account"
        verbose_name_plural = "foreign accounts"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(account=F("valuation")), name="fx_valuation_pair_of_two"),
        ]
        indexes: ClassVar = [
            # Serves: the list of an entity's
            models.Index(fields=["entity", "account"], name="fx_valuation_pair_by_entity"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} valued by {self.valuation_id}"


class RunKind(models.TextChoices):
    REVALUATION = "revaluation"
    REVERSAL = "reversal"


@bounded()
class Revaluation(models.Model):
    """One run over the foreign monetary accounts for a day that posted something; numbers are 1, 2, … per entity."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="revaluations")
    number = models.BigIntegerField()
    day = models.DateField()
    kind = models.CharField(max_length=11, choices=RunKind.choices)
    method = models.CharField(max_length=12)
    # The last event the run knew of: later runs go on from its lines, unless something was dated before them since.
    seen_sequence = models.BigIntegerField(null=True)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "number"], name="fx_revaluation_number_unique"),
            models.CheckConstraint(condition=Q(kind__in=RunKind.values), name="fx_revaluation_kind_known"),
        ]
        indexes: ClassVar = [
            # Serves: what stands through a day
            models.Index(fields=["entity", "day"], name="fx_revaluation_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.day}"


@bounded()
class RevaluationLine(models.Model):
    """What a run found for one account, and what it posted for it; debit-positive, in base currency but `position`.

    `cost` is what the position came in at (each day's movement at that day's rate), `closing_value` what it is worth;
    `unrealised` = closing_value - cost. `posted_gain` and `posted_loss` move the unrealised amounts, gains and losses
    each counted positive; `posted_realised` is positive for a gain.
    """

    pk = models.CompositePrimaryKey("run_id", "account_id")
    run = models.ForeignKey(Revaluation, models.PROTECT, db_index=False, related_name="lines")
    account = models.ForeignKey(Account, models.PROTECT, related_name="revaluations")
    currency = models.CharField(max_length=12)
    position = MoneyField()
    cost = MoneyField()
    realised = MoneyField()
    closing_value = MoneyField()
    unrealised = MoneyField()
    chain = models.JSONField()
    posted_gain = MoneyField()
    posted_loss = MoneyField()
    posted_realised = MoneyField()
    journal = models.ForeignKey(Journal, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(unrealised=F("closing_value") - F("cost"))
                & Q(unrealised__gt=-BEYOND, unrealised__lt=BEYOND)
                & Q(posted_gain__gt=-BEYOND, posted_gain__lt=BEYOND)
                & Q(posted_loss__gt=-BEYOND, posted_loss__lt=BEYOND)
                & Q(posted_realised__gt=-BEYOND, posted_realised__lt=BEYOND),
                name="fx_revaluation_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(journal__isnull=False) | Q(posted_gain=0, posted_loss=0, posted_realised=0),
                name="fx_revaluation_line_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.unrealised:f}"


@bounded()
class PinnedRate(models.Model):
    """The rate at which a run translated movements of a currency on a date; it stays unless the day is reopened."""

    pk = models.CompositePrimaryKey("entity_id", "currency", "day", "run_id")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    currency = models.CharField(max_length=12)
    day = models.DateField()
    chain = models.JSONField()
    run = models.ForeignKey(Revaluation, models.PROTECT, db_index=False, related_name="pinned")

    def __str__(self) -> str:
        return f"{self.currency} {self.day}"
