"""Changes of the base currency: from a day on the books are kept in another currency, at a fixed rate."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.money import BEYOND
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class BaseChange(models.Model):
    """Insert-only: from `starts_on` on the base currency is `currency`; one unit of it is `rate` units of `before`."""

    pk = models.CompositePrimaryKey("entity_id", "starts_on")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="base_changes")
    starts_on = models.DateField()
    before = models.CharField(max_length=12)
    currency = models.CharField(max_length=12)
    rate = models.DecimalField(max_digits=28, decimal_places=12)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rate__gt=0, rate__lt=BEYOND), name="base_change_rate_positive"),
            models.CheckConstraint(condition=~Q(before=F("currency")), name="base_change_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} from {self.starts_on}"
