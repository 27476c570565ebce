"""Exceptions of reconciliation: differences that somebody must explain, and what became of each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR
from recon.statements.models import BankAccount, StatementLine


class CaseStatus(models.TextChoices):
    OPEN = "open"
    CHECKING = "checking"
    RESOLVED = "resolved"


class CaseKind(models.TextChoices):
    AMBIGUOUS = "ambiguous"
    DATE = "date"
    AMOUNT = "amount"
    MISSING_IN_BOOKS = "missing_in_books"
    MISSING_IN_BANK = "missing_in_bank"
    DUPLICATE = "duplicate"
    CURRENCY = "currency"
    CONTINUITY = "continuity"
    REVERSED = "reversed"


@bounded("amount")
class ReconException(models.Model):
    """A difference between a bank account and its account in the books. It is about one line or one posting of ours.

    `day` and `amount` are those of what it is about, `related` names other lines and postings that play a part.
    `owner` is who works on it, `reason` why it is there as people see it. It ages from its `day`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="exceptions"
    )
    number = models.BigIntegerField()  # counts the exceptions of a bank account
    kind = models.CharField(max_length=16, choices=CaseKind.choices)
    status = models.CharField(max_length=8, choices=CaseStatus.choices, default=CaseStatus.OPEN)
    line = models.ForeignKey(StatementLine, models.PROTECT, null=True, db_index=False, related_name="exceptions")
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    account_version = models.BigIntegerField(null=True)
    day = models.DateField()
    amount = MoneyField()
    related = models.JSONField(default=list)
    explanation = models.CharField(max_length=1000)
    owner = models.CharField(max_length=MAX_ACTOR, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    resolution = models.CharField(max_length=500, blank=True, default="")
    entries = models.IntegerField(default=1)
    event_sequence = models.BigIntegerField()  # of its opening
    changed_sequence = models.BigIntegerField()  # of the last event that changed it
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = "exception"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank_account", "number"], name="recon_exception_number_unique"),
            models.UniqueConstraint(
                fields=["line"],
                condition=~Q(status="resolved") & Q(line__isnull=False),
                name="recon_exception_of_line_once",
            ),
            models.UniqueConstraint(
                fields=["account", "account_version"],
                condition=~Q(status="resolved") & Q(account__isnull=False),
                name="recon_exception_of_posting_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="recon_exception_kind_known"),
            models.CheckConstraint(condition=Q(status__in=CaseStatus.values), name="recon_exception_status_known"),
        ]
        indexes: ClassVar = [
            # Serves: what is open, the oldest first
            models.Index(
                fields=["bank_account", "day", "number"], condition=~Q(status="resolved"), name="recon_exception_open"
            ),
        ]

    def __str__(self) -> str:
        return f"Exception {self.number}"
