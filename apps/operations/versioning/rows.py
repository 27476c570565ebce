"""The columns of versions, and of the steps by which one becomes active or is retired. All of it is history."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import models
from django.db.models import Q

from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR

DRAFT, ACTIVE, RETIRED = "draft", "active", "retired"
STATUSES = (DRAFT, ACTIVE, RETIRED)
MAX_CODE = 40
# Of a step: active by a proposal, or retired by one person.
STEP_IS_ONE_OF_TWO = Q(status=ACTIVE, proposal_id__isnull=False) | Q(status=RETIRED, proposal_id__isnull=True)
HAS_PROPOSAL = Q(proposal_id__isnull=False)


class VersionRow(models.Model):
    """A version of something: its definition never changes. The thing itself is its versions of one code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    code = models.CharField(max_length=MAX_CODE)
    number = models.IntegerField()
    definition = models.TextField()  # canonical JSON
    digest = models.CharField(max_length=64)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code}, version {self.number}"

    def read(self) -> msgspec.Struct:
        """The definition back as a struct."""
        raise NotImplementedError


class StepRow(models.Model):
    """A version became active, or was retired. Of one code the last step counts: it is active or there is none."""

    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    code = models.CharField(max_length=MAX_CODE)
    event_sequence = models.BigIntegerField()
    number = models.IntegerField()
    status = models.CharField(max_length=7)
    proposal_id = models.UUIDField(null=True)  # that carried an activation out
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.number} {self.status}"


def status_of(row: Any) -> str:
    """The status of a version that was read with it (`Versions.with_status`)."""
    return str(row.status)
