"""Rules, and matches. What is only suggested decides nothing: the next run makes it anew."""

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


class MatchStatus(models.TextChoices):
    CONFIRMED = "confirmed"
    UNMATCHED = "unmatched"


class Side(models.TextChoices):
    BANK = "bank"
    BOOKS = "books"


@bounded()
class MatchRules(models.Model):
    """The rules of an entity or of one bank account of it, as a whole: each change is a version more.

    `rules` are those of the pure engine, as a list of objects in their order. A bank account without rules of its own
    takes those of its entity, and an entity without any the default.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="match_rules"
    )
    version = models.BigIntegerField()
    rules = models.JSONField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "bank_account", "version"], nulls_distinct=False, name="match_rules_version_unique"
            ),
        ]
        verbose_name_plural = "match rules"

    def __str__(self) -> str:
        return f"Rules {self.version}"


@bounded("score")
class Match(models.Model):
    """A tie between lines of a bank account and postings of its account, made by a rule or by a person.

    `number` counts the matches of a bank account. The bank's sum less ours is `residual`: not zero only where a rule
    tolerates it, and then it is an item that stays listed. `parts` add up to `score`; both are null by hand.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="matches"
    )
    number = models.BigIntegerField()
    status = models.CharField(max_length=9, choices=MatchStatus.choices, default=MatchStatus.CONFIRMED)
    rule = models.CharField(max_length=40)  # its code; "manual" by hand, "posted" where the difference was posted
    rules_version = models.BigIntegerField(null=True)
    score = models.SmallIntegerField(null=True)
    parts = models.JSONField(null=True)
    residual = MoneyField()
    explanation = models.CharField(max_length=1000)
    journal = models.ForeignKey(  # that was posted with it
        "journals.Journal", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    event_sequence = models.BigIntegerField()  # of its confirmation
    changed_sequence = models.BigIntegerField()  # of the last event that changed it
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        verbose_name_plural = "matches"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank_account", "number"], name="match_number_unique"),
            models.UniqueConstraint(fields=["id", "bank_account"], name="match_of_bank_account"),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__range=(0, 100)), name="match_score_sane"),
            models.CheckConstraint(condition=Q(status__in=MatchStatus.values), name="match_status_known"),
        ]
        indexes: ClassVar = [
            # Serves: the list of matches, the newest first
            models.Index(fields=["bank_account", "event_sequence"], name="match_by_event"),
        ]

    def __str__(self) -> str:
        return f"Match {self.number}"


@bounded("amount")
class MatchItem(models.Model):
    """A line of the bank or a posting of ours in a match. A posting is known by its account and that account's version.

    `is_active` ends with its match: each line and each posting is in at most one match that stands.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    match = models.ForeignKey(Match, models.PROTECT, db_constraint=False, db_index=False, related_name="items")
    bank_account = models.ForeignKey(BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    side = models.CharField(max_length=5, choices=Side.choices)
    line = models.ForeignKey(
        StatementLine, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="match_items"
    )
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    account_version = models.BigIntegerField(null=True)
    day = models.DateField()
    amount = MoneyField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(is_active=True, line__isnull=False), name="match_line_once"
            ),
            models.UniqueConstraint(
                fields=["account", "account_version"],
                condition=Q(is_active=True, account__isnull=False),
                name="match_posting_once",
            ),
            models.CheckConstraint(
                condition=Q(side="bank", line__isnull=False, account__isnull=True, account_version__isnull=True)
                | Q(side="books", line__isnull=True, account__isnull=False, account_version__isnull=False),
                name="match_item_is_line_or_posting",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["match"], name="match_item_of_match"),
            # Serves: what is outstanding at a date
            models.Index(fields=["bank_account", "day"], condition=Q(is_active=True), name="match_item_by_day"),
        ]

    def __str__(self) -> str:
        return str(self.line_id or f"{self.account_id}/{self.account_version}")


@bounded()
class MatchSuggestion(models.Model):
    """What the last run found and left to a person. A run replaces those of its bank account; nothing follows from it.

    `lines` are ids as texts and `postings` versions of the account as texts, in their order, as runs know them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="match_suggestions"
    )
    place = models.IntegerField()  # the best first
    lines = models.JSONField()
    postings = models.JSONField()
    rule = models.CharField(max_length=40)
    rules_version = models.BigIntegerField(null=True)
    score = models.SmallIntegerField()
    parts = models.JSONField()
    residual = MoneyField()
    explanation = models.CharField(max_length=1000)
    reason = models.CharField(max_length=500)

    class Meta:
        indexes: ClassVar = [
            # Serves: the list of suggestions, and taking away those of items that have their match
            models.Index(fields=["bank_account", "place"], name="match_suggestion_by_place"),
        ]

    def __str__(self) -> str:
        return f"Suggestion {self.place}"


@bounded()
class MatchRejection(models.Model):
    """Items that a person said do not belong together: no run puts them together again, by hand anybody may."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, db_constraint=False, db_index=False, related_name="match_rejections"
    )
    lines = models.JSONField()
    postings = models.JSONField()
    reason = models.CharField(max_length=500)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        indexes: ClassVar = [
            # Serves: what a run leaves out, and what was rejected since it began
            models.Index(fields=["bank_account", "event_sequence"], name="match_rejection_by_event"),
        ]

    def __str__(self) -> str:
        return f"Rejection of {', '.join(map(str, self.lines))}"
