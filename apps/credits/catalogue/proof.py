"""Applications against their events: versions as they were drafted, and what made one active or retired it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from apps.credits.catalogue.versions import APPLICATIONS
from apps.operations.versioning.proof import check_versions
from ledgerflow.books.faults import Fault

FACTS = (APPLICATIONS.drafted, APPLICATIONS.activated, APPLICATIONS.retired)


def check_applications(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """All versions and steps of an entity."""
    return check_versions(connection, entity_id, APPLICATIONS)
