"""Templates against their events: versions as they were drafted, and each step that made one active or retired it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from apps.operations.events import TemplateActivatedFact, TemplateDraftedFact, TemplateRetiredFact
from apps.operations.versioning.proof import check_versions
from apps.operations.versions import TEMPLATES
from ledgerflow.books.faults import Fault

FACTS = (TemplateDraftedFact, TemplateActivatedFact, TemplateRetiredFact)


def check_templates(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """All versions and steps of an entity."""
    return check_versions(connection, entity_id, TEMPLATES)
