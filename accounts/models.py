"""Currencies, the chart of accounts, and the balance row of each account."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import BEYOND, MAX_MINOR_UNITS


@bounded()
class Currency(models.Model):
    """A unit of account of one entity: ISO 4217 rows come with the entity, others are added by its people.

    One that `is_money` has rates and is worth something in base currency; credits, points and hours are none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="currencies")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    minor_units = models.PositiveSmallIntegerField()
    is_custom = models.BooleanField(default=False)
    is_money = models.BooleanField(default=True, db_default=True)

    class Meta:
        verbose_name_plural = "currencies"
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "code"], name="currency_code_unique"),
            models.CheckConstraint(condition=Q(minor_units__lte=MAX_MINOR_UNITS), name="currency_minor_units_range"),
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z][A-Z0-9._-]*$"), name="currency_code_form"),
            models.CheckConstraint(condition=Q(is_money=True) | Q(is_custom=True), name="currency_of_iso_is_money"),
        ]
        indexes: ClassVar = [
            # Serves: which currencies revaluations and reports in one currency leave out; none, in most books
            models.Index(fields=["entity", "code"], condition=Q(is_money=False), name="currency_unit"),
        ]

    def __str__(self) -> str:
        return self.code


class AccountType(models.TextChoices):
    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class Side(models.TextChoices):
    DEBIT = "debit"
    CREDIT = "credit"


class CashFlow(models.TextChoices):
    """What cash that is paid for an account is part of (IAS 7 paragraph 6); or that the account is cash itself."""

    CASH = "cash"
    OPERATING = "operating"
    INVESTING = "investing"
    FINANCING = "financing"
    NON_CASH = "non_cash", "Non-cash"


class Term(models.TextChoices):
    """Whether an asset or a liability is settled within a year (IAS 1 paragraphs 66 and 69)."""

    CURRENT = "current"
    NON_CURRENT = "non_current", "Non-current"


@bounded()
class Account(models.Model):
    """A line of the chart. Code, type, currency and normal side never change; a trigger holds them.

    The database adds `posting_currency`: the currency, or NULL for a header. Postings refer to it by a foreign key
    (entity, account, currency), so a header takes none and a line cannot name another entity's account.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No index on the entity alone: before the first ANALYZE the planner took it for everything (20 ms a posting).
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="accounts")
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=9, choices=AccountType.choices)
    currency = models.CharField(max_length=12)  # foreign key (entity, currency) in the migration
    normal_side = models.CharField(max_length=6, choices=Side.choices)
    # Its index is the one of parent and code.
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, db_index=False, related_name="children")
    is_header = models.BooleanField(default=False)
    monetary = models.BooleanField()
    owner_id = models.CharField(max_length=100, blank=True, default="")
    role = models.CharField(max_length=40, blank=True, default="")
    # Where the statement of cash flows and the balance sheet show it; empty as its header, else as usual for its type.
    cash_flow = models.CharField(max_length=9, choices=CashFlow.choices, blank=True, default="")
    term = models.CharField(max_length=11, choices=Term.choices, blank=True, default="")
    # What it consists of is kept as lots, from its first posting to its last (`journals.lots`).
    keeps_lots = models.BooleanField(default=False, db_default=False)
    metadata = models.JSONField(default=dict, blank=True)
    outflow_frozen = models.BooleanField(default=False)
    inflow_frozen = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    revision = models.BigIntegerField()  # the event sequence of its last change: the ETag

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "code"], name="account_code_unique"),
            # Targets of the composite foreign keys, and what keeps a parent in the same entity and type.
            models.UniqueConstraint(fields=["id", "entity", "type"], name="account_entity_type_unique"),
            models.CheckConstraint(condition=Q(type__in=AccountType.values), name="account_type_known"),
            models.CheckConstraint(condition=Q(normal_side__in=Side.values), name="account_normal_side_known"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="account_not_its_own_parent"),
            models.CheckConstraint(condition=Q(cash_flow__in=["", *CashFlow.values]), name="account_cash_flow_known"),
            models.CheckConstraint(condition=Q(term__in=["", *Term.values]), name="account_term_known"),
            models.CheckConstraint(
                condition=Q(keeps_lots=False) | Q(is_header=False), name="account_lots_of_no_header"
            ),
        ]
        indexes: ClassVar = [
            # Serves: the balances of an owner, by code
            models.Index(fields=["entity", "owner_id", "code"], condition=~Q(owner_id=""), name="account_owner"),
            models.Index(fields=["entity", "role"], condition=~Q(role=""), name="account_role"),
            # Serves: a branch of the chart, and its top, by code. Posting asks for no account like that either.
            models.Index(fields=["parent", "code"], name="account_by_parent"),
            models.Index(fields=["entity", "code"], condition=Q(parent=None), name="account_top"),
            # Serves: which currencies are in use. Posting asks for no account like that, so that the planner cannot
            # take this index for everything before the first ANALYZE.
            models.Index(
                fields=["entity", "currency"], condition=Q(is_header=False, closed_at=None), name="account_in_use"
            ),
            # Serves: all accounts in a currency, those that are closed too; most books have few or none
            models.Index(
                fields=["entity", "currency"],
                condition=Q(is_header=False, closed_at__isnull=False),
                name="account_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


@bounded("debits", "credits", "held", "version", "normal_sign", "min_balance", "max_balance")
class Balance(models.Model):
    """What stands on an account now. One row each, changed only by the posting use case.

    `debits` and `credits` only grow; balance on the normal side = (debits - credits) x normal_sign;
    available = balance - held. `version` counts the postings. Limits are measured on the normal side, the lower
    one on what is available. `overridden` is set while a permitted journal has left the balance out of range.
    """

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="balance")
    debits = MoneyField(default=0)
    credits = MoneyField(default=0)
    held = MoneyField(default=0)
    version = models.BigIntegerField(default=0)
    normal_sign = models.SmallIntegerField()
    min_balance = MoneyField(null=True, blank=True)
    max_balance = MoneyField(null=True, blank=True)
    overridden = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                # PostgreSQL sorts NaN above every number, so an upper bound keeps it out too.
                condition=Q(debits__gte=0, credits__gte=0, held__gte=0)
                & Q(debits__lt=BEYOND, credits__lt=BEYOND, held__lt=BEYOND),
                name="balance_amounts_sane",
            ),
            models.CheckConstraint(condition=Q(normal_sign__in=[1, -1]), name="balance_normal_sign"),
            models.CheckConstraint(condition=Q(version__gte=0), name="balance_version_sane"),
            models.CheckConstraint(
                condition=Q(overridden=True)
                | Q(min_balance__isnull=True)
                | Q(min_balance__lte=(F("debits") - F("credits")) * F("normal_sign") - F("held")),
                name="balance_min",
            ),
            models.CheckConstraint(
                condition=Q(overridden=True)
                | Q(max_balance__isnull=True)
                | Q(max_balance__gte=(F("debits") - F("credits")) * F("normal_sign")),
                name="balance_max",
            ),
            models.CheckConstraint(
                condition=(Q(min_balance__isnull=True) | Q(min_balance__gt=-BEYOND, min_balance__lt=BEYOND))
                & (Q(max_balance__isnull=True) | Q(max_balance__gt=-BEYOND, max_balance__lt=BEYOND)),
                name="balance_limits_sane",
            ),
        ]
        indexes: ClassVar = [
            # Serves: what Home tells of limits that were passed by permission; seldom any
            models.Index(fields=["account"], condition=Q(overridden=True), name="balance_overridden"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}"
