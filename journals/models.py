"""Journals and their postings, totals per day, and what cuts days off."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from accounts.models import Account
from journals.drafts import MAX_LINES
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.money import BEYOND
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class JournalKind(models.Model):
    """A kind that some room declares in its `plugin.py`. `migrate` writes the rows, and nothing changes them.

    No foreign key of journals refers to it: every journal of every entity would lock the same few rows. The guard of
    journals looks here once a statement.
    """

    name = models.CharField(primary_key=True, max_length=20)
    passes_freeze = models.BooleanField()  # posts to a frozen account too
    into_closing_day = models.BooleanField()  # is dated into a day that is cut off and not closed yet

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    """The kinds of the journals themselves; the registry knows those of all rooms (`ledgerflow.core.plugins`)."""

    TRANSFER = "transfer"
    MANUAL = "manual"
    REVERSAL = "reversal"
    OPENING = "opening"
    HOLD_CAPTURE = "hold_capture", "Hold capture"
    ACCRUAL = "accrual"
    RECURRING = "recurring"
    CLOSING = "closing"
    IMPORTED = "imported"


class Layer(models.TextChoices):
    ORDINARY = "ordinary"
    ADJUSTMENT = "adjustment"
    CLOSING = "closing"


@bounded("number", "event_sequence", "effective_date", "original_date", "recorded_at")
class Journal(models.Model):
    """One balanced, immutable entry in the books. Triggers refuse everything else, whoever writes."""

    id = models.UUIDField(primary_key=True, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="journals")
    number = models.BigIntegerField()
    event_sequence = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    layer = models.CharField(max_length=10)
    effective_date = models.DateField()
    original_date = models.DateField(null=True)  # the date asked for, where a rule of the calendar moved it
    recorded_at = models.DateTimeField()
    description = models.CharField(max_length=500)
    external_reference = models.CharField(max_length=200)
    metadata = models.JSONField(null=True)
    actor = models.CharField(max_length=MAX_ACTOR)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="reversals"
    )
    template = models.CharField(max_length=40, null=True)  # noqa: DJ001 - \N costs COPY less than an empty text

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "number"], name="journal_number_unique"),
            models.CheckConstraint(condition=Q(layer__in=Layer.values), name="journal_layer_known"),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="journal_reversed_once"
            ),
            models.CheckConstraint(condition=~Q(reverses=models.F("id")), name="journal_not_its_own_reversal"),
        ]
        indexes: ClassVar = [
            # Serves: GET /api/journals?from=&to=, newest first
            models.Index(fields=["entity", "effective_date", "number"], name="journal_by_date"),
            # Serves: journals of a rare kind, which would otherwise be looked for among all transfers
            models.Index(
                fields=["entity", "kind", "number"],
                condition=~Q(kind__in=["transfer", "manual"]),
                name="journal_by_kind",
            ),
            # Serves: GET /api/journals?external_reference=
            models.Index(
                fields=["entity", "external_reference"],
                condition=~Q(external_reference=""),
                name="journal_by_reference",
            ),
            # Serves: GET /api/journals?template=, newest first
            models.Index(
                fields=["entity", "template", "effective_date", "number"],
                condition=Q(template__isnull=False),
                name="journal_by_template",
            ),
        ]

    def __str__(self) -> str:
        return f"Journal {self.number}"


@bounded("line", "amount", "effective_date", "account_version", "balance_after", "event_sequence")
class Posting(models.Model):
    """One line of a journal. `amount` is signed: debit positive, credit negative.

    `account_version` is 1 for the account's first posting, 2 for the second …; `balance_after` is debits - credits
    of the account after this line, in recorded order.
    """

    pk = models.CompositePrimaryKey("journal_id", "line")
    journal = models.ForeignKey(Journal, models.PROTECT, db_constraint=False, db_index=False, related_name="postings")
    line = models.SmallIntegerField()
    entity_id = models.UUIDField()
    account = models.ForeignKey(Account, models.PROTECT, db_constraint=False, db_index=False, related_name="postings")
    currency = models.CharField(max_length=12)
    amount = MoneyField()
    effective_date = models.DateField()
    account_version = models.BigIntegerField()
    balance_after = MoneyField()
    event_sequence = models.BigIntegerField()
    description = models.CharField(max_length=500)
    dimensions = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "account_version"], name="posting_account_version_unique"),
            models.CheckConstraint(
                # PostgreSQL sorts NaN above every number, so the upper bound keeps it out too.
                condition=~Q(amount=0) & Q(amount__gt=-BEYOND, amount__lt=BEYOND),
                name="posting_amount_sane",
            ),
            models.CheckConstraint(condition=Q(line__gte=1, line__lte=MAX_LINES), name="posting_line_in_range"),
        ]
        indexes: ClassVar = [
            # Serves: registers and journals of an account between two dates
            models.Index(fields=["account", "effective_date", "account_version"], name="posting_by_date"),
            # Serves: journals by cost centre, project …
            GinIndex(
                fields=["dimensions"],
                opclasses=["jsonb_path_ops"],
                name="posting_by_dimension",
                condition=Q(dimensions__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.journal_id}/{self.line}"


@bounded("effective_date", "part", "debits", "credits", "count")
class DayTotal(models.Model):
    """Debits and credits of an account for one effective date and layer, in parts by when they came in.

    A part holds 256 versions of the account: what was known at an event is its whole parts before that event, and at
    most 255 postings, however many there are.
    """

    pk = models.CompositePrimaryKey("account_id", "effective_date", "layer", "part")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="day_totals")
    effective_date = models.DateField()
    layer = models.CharField(max_length=10)
    part = models.IntegerField()  # account_version // 256
    debits = MoneyField()
    credits = MoneyField()
    count = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            # Serves: adjustments and closing entries, which no daily snapshot holds
            models.Index(
                fields=["account", "effective_date"], condition=~Q(layer="ordinary"), name="day_total_other_layers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.effective_date}"
