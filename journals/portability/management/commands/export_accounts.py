"""`manage.py export_accounts`: the chart of an entity as CSV."""

from __future__ import annotations

from functools import partial
from typing import Any

from journals.portability.exporting import export_chart
from ledgerflow.books.management.export_command import Export, ExportingCommand
from ledgerflow.books.models import Entity


class Command(ExportingCommand):
    help = (
        "Write the accounts of an entity, with their limits and without their balances. It goes into any entity that "
        "has the currencies by `import_accounts FILE`."
    )
    things = "accounts"

    def export_of(self, entity: Entity, _options: dict[str, Any]) -> Export:
        return partial(export_chart, entity)
