"""`manage.py export_journals`: the journals of an entity for hledger, or as CSV."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date
from functools import partial
from typing import Any

from django.core.management.base import CommandParser

from journals.portability.exporting import export_csv, export_hledger
from ledgerflow.books.management.export_command import Export, ExportingCommand
from ledgerflow.books.models import Entity
from ledgerflow.files.items import start_date_of
from ledgerflow.files.problems import OptionProblem

FORMATS = {"csv": export_csv, "hledger": export_hledger}


class Command(ExportingCommand):
    help = (
        "Write the journals of an entity. CSV goes back in, into any entity that has the accounts, by "
        "`import_journals FILE --group-by journal`; `hledger check --strict` accepts the other format."
    )
    things = "journals"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", choices=tuple(FORMATS), default="csv")
        parser.add_argument("--from", type=_day, default=date.min, metavar="DATE", dest="start")
        parser.add_argument("--to", type=_day, default=date.max, metavar="DATE", dest="end")

    def export_of(self, entity: Entity, options: dict[str, Any]) -> Export:
        return partial(FORMATS[options["format"]], entity, start=options["start"], end=options["end"])


def _day(text: str) -> date:
    try:
        return start_date_of(text) or date.min
    except OptionProblem as problem:
        raise ArgumentTypeError(str(problem)) from problem
