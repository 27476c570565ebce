"""`manage.py export_rates`: the rates of an entity as CSV."""

from __future__ import annotations

from functools import partial
from typing import Any, TextIO

from fx.rates.csv_rates import COLUMNS
from fx.rates.models import Rate
from ledgerflow.books.management.export_command import Export, ExportingCommand
from ledgerflow.books.models import Entity
from ledgerflow.core.money import normalised
from ledgerflow.files.rows import row_writer

FETCH = 2000


class Command(ExportingCommand):
    help = "Write the newest version of each rate. They go into any entity by `import_rates FILE --confirm-jumps`."
    things = "rates"

    def export_of(self, entity: Entity, _options: dict[str, Any]) -> Export:
        return partial(_export, entity)


def _export(entity: Entity, out: TextIO) -> int:
    write_row = row_writer(out)
    write_row(COLUMNS)
    newest = Rate.objects.filter(entity=entity).order_by("base", "quote", "rate_date", "kind", "-version")
    names = ("base", "quote", "rate_date", "value", "kind", "source")
    rates = 0
    found = newest.distinct("base", "quote", "rate_date", "kind").values_list(*names)
    for rates, (base, quote, day, value, kind, source) in enumerate(found.iterator(FETCH), 1):  # noqa: B007 - counts
        write_row((base, quote, day, normalised(value), kind, source))
    return rates
