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
from recon.statements.models import BankAccount, Statement, StatementLine

MAX_EXPLANATION = 1000
MAX_REASON = 500
MAX_NOTE = 500


class CaseStatus(models.TextChoices):
    OPEN = "open"
    CHECKING = "checking"
    RESOLVED = "resolved"


class CaseKind(models.TextChoices):
    AMBIGUOUS = "ambiguous"
    DATE = "date"
    AMOUNT = "amount"
    MISSING_IN_BOOKS = "missing_in_books", "Missing in books"
    MISSING_IN_BANK = "missing_in_bank", "Missing in bank"
    DUPLICATE = "duplicate"
    CURRENCY = "currency"
    CONTINUITY = "continuity"
    REVERSED = "reversed"


class Resolution(models.TextChoices):
    """Why an exception is closed. The first two are found by the machine, and the others are a person's word."""

    MATCHED = "matched"
    GONE = "gone"
    ACCEPTED = "accepted"
    WRITTEN_OFF = "written_off", "Written off"
    POSTED = "posted"
    DUPLICATE = "duplicate"
    BANK_MISTAKE = "bank_mistake", "Bank mistake"
    OUR_MISTAKE = "our_mistake", "Our mistake"
    OPENING = "opening", "Part of the opening balance"


BY_THE_MACHINE = (Resolution.MATCHED, Resolution.GONE)


@bounded()
class ReconException(models.Model):
    """A difference between a bank account and its account in the books: of a line, a posting, both, or a statement.

    A posting is known by its account and that account's version. `day` and `amount` are those of what it is about,
    `related` names others that play a part. `owner` is who works on it, `reason` why it is there as people see it, and
    `note` says more of its resolution. It ages from its `day`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="exceptions"
    )
    number = models.BigIntegerField()  # counts the exceptions of a bank account
    kind = models.CharField(max_length=16, choices=CaseKind.choices)
    status = models.CharField(max_length=8, choices=CaseStatus.choices, default=CaseStatus.OPEN)
    line = models.ForeignKey(
        StatementLine, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="exceptions"
    )
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    account_version = models.BigIntegerField(null=True)
    statement = models.ForeignKey(
        Statement, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="exceptions"
    )
    day = models.DateField()
    amount = MoneyField()
    related = models.JSONField(default=list)
    explanation = models.CharField(max_length=MAX_EXPLANATION)
    owner = models.CharField(max_length=MAX_ACTOR, blank=True, default="")
    reason = models.CharField(max_length=MAX_REASON, blank=True, default="")
    resolution = models.CharField(max_length=12, choices=Resolution.choices, blank=True, default="")
    note = models.CharField(max_length=MAX_NOTE, blank=True, default="")
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
            models.UniqueConstraint(
                fields=["statement"],
                condition=~Q(status="resolved") & Q(statement__isnull=False),
                name="recon_exception_of_statement_once",
            ),
            models.CheckConstraint(
                condition=Q(account__isnull=True, account_version__isnull=True)
                | Q(account__isnull=False, account_version__isnull=False),
                name="recon_exception_posting_whole",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False) | Q(account__isnull=False) | Q(statement__isnull=False),
                name="recon_exception_about_something",
            ),
            models.CheckConstraint(
                condition=Q(status="resolved", resolution__in=Resolution.values)
                | (~Q(status="resolved") & Q(resolution="")),
                name="recon_exception_resolution_known",
            ),
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="recon_exception_kind_known"),
            models.CheckConstraint(condition=Q(status__in=CaseStatus.values), name="recon_exception_status_known"),
        ]
        indexes: ClassVar = [
            # Serves: GET /api/recon/exceptions, and the list in the admin
            models.Index(fields=["entity", "day", "id"], name="recon_exception_by_day"),
            # Serves: what somebody has said of a line or a posting before
            models.Index(fields=["line", "number"], condition=Q(line__isnull=False), name="recon_exception_of_line"),
            models.Index(
                fields=["account", "account_version", "number"],
                condition=Q(account__isnull=False),
                name="recon_exception_of_posting",
            ),
            # Serves: what is open, the oldest first
            models.Index(
                fields=["bank_account", "day", "number"], condition=~Q(status="resolved"), name="recon_exception_open"
            ),
        ]

    def __str__(self) -> str:
        return f"Exception {self.number}"
