"""Versions of templates and what became of each; all of it history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.operations.definitions import Definition, decode
from apps.operations.versioning.rows import (
    ACTIVE,
    DRAFT,
    HAS_PROPOSAL,
    RETIRED,
    STEP_IS_ONE_OF_TWO,
    StepRow,
    VersionRow,
)
from ledgerflow.core.bounds import bounded

__all__ = ["ACTIVE", "DRAFT", "RETIRED", "TemplateStep", "TemplateVersion"]


@bounded()
class TemplateVersion(VersionRow):
    """A version of a template: its definition never changes. A template is its versions of one code."""

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

    def read(self) -> Definition:
        return decode(self.definition)


@bounded()
class TemplateStep(StepRow):
    """A version became active, or was retired. Of a template the last step counts: it is active or there is none."""

    pk = models.CompositePrimaryKey("entity_id", "code", "event_sequence")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=STEP_IS_ONE_OF_TWO, name="template_step_status"),
            # Serves: whether a proposal is carried out
            models.UniqueConstraint(fields=["proposal_id"], condition=HAS_PROPOSAL, name="template_step_of_proposal"),
        ]
