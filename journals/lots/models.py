"""Lots: what the balance of an account that keeps them consists of, and what became of each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan

from accounts.models import Account
from journals.drafts import MAX_PRIORITY
from journals.lot_keeping.states import LotAction
from journals.models import Journal
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.money import BEYOND


@bounded("priority")
class Lot(models.Model):
    """One inflow of an account that keeps lots, and what is left of it. Only its entries change that.

    `arrival` counts the lots of the account. `expires_on` is the last day it can be spent, `usable_for` what it may be
    spent on. `cost_left` is the part of its cost that is neither income nor breakage yet; the four codes are the
    accounts on which it moves, and the one that takes what expires.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="lots")
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="lots")
    currency = models.CharField(max_length=12)
    journal = models.ForeignKey(Journal, models.PROTECT, db_constraint=False, db_index=False, related_name="lots")
    line = models.SmallIntegerField()
    event_sequence = models.BigIntegerField()
    arrival = models.BigIntegerField()
    amount = MoneyField()
    remaining = MoneyField()
    pinned = MoneyField()
    entries = models.BigIntegerField()
    priority = models.SmallIntegerField()
    valid_from = models.DateField()
    expires_on = models.DateField(null=True)
    paid = models.BooleanField()
    usable_for = models.JSONField(null=True)
    cost = MoneyField()
    cost_left = MoneyField()
    cost_currency = models.CharField(max_length=12)
    expiry_account = models.CharField(max_length=100)
    deferred_account = models.CharField(max_length=100)
    income_account = models.CharField(max_length=100)
    breakage_account = models.CharField(max_length=100)
    # Of the indexes: `remaining` itself in one would make every spend write to all of them.
    is_open = models.GeneratedField(  # type: ignore[attr-defined,unused-ignore]
        expression=GreaterThan(F("remaining"), 0), output_field=models.BooleanField(), db_persist=True
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "arrival"], name="lot_arrival_unique"),
            # Made after every other key: see journal_of_entity.sql. Target of the entries' foreign key.
            models.UniqueConstraint(fields=["id", "account", "entity"], name="lot_account_unique"),
            models.CheckConstraint(
                # PostgreSQL sorts NaN above every number, so the upper bound keeps it out too.
                condition=Q(amount__gt=0, amount__lt=BEYOND, pinned__gte=0, remaining__gte=F("pinned"))
                & Q(amount__gte=F("remaining")),
                name="lot_amounts_sane",
            ),
            models.CheckConstraint(
                condition=Q(cost_left__gte=0, cost__gte=F("cost_left"), cost__lt=BEYOND)
                & (Q(cost=0, cost_currency="") | Q(cost__gt=0) & ~Q(cost_currency="")),
                name="lot_cost_sane",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("valid_from")) & ~Q(expiry_account=""),
                name="lot_expiry_sane",
            ),
            models.CheckConstraint(condition=Q(priority__gte=0, priority__lte=MAX_PRIORITY), name="lot_priority_sane"),
        ]
        indexes: ClassVar = [
            # Serves: which lots an outflow takes
            models.Index(
                fields=["account", "priority", "expires_on", "paid", "valid_from", "arrival"],
                condition=Q(is_open=True),
                name="lot_in_order",
            ),
            # Serves: what expires tonight, and the report of what is outstanding by month
            models.Index(
                fields=["entity", "expires_on", "account", "arrival"],
                condition=Q(is_open=True, expires_on__isnull=False),
                name="lot_due",
            ),
        ]

    def __str__(self) -> str:
        return f"Lot {self.id}"


@bounded()
class LotEntry(models.Model):
    """One movement of a lot, 1 its grant. `place` is its place among those of its journal, `remaining` what it left."""

    pk = models.CompositePrimaryKey("lot_id", "number")
    lot = models.ForeignKey(Lot, models.PROTECT, db_constraint=False, db_index=False, related_name="moves")
    number = models.BigIntegerField()
    entity_id = models.UUIDField()
    account = models.ForeignKey(
        Account, models.PROTECT, db_constraint=False, db_index=False, related_name="lot_entries"
    )
    journal = models.ForeignKey(
        Journal, models.PROTECT, db_constraint=False, db_index=False, related_name="lot_entries"
    )
    place = models.SmallIntegerField()
    action = models.CharField(max_length=8, choices=[(one.value, one.value) for one in LotAction])
    amount = MoneyField()
    remaining = MoneyField()
    cost = MoneyField()
    effective_date = models.DateField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # Serves: the reversal of a journal too
            models.UniqueConstraint(fields=["journal", "place"], name="lot_entry_place_unique"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lt=BEYOND, remaining__gte=0, remaining__lt=BEYOND)
                & Q(cost__gte=0, cost__lt=BEYOND, place__gte=0),
                name="lot_entry_amounts_sane",
            ),
            models.CheckConstraint(
                condition=Q(action=LotAction.GRANTED.value, number=1)
                | Q(action__in=[one.value for one in LotAction if one != LotAction.GRANTED], number__gt=1),
                name="lot_entry_action_known",
            ),
        ]
        indexes: ClassVar = [
            # Serves: the lots of an account as they stood at a moment or on a day
            models.Index(fields=["account", "event_sequence"], name="lot_entry_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}/{self.number}"


@bounded()
class LotPin(models.Model):
    """What a hold keeps of a lot for itself; nothing is left of it once the hold is captured or let go."""

    pk = models.CompositePrimaryKey("hold_id", "lot_id")
    hold = models.ForeignKey("holds.Hold", models.PROTECT, db_constraint=False, db_index=False, related_name="pins")
    lot = models.ForeignKey(Lot, models.PROTECT, db_constraint=False, db_index=False, related_name="pins")
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    entity_id = models.UUIDField()
    amount = MoneyField()

    class Meta:
        db_table = "lots_pin"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gte=0, amount__lt=BEYOND), name="lot_pin_amount_sane"),
        ]
        indexes: ClassVar = [
            # Serves: the guard of what is pinned of a lot
            models.Index(fields=["lot"], condition=Q(amount__gt=0), name="lot_pin_of_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id}/{self.lot_id}"
