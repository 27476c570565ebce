"""Tax codes; all of them history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from journals.taxes.kinds import (
    EXEMPT,
    INPUT,
    MAX_CODE,
    MAX_NAME,
    MOST_PERCENT,
    NONE,
    OUTPUT,
    RATE_DECIMALS,
    REVERSE_CHARGE,
)
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class TaxRate(models.Model):
    """A version of a tax code. On a day the newest version counts whose days it is among."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    code = models.CharField(max_length=MAX_CODE)
    version = models.BigIntegerField()
    name = models.CharField(max_length=MAX_NAME)
    kind = models.CharField(max_length=14)
    rate = models.DecimalField(max_digits=7, decimal_places=RATE_DECIMALS)
    account = models.ForeignKey(Account, models.PROTECT, null=True, db_index=False, related_name="+")
    deduct_account = models.ForeignKey(Account, models.PROTECT, null=True, db_index=False, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        verbose_name = "tax code"
        constraints: ClassVar = [
            # Serves: the versions of a code, too
            models.UniqueConstraint(fields=["entity", "code", "version"], name="tax_rate_version_once"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=MOST_PERCENT), name="tax_rate_sane"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="tax_dates_in_order"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[EXEMPT, NONE], rate=0, account__isnull=True, deduct_account__isnull=True)
                | Q(kind__in=[OUTPUT, INPUT], account__isnull=False, deduct_account__isnull=True)
                | Q(kind=REVERSE_CHARGE, account__isnull=False, deduct_account__isnull=False),
                name="tax_accounts_of_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.rate:f} %"
