"""`manage.py export_own_rates`: what journals are worth by a rate of their own, as CSV."""

from __future__ import annotations

from functools import partial
from typing import Any

from fx.functional.portable_rates import export_own_rates
from ledgerflow.books.management.export_command import Export, ExportingCommand
from ledgerflow.books.models import Entity


class Command(ExportingCommand):
    help = (
        "Write the rates that journals have of their own, and those of the deals that settlements were made at. They "
        "go into the books that the journals were imported into, by `import_own_rates FILE`."
    )
    things = "own rates"

    def export_of(self, entity: Entity, _options: dict[str, Any]) -> Export:
        return partial(export_own_rates, entity)
