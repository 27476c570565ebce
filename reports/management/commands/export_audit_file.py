"""`manage.py export_audit_file`: the books of a fiscal year as authorities ask for them."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledgerflow.books.management.file_command import entity_called, plain_errors
from ledgerflow.core.dates import read_day
from reports.audit_files.writing import FORMATS, audit_file


class Command(BaseCommand):
    help = (
        "Write an audit file of an entity for a fiscal year or a part of it, in a folder, under the name that the "
        "format wants: FEC (France), SIE 4 (Sweden), DATEV (Germany), SAF-T (OECD)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=tuple(FORMATS))
        parser.add_argument("--entity", required=True, metavar="CODE")
        parser.add_argument(
            "--from", type=_day, metavar="DATE", dest="start", help="the fiscal year's first unless given"
        )
        parser.add_argument("--to", type=_day, metavar="DATE", dest="end", help="the business date unless given")
        parser.add_argument("--folder", type=Path, default=Path(), help="the current one unless given")
        parser.add_argument(
            "--header", action="append", default=[], metavar="NAME=VALUE",
            help="what the format asks for: siren=404833048, organisation_number=556016-0680 ...",
        )  # fmt: skip

    def handle(self, *_: Any, **options: Any) -> None:
        header = dict(_pair(text) for text in options["header"])
        dates = {"from_date": options["start"], "to_date": options["end"]}
        with plain_errors():
            entity = entity_called(options["entity"])
            with audit_file(entity.id, options["kind"], header, **dates) as file:
                path = options["folder"] / file.filename
                half = path.with_name(f"{path.name}.part")
                try:
                    with half.open("wb") as out:
                        file.write(out)
                    half.replace(path)
                except OSError as error:
                    message = f"{path}: {error.strerror or error}"
                    raise CommandError(message, returncode=2) from error
                finally:
                    half.unlink(missing_ok=True)
        self.stdout.write(str(path))


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark:
        message = f"--header {text}: it is NAME=VALUE."
        raise CommandError(message, returncode=2)
    return name, value


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
