"""`manage.py import_ecb FILE`: reference rates of the European Central Bank."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from fx.rates.ecb import SOURCE, read_ecb
from fx.rates.files import RateFile
from fx.rates.management.rates_command import RatesCommand
from fx.rates.quotes import KINDS, SPOT


class Command(RatesCommand):
    help = (
        "Record the euro reference rates of a file of the ECB: eurofxref-hist.zip, its CSV, or the XML of the daily "
        "or 90-day feed. Example: import_ecb eurofxref-hist.zip --entity ACME --confirm-jumps"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--kind", choices=KINDS, default=SPOT, help="the kind they are recorded as (spot)")

    def read(self, data: bytes, options: dict[str, Any]) -> RateFile:
        return read_ecb(data, options["kind"])

    def source(self, options: dict[str, Any]) -> str:
        return SOURCE
