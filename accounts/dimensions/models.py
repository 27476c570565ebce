"""Values declared for dimensions, which dimensions take only these, and which an account requires."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.dimensions.specs import LONGEST_TERMS, PARTY, PARTY_KINDS
from accounts.models import Account
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7

PARTY_COLUMNS_EMPTY = Q(tax_id="", reference="", country="", payment_terms_days__isnull=True, party_kind="")


@bounded()
class Dimension(models.Model):
    """How a dimension of an entity is used. Without a row it takes any value."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    name = models.CharField(max_length=40)
    is_list = models.BooleanField()  # it takes declared values only
    revision = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            # Serves: posting, which looks for the lists of the entity
            models.UniqueConstraint(fields=["entity", "name"], name="dimension_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


@bounded()
class DimensionValue(models.Model):
    """A value that lines may carry: a cost centre, a project, a party. Entity, dimension and code never change.

    The columns from `tax_id` on are the register of parties: those of other dimensions leave them empty. A parent is of
    the same dimension, and a report of it takes in the values below.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    dimension = models.CharField(max_length=40)
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False, related_name="children"
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    closed = models.BooleanField(default=False)
    tax_id = models.CharField(max_length=50, blank=True, default="")
    reference = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    payment_terms_days = models.IntegerField(null=True, blank=True)
    party_kind = models.CharField(max_length=8, blank=True, default="", choices=[(one, one) for one in PARTY_KINDS])
    revision = models.BigIntegerField()  # the event sequence of its last change: the ETag

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "dimension", "code"], name="dimension_value_code_unique"),
            models.UniqueConstraint(fields=["entity", "dimension", "id"], name="dimension_value_parent_target"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="dimension_value_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="dimension_value_validity",
            ),
            models.CheckConstraint(
                condition=Q(dimension=PARTY) | PARTY_COLUMNS_EMPTY, name="dimension_value_party_columns"
            ),
            models.CheckConstraint(
                condition=Q(party_kind__in=["", *PARTY_KINDS])
                & (Q(payment_terms_days__isnull=True) | Q(payment_terms_days__lte=LONGEST_TERMS)),
                name="dimension_value_party_sane",
            ),
        ]
        indexes: ClassVar = [
            # Serves: the values below one
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="dimension_value_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


@bounded()
class AccountDimensions(models.Model):
    """The dimensions that each line on an account has to carry. Without a row: none."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="account_dimensions")
    entity = models.ForeignKey(Entity, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    required = models.JSONField(default=list)
    revision = models.BigIntegerField()

    class Meta:
        verbose_name = "required dimension"
        indexes: ClassVar = [
            # Serves: posting, which looks whether any account of the entity requires something
            models.Index(fields=["entity"], name="account_dimensions_of_entity"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {', '.join(self.required)}"
