"""Versions of templates and what became of each; all of it history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.operations.definitions import MAX_TEMPLATE_CODE, Definition, decode
from ledgerflow.books.models import Entity
from ledgerflow.core.bounds import bounded
from ledgerflow.core.ids import uuid7
from ledgerflow.core.texts import MAX_ACTOR

DRAFT, ACTIVE, RETIRED = "draft", "active", "retired"


@bounded()
class TemplateVersion(models.Model):
    """A version of a template: its definition never changes. A template is its versions of one code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    code = models.CharField(max_length=MAX_TEMPLATE_CODE)
    number = models.IntegerField()
    definition = models.TextField()  # canonical JSON
    digest = models.CharField(max_length=64)
    event_sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            # Serves: a version by its number, and the list of templates
            models.UniqueConstraint(fields=["entity", "code", "number"], name="template_version_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="template_version_positive"),
        ]
        permissions: ClassVar = [
            ("activate_template", "Can propose and approve to activate a version of a template, and retire one"),
            ("propose_operation", "Can propose and approve an operation that takes two people"),
        ]

    def __str__(self) -> str:
        return f"{self.code}, version {self.number}"

    def read(self) -> Definition:
        return decode(self.definition)


@bounded()
class TemplateStep(models.Model):
    """A version became active, or was retired. Of a template the last step counts: it is active or there is none."""

    pk = models.CompositePrimaryKey("entity_id", "code", "event_sequence")
    entity = models.ForeignKey(Entity, models.PROTECT, db_index=False, related_name="+")
    code = models.CharField(max_length=MAX_TEMPLATE_CODE)
    event_sequence = models.BigIntegerField()
    number = models.IntegerField()
    status = models.CharField(max_length=7)
    proposal_id = models.UUIDField(null=True)  # that carried an activation out
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=MAX_ACTOR)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status=ACTIVE, proposal_id__isnull=False) | Q(status=RETIRED, proposal_id__isnull=True),
                name="template_step_status",
            ),
            # Serves: whether a proposal is carried out
            models.UniqueConstraint(
                fields=["proposal_id"], condition=Q(proposal_id__isnull=False), name="template_step_of_proposal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number} {self.status}"
