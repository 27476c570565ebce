"""`manage.py export_templates --entity X`: the templates of an entity as TOML, for `apply_templates`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.operations.files import write_templates
from apps.operations.models import TemplateVersion
from apps.operations.versioning.commands import ExportingVersions
from apps.operations.versions import TEMPLATES


class Command(ExportingVersions):
    help = "Write the active templates of an entity as TOML; apply_templates brings them into another one."
    things = "templates"
    kept = TEMPLATES

    def lines(self, versions: Iterable[TemplateVersion]) -> Iterator[str]:
        return write_templates((version.code, version.read()) for version in versions)
