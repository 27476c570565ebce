"""What another party says of an account of ours: statements, and their lines."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import BEYOND, ZERO
from ledgerflow.core.texts import MAX_ACTOR


class Status(models.TextChoices):
    IMPORTED = "imported"
    UNDONE = "undone"


@bounded()
class BankAccount(models.Model):
    """An account of ours of which somebody else keeps statements: a bank, a payment processor, another system.

    `identifier` is what files call it (an IBAN or a number); a file that names another one is refused. `column_map` is
    how its CSV files are read (`ColumnMap.to_dict`), and null where it sends none. `currency` is that of the account.
    `mirror` is another account of ours: then its postings, with the sign turned, are the lines, and no files come.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    account = models.OneToOneField(Account, models.PROTECT, db_constraint=False, related_name="bank_account")
    currency = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    identifier = models.CharField(max_length=100, blank=True, default="")
    column_map = models.JSONField(null=True, blank=True)
    mirror = models.ForeignKey(
        Account, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="mirrored_by"
    )
    event_sequence = models.BigIntegerField()  # of the last change
    updated_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            # Targets of foreign keys: what belongs to a bank account is in its entity, and a statement in its currency.
            models.UniqueConstraint(fields=["id", "entity"], name="bank_account_of_entity"),
            models.UniqueConstraint(fields=["id", "entity", "currency"], name="bank_account_in_currency"),
            models.UniqueConstraint(
                fields=["entity", "identifier"], condition=~Q(identifier=""), name="bank_account_identifier_unique"
            ),
            models.CheckConstraint(
                condition=Q(mirror__isnull=True) | (~Q(mirror=F("account")) & Q(column_map__isnull=True)),
                name="bank_account_mirrors_another",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@bounded()
class Statement(models.Model):
    """A statement of one bank account as a file had it. Amounts are signed as we see them: money in is positive.

    `number` counts the statements of a bank account. One without balances is not proven, until somebody states them and
    the lines add up. `place` is its place among the statements of its file. An undone one stays, and counts no more.

    `line_count` and `lines_total` are those of all its lines in the file, which prove it. `seen_count` and `seen_total`
    are those of them that were there already, from a file that it overlaps, and are stored once: the lines stored with
    it are the rest.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="statements"
    )
    number = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.IMPORTED)
    format = models.CharField(max_length=10)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    place = models.IntegerField()
    label = models.CharField(max_length=100, blank=True, default="")  # the number that the bank gave it
    currency = models.CharField(max_length=12)
    first_day = models.DateField(null=True)  # of its lines
    last_day = models.DateField(null=True)
    opening_day = models.DateField(null=True)
    opening_balance = MoneyField(null=True)
    closing_day = models.DateField(null=True)
    closing_balance = MoneyField(null=True)
    is_proven = models.BooleanField()
    line_count = models.IntegerField()
    lines_total = MoneyField()
    seen_count = models.IntegerField(default=0)
    seen_total = MoneyField(default=ZERO)
    lines_sha256 = models.BinaryField(max_length=32)  # over the content of the lines stored with it, in their order
    event_sequence = models.BigIntegerField()  # of its import
    changed_sequence = models.BigIntegerField()  # of the last event that changed it
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank_account", "number"], name="statement_number_unique"),
            models.UniqueConstraint(
                fields=["bank_account", "file_sha256", "place"],
                condition=Q(status="imported"),
                name="statement_file_unique",
            ),
            # Serves the list of statements too: each has an event of its own.
            models.UniqueConstraint(fields=["entity", "event_sequence"], name="statement_event_unique"),
            # Target of the lines' foreign key.
            models.UniqueConstraint(fields=["id", "bank_account", "entity", "currency"], name="statement_in_currency"),
            models.CheckConstraint(
                condition=Q(is_proven=False)
                | Q(opening_balance__isnull=False, closing_balance=F("opening_balance") + F("lines_total")),
                name="statement_proven_adds_up",
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="statement_status_known"),
            models.CheckConstraint(condition=Q(seen_count__lte=F("line_count")), name="statement_seen_is_part"),
        ]
        indexes: ClassVar = [
            # Serves: continuity, the statement at a date, the list of a bank account's statements
            models.Index(fields=["bank_account", "closing_day", "number"], name="statement_by_day"),
        ]

    def __str__(self) -> str:
        return f"Statement {self.number}"


@bounded()
class StatementLine(models.Model):
    """A line of a statement, or a part of one that was split; amounts signed as we see them.

    A line that was split (`is_split`) is matched no more, its parts are: they have its `parent` and add up to it. When
    it is joined again, its parts are undone. `fingerprint` tells a line that comes a second time
    (`parsers.fingerprints`); a part has none of its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="lines"
    )
    statement = models.ForeignKey(Statement, models.PROTECT, db_constraint=False, db_index=False, related_name="lines")
    number = models.IntegerField()  # from 1 in its statement; a part has that of its parent
    part = models.IntegerField(default=0)  # 0 a line, from 1 the parts of one
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="parts"
    )
    is_split = models.BooleanField(default=False)
    is_undone = models.BooleanField(default=False)  # with its statement, and a part also when its line is joined
    booking_date = models.DateField()
    value_date = models.DateField(null=True)
    amount = MoneyField()
    currency = models.CharField(max_length=12)
    bank_reference = models.CharField(max_length=200, blank=True, default="")
    end_to_end = models.CharField(max_length=200, blank=True, default="")
    customer_reference = models.CharField(max_length=200, blank=True, default="")
    counterparty = models.CharField(max_length=200, blank=True, default="")
    iban = models.CharField(max_length=64, blank=True, default="")
    text = models.CharField(max_length=2000, blank=True, default="")
    raw = models.TextField(blank=True, default="")
    fingerprint = models.CharField(max_length=64, null=True)  # noqa: DJ001 - parts have none, and are unique all the same
    changed_sequence = models.BigIntegerField(null=True)  # of the last event that split or joined it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "number", "part"], name="statement_line_unique"),
            models.UniqueConstraint(
                fields=["bank_account", "fingerprint"],
                condition=Q(is_undone=False, fingerprint__isnull=False),
                name="statement_line_fingerprint_unique",
            ),
            # Target of foreign keys; in this order it serves the list of a bank account's lines as well.
            models.UniqueConstraint(fields=["bank_account", "id"], name="statement_line_of_bank_account"),
            models.CheckConstraint(
                condition=~Q(amount=0) & Q(amount__gt=-BEYOND, amount__lt=BEYOND), name="statement_line_amount_sane"
            ),
            models.CheckConstraint(
                condition=Q(part=0, parent__isnull=True, fingerprint__isnull=False)
                | Q(part__gte=1, parent__isnull=False, fingerprint__isnull=True),
                name="statement_line_part_has_parent",
            ),
            models.CheckConstraint(condition=Q(part=0) | Q(is_split=False), name="statement_line_split_once"),
        ]
        indexes: ClassVar = [
            # Serves: what is to be matched, what is outstanding at a date
            models.Index(
                fields=["bank_account", "booking_date", "number"],
                condition=Q(is_split=False, is_undone=False),
                name="statement_line_by_day",
            ),
            # Serves: finding the lines of an IBAN
            models.Index(fields=["entity", "iban"], condition=~Q(iban=""), name="statement_line_by_iban"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="statement_line_of_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.number}"
