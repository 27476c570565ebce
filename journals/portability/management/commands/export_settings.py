"""`manage.py export_settings`: what makes books say the same beside accounts, journals and rates, as lines of JSON."""

from __future__ import annotations

from functools import partial
from typing import Any

from journals.portability.settings import export_settings
from ledgerflow.books.management.export_command import Export, ExportingCommand
from ledgerflow.books.models import Entity


class Command(ExportingCommand):
    help = (
        "Write the fiscal calendar, own currencies, dimensions with their values and parties, tax codes, number "
        "series, open items, budgets and policies of an entity. They go into empty books by `import_settings FILE`."
    )
    things = "settings"

    def export_of(self, entity: Entity, _options: dict[str, Any]) -> Export:
        return partial(export_settings, entity)
