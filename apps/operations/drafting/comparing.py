"""How a version differs from another one of its template; without a choice, from the one it would take the place of."""

from __future__ import annotations

from typing import NamedTuple

from apps.operations.differences import differences
from apps.operations.models import TemplateVersion
from apps.operations.versions import active_version, version_in, versions_of


class Comparison(NamedTuple):
    """What a version was compared with, None where its template has no other, and where the two differ."""

    other: TemplateVersion | None
    differences: list[dict[str, str]]


def compare(version: TemplateVersion, number: int | None = None) -> Comparison:
    """Compare with version `number`; without one with the active version, and the active one with the one before it.

    Raises `VersionNotFound`.
    """
    other = _before(version) if number is None else version_in(version.entity_id, version.code, number)
    return Comparison(other, differences(None if other is None else other.read(), version.read()))


def _before(version: TemplateVersion) -> TemplateVersion | None:
    active = active_version(version.entity_id, version.code)
    if active is not None and active.number != version.number:
        return active
    rows = versions_of(version.entity_id).filter(code=version.code, number__lt=version.number)
    return rows.order_by("-number").first()
