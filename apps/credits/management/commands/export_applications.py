"""`manage.py export_applications --entity X`: the applications of an entity as TOML, for `apply_applications`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.credits.catalogue.files import write_applications
from apps.credits.catalogue.versions import APPLICATIONS
from apps.credits.models import ApplicationVersion
from apps.operations.versioning.commands import ExportingVersions


class Command(ExportingVersions):
    help = (
        "Write the active applications that are kept in the books of an entity as TOML; apply_applications brings them"
        " into another one. Those that the settings name are not among them."
    )
    things = "applications"
    kept = APPLICATIONS

    def lines(self, versions: Iterable[ApplicationVersion]) -> Iterator[str]:
        return write_applications(version.read() for version in versions)
