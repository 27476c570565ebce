"""Accounts that keep open items, due dates, and what was allocated to what; all of it history.

What rows refer to, their guards look at, by the books and the rules as well: foreign keys would say less.
"""

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
from ledgerflow.core.texts import MAX_ACTOR
from recon.open_items.events import LONGEST_TERMS


@bounded()
class ItemAccount(models.Model):
    """Postings of an account from its version `first_version` on are open items, due after `terms_days`.

    The first row says that the account keeps open items. Further ones change the terms, for what is posted after them.
    """

    pk = models.CompositePrimaryKey("account_id", "number")
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    number = models.BigIntegerField()
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, related_name="+")
    first_version = models.BigIntegerField()
    terms_days = models.PositiveSmallIntegerField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(terms_days__lte=LONGEST_TERMS), name="item_account_terms"),
            models.CheckConstraint(
                condition=Q(number__gte=1, first_version__gte=1), name="item_account_counts_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.terms_days} days"


@bounded()
class DueDate(models.Model):
    """When the items of a journal are due, where the terms of the account do not say it. The newest row counts."""

    pk = models.CompositePrimaryKey("journal_id", "number")
    journal = models.ForeignKey(Journal, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    number = models.BigIntegerField()
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    due_on = models.DateField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            # Serves: the list of due dates, in the order they were declared
            models.UniqueConstraint(fields=["entity", "event_sequence"], name="due_date_of_one_event"),
            models.CheckConstraint(condition=Q(number__gte=1), name="due_date_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.journal_id}: {self.due_on}"


class Source(models.TextChoices):
    PERSON = "person"
    RUN = "run"


@bounded()
class Allocation(models.Model):
    """`amount` of a debit and of a credit on one account settle each other from `allocated_on` on.

    The two are named by the versions of their account, `place` numbers the allocations of one event.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    debit_version = models.BigIntegerField()
    credit_version = models.BigIntegerField()
    amount = MoneyField()
    allocated_on = models.DateField()
    source = models.CharField(max_length=6, choices=Source.choices)
    place = models.PositiveIntegerField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            # Serves: the list of allocations, newest first
            models.UniqueConstraint(fields=["entity", "event_sequence", "place"], name="allocation_place_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_positive"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="allocation_source_known"),
        ]
        indexes: ClassVar = [
            # Serve: what was allocated of an item. Versions stand first: where both begin with the account, the planner
            # of a young table takes the one for the other, and reads all of the account.
            models.Index(fields=["debit_version", "account"], name="allocation_by_debit"),
            models.Index(fields=["credit_version", "account"], name="allocation_by_credit"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:f} of {self.debit_version} and {self.credit_version}"


@bounded()
class AllocationUndo(models.Model):
    """An allocation ended: from `undone_on` on, both items are open again by its amount."""

    allocation = models.OneToOneField(
        Allocation, models.PROTECT, primary_key=True, db_constraint=False, related_name="undo"
    )
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    undone_on = models.DateField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    def __str__(self) -> str:
        return f"{self.allocation_id}: {self.undone_on}"
