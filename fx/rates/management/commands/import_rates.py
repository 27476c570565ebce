"""`manage.py import_rates FILE`: rates from a CSV file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from fx.rates.csv_rates import read_csv_rates
from fx.rates.files import RateFile
from fx.rates.management.rates_command import RatesCommand


class Command(RatesCommand):
    help = (
        "Record rates from a CSV file with the columns base, quote, date and value, and if you like kind (spot) and "
        "source: 1 base = value quote. Example: import_rates rates.csv --entity ACME --source Reuters"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--source", default="file", help="whose rates they are, where a row does not say (file)")

    def read(self, data: bytes, options: dict[str, Any]) -> RateFile:
        return read_csv_rates(data)

    def source(self, options: dict[str, Any]) -> str:
        return str(options["source"])
