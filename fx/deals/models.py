"""Quotes, settlements, and what revaluations posted; all of it history: rows are added and never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account, Side
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import BEYOND
from ledgerflow.core.texts import MAX_ACTOR

MOST_SPREAD = 50  # percent
# PostgreSQL sorts NaN above every number, so the upper bounds keep it out too.
PRICED = (
    Q(sell_amount__gt=0, buy_amount__gt=0, spread_amount__gte=0, gross_amount=F("buy_amount") + F("spread_amount"))
    & Q(sell_amount__lt=BEYOND, gross_amount__lt=BEYOND)
    & ~Q(sell_currency=F("buy_currency"))
    & Q(spread_percent__gte=0, spread_percent__lt=MOST_SPREAD)
)

WITHOUT_FEE = Q(
    fee_account=None, fee_counter_account=None, fee_side="", fee_currency="", fee_amount=None, fee_base=None
)
WITH_FEE = (
    Q(fee_account__isnull=False, fee_counter_account__isnull=False, fee_side__in=Side.values)
    & Q(fee_amount__isnull=False, fee_amount__gt=0, fee_amount__lt=BEYOND)
    & (Q(fee_base=None) | Q(fee_base__gte=0, fee_base__lt=BEYOND))
    & ~Q(fee_currency="")
)
AGREED = "agreed"  # the kind of a price that was agreed, beside those of recorded rates
COMPARED_WITH_NOTHING = Q(reference_chain=[], reference_amount=None, reference_missing="") & ~Q(rate_kind=AGREED)


@bounded()
class FxQuote(models.Model):
    """A price that stands until it expires: `sell_amount` buys `buy_amount`, which is the gross amount less the spread.

    The chain of rates it was made of is pinned with their versions. Amounts are in major units.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="fx_quotes")
    sell_account = models.CharField(max_length=100, blank=True, default="")
    sell_currency = models.CharField(max_length=12)
    sell_amount = MoneyField()
    buy_account = models.CharField(max_length=100, blank=True, default="")
    buy_currency = models.CharField(max_length=12)
    gross_amount = MoneyField()
    buy_amount = MoneyField()
    spread_percent = models.DecimalField(max_digits=7, decimal_places=4)
    spread_amount = MoneyField()
    rate_on = models.DateField()
    rate_kind = models.CharField(max_length=7)
    chain = models.JSONField()
    expires_at = models.DateTimeField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        verbose_name = "FX quote"
        constraints: ClassVar = [models.CheckConstraint(condition=PRICED, name="fx_quote_adds_up")]

    def __str__(self) -> str:
        return f"{self.sell_amount:f} {self.sell_currency} for {self.buy_amount:f} {self.buy_currency}"


@bounded()
class Settlement(models.Model):
    """An exchange that was posted: one journal in the sold currency, one in the bought one.

    `sell_side` is the side on which the sold amount stands on its account; the bought amount stands on the other one.
    The `…_base` amounts are what the legs are worth in base currency at the pinned rates: what goes to the account
    bought into and the spread are the gross amount, and the sold amount is that and the rounding.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="settlements")
    # What these refer to, a trigger looks at row by row (fx_settlement_guard): foreign keys would say less.
    quote = models.OneToOneField(FxQuote, models.PROTECT, db_constraint=False, null=True, related_name="settlement")
    effective_date = models.DateField()
    sell_account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, related_name="+")
    sell_side = models.CharField(max_length=6, choices=Side.choices)
    sell_currency = models.CharField(max_length=12)
    sell_amount = MoneyField()
    buy_account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, related_name="+")
    buy_currency = models.CharField(max_length=12)
    gross_amount = MoneyField()
    buy_amount = MoneyField()
    spread_percent = models.DecimalField(max_digits=7, decimal_places=4)
    spread_amount = MoneyField()
    rate_on = models.DateField()
    rate_kind = models.CharField(max_length=7)
    chain = models.JSONField()  # from the sold currency to the bought one
    base_chain = models.JSONField()  # from the sold currency to the base currency
    sell_base = MoneyField()
    gross_base = MoneyField()
    buy_base = MoneyField()
    spread_base = MoneyField()
    rounding_base = MoneyField()
    rounding = models.CharField(max_length=20)  # the policy's mode then: the proof rounds as the deal did
    accounts = models.JSONField()  # what else was posted to: name -> code
    # Of a price that was agreed: what the sold amount would have bought at the rates of the day, or why none is known.
    reference_chain = models.JSONField()
    reference_amount = MoneyField(null=True)
    reference_missing = models.CharField(max_length=20)
    # The fee, in the second journal; worth nothing known in base currency where its currency had no rate.
    fee_account = models.ForeignKey(
        Account, models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    fee_counter_account = models.ForeignKey(
        Account, models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    fee_side = models.CharField(max_length=6)
    fee_currency = models.CharField(max_length=12)
    fee_amount = MoneyField(null=True)
    fee_base = MoneyField(null=True)
    sell_journal = models.OneToOneField(Journal, models.PROTECT, db_constraint=False, related_name="+")
    buy_journal = models.OneToOneField(Journal, models.PROTECT, db_constraint=False, related_name="+")
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=PRICED, name="fx_settlement_adds_up"),
            models.CheckConstraint(
                condition=Q(gross_base=F("buy_base") + F("spread_base"))
                & Q(sell_base=F("gross_base") + F("rounding_base"))
                & Q(sell_base__lt=BEYOND),
                name="fx_settlement_adds_up_in_base",
            ),
            models.CheckConstraint(condition=Q(sell_side__in=Side.values), name="fx_settlement_side_known"),
            models.CheckConstraint(condition=WITH_FEE | WITHOUT_FEE, name="fx_settlement_fee_whole"),
            models.CheckConstraint(
                condition=Q(rate_kind=AGREED, spread_amount=0, quote=None) | COMPARED_WITH_NOTHING,
                name="fx_settlement_reference_of_agreed",
            ),
            models.CheckConstraint(condition=~Q(sell_journal=F("buy_journal")), name="fx_settlement_two_journals"),
        ]
        indexes: ClassVar = [
            # Serves: the proof of the settlements of a day that closes; lists by date
            models.Index(fields=["entity", "effective_date", "id"], name="fx_settlement_by_date"),
        ]

    def __str__(self) -> str:
        return f"{self.sell_amount:f} {self.sell_currency} for {self.buy_amount:f} {self.buy_currency}"


@bounded()
class SettlementReversal(models.Model):
    """Both journals of a settlement taken back together, at its own rate. Once."""

    settlement = models.OneToOneField(
        Settlement, models.PROTECT, db_constraint=False, primary_key=True, related_name="reversal"
    )
    effective_date = models.DateField()
    sell_journal = models.OneToOneField(Journal, models.PROTECT, db_constraint=False, related_name="+")
    buy_journal = models.OneToOneField(Journal, models.PROTECT, db_constraint=False, related_name="+")
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    def __str__(self) -> str:
        return f"Reversal of {self.settlement_id}"
