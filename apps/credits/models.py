"""Turns, notices and applications that are kept in the books: all of it is history, but for how far was looked.

A turn is that an owner has had an operation which is due once in a period, a notice what of a wallet was told.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
from django.db import models
from django.db.models import Q

from accounts.models import Account
from apps.credits.definitions import MAX_NAME, MAX_OWNER
from apps.credits.files import ApplicationFile
from apps.operations.versioning.rows import HAS_PROPOSAL, STEP_IS_ONE_OF_TWO, StepRow, VersionRow
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR


@bounded()
class Turn(models.Model):
    """An owner has had an operation in a period: "ever", a business date or a month. A reversal leaves it taken."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    owner_id = models.CharField(max_length=MAX_OWNER)
    application = models.CharField(max_length=MAX_NAME)
    operation = models.CharField(max_length=MAX_NAME)
    period = models.CharField(max_length=10)
    # None for an event without a journal. The journal is written by COPY in the same transaction.
    journal = models.ForeignKey(
        "journals.Journal", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="turns"
    )
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        db_table = "credits_turn"
        constraints: ClassVar = [
            # Serves: deciding who was first. It is this row, and not a look before it is written.
            models.UniqueConstraint(
                fields=["entity", "owner_id", "application", "operation", "period"], name="credit_turn_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.operation} {self.period}"


class Wallet(Account):
    """An owner's wallet, as the admin lists owners."""

    class Meta:
        proxy = True
        verbose_name = "owner"
        permissions: ClassVar = [
            ("run_operation", "Can run operations on credits, and propose and approve those that take two people"),
        ]


class NoticeKind(models.TextChoices):
    LOW = "low"
    EXPIRING = "expiring"
    EXPIRED = "expired"


@bounded()
class Notice(models.Model):
    """Something of a wallet was told, once.

    Its balance fell below `threshold` at its version `place`, to `amount` on `day`; or the lot that arrived as number
    `place` has `threshold` days or fewer until its last one, `day`, and `amount` is left; or `amount` has expired on
    `day`, in journals up to the event `place`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=8, choices=NoticeKind.choices)
    threshold = MoneyField()
    place = models.BigIntegerField()
    day = models.DateField()
    amount = MoneyField()
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        db_table = "credits_notice"
        constraints: ClassVar = [
            # Serves: telling it once, whoever looks; and what was told of a wallet before.
            models.UniqueConstraint(fields=["account", "kind", "threshold", "place"], name="credit_notice_once"),
            models.CheckConstraint(condition=models.Q(kind__in=NoticeKind.values), name="credit_notice_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.place}"


@bounded()
class Watch(models.Model):
    """The last event of an entity that was looked at for balances that fell: the next look goes on from here."""

    entity = models.OneToOneField(Entity, models.PROTECT, primary_key=True, related_name="+")
    sequence = models.BigIntegerField()

    class Meta:
        db_table = "credits_watch"

    def __str__(self) -> str:
        return f"{self.entity_id} {self.sequence}"


@bounded()
class ApplicationVersion(VersionRow):
    """A version of an application: its operations never change. An application is its versions of one name."""

    class Meta:
        constraints: ClassVar = [
            # Serves: a version by its number, and the list of applications
            models.UniqueConstraint(fields=["entity", "code", "number"], name="application_version_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="application_version_positive"),
        ]
        permissions: ClassVar = [
            ("activate_application", "Can draft, propose and approve versions of an application, and retire one"),
        ]

    def read(self) -> ApplicationFile:
        return msgspec.json.decode(self.definition, type=ApplicationFile)


@bounded()
class ApplicationStep(StepRow):
    """A version became active, or was retired. Of an application the last step counts."""

    pk = models.CompositePrimaryKey("entity_id", "code", "event_sequence")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=STEP_IS_ONE_OF_TWO, name="application_step_status"),
            # Serves: whether a proposal is carried out
            models.UniqueConstraint(
                fields=["proposal_id"], condition=HAS_PROPOSAL, name="application_step_of_proposal"
            ),
        ]
