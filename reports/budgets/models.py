"""Lines of budgets; all of it history: the newest line of an account, a period and a value is in force."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField


@bounded()
class BudgetLine(models.Model):
    """What is budgeted for an account over a period, perhaps for one value of a dimension ("" where for none).

    What the account is to move: assets and expenses debit positive, all else credit positive. Zero takes a line back.
    """

    pk = models.CompositePrimaryKey("entity_id", "event_sequence", "line")
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    event_sequence = models.BigIntegerField()
    line = models.PositiveIntegerField()
    version = models.CharField(max_length=40)
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    currency = models.CharField(max_length=12)
    starts_on = models.DateField()
    ends_on = models.DateField()
    dimension = models.CharField(max_length=40)
    value = models.CharField(max_length=100)
    amount = MoneyField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts_on__lte=models.F("ends_on")), name="budget_line_dates_in_order"),
            models.CheckConstraint(
                condition=Q(dimension="", value="") | ~(Q(dimension="") | Q(value="")), name="budget_line_value_whole"
            ),
        ]
        indexes: ClassVar = [
            # Serves: the lines of a budget in force
            models.Index(
                fields=["entity", "version", "account", "starts_on", "ends_on", "dimension", "value", "event_sequence"],
                name="budget_line_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.amount:f} from {self.starts_on} to {self.ends_on}"
