"""`manage.py export_templates --entity X`: the templates of an entity as TOML, for `apply_templates`."""

from __future__ import annotations

from functools import partial
from typing import Any, TextIO

from django.core.management.base import CommandParser

from apps.operations.files import write_templates
from apps.operations.models import TemplateVersion
from apps.operations.versions import active_versions, versions_of
from ledgerflow.books.management.export_command import Export, ExportingCommand
from ledgerflow.books.models import Entity


class Command(ExportingCommand):
    help = "Write the active templates of an entity as TOML; apply_templates brings them into another one."
    things = "templates"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--drafts", action="store_true", help="the newest version of each, be it active or not")

    def export_of(self, entity: Entity, options: dict[str, Any]) -> Export:
        if options["drafts"]:
            found = versions_of(entity.id).order_by("code", "-number").distinct("code")
        else:
            found = active_versions(entity.id).order_by("code")
        return partial(_export, list(found))


def _export(versions: list[TemplateVersion], out: TextIO) -> int:
    out.writelines(f"{line}\n" for line in write_templates((version.code, version.read()) for version in versions))
    return len(versions)
