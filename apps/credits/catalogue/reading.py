"""Which applications are in force in the books of an entity, wherever they are defined."""

from __future__ import annotations

from uuid import UUID

from apps.credits.catalogue.describing import ApplicationDescription, described
from apps.credits.catalogue.errors import ApplicationNotFound
from apps.credits.catalogue.versions import APPLICATIONS
from apps.credits.definitions import MAX_NAME
from apps.credits.registry import applications_of, is_in_settings


def described_applications(entity_id: UUID) -> list[ApplicationDescription]:
    """All of them by name."""
    numbers = dict(APPLICATIONS.active(entity_id).values_list("code", "number"))
    found = sorted(applications_of(entity_id).items())
    return [
        described(one, "settings", None) if is_in_settings(name) else described(one, "books", numbers.get(name))
        for name, one in found
    ]


def described_application(entity_id: UUID, name: str) -> ApplicationDescription:
    """One of them. Raises `ApplicationNotFound`."""
    for one in described_applications(entity_id):
        if one.name == name:
            return one
    raise ApplicationNotFound(application=name[:MAX_NAME])
