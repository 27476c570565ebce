"""What the commands around files have in common: their options, and how problems become exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.files.problems import BooksBusy, ImportProblem


class FileCommand(BaseCommand):
    """Brings a file into the books of an entity; `work` does the command's own part."""

    epilog: ClassVar[str]  # what its exit codes mean
    file_help: ClassVar[str] = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=self.epilog, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=self.file_help)
        parser.add_argument("--entity", required=True, metavar="CODE")
        parser.add_argument(
            "--rejected", type=Path, metavar="PATH", help="refused rows (a file in $LEDGERFLOW_HOME/imports)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        with plain_errors():
            self.work(entity_called(options["entity"]), options)

    def work(self, entity: Entity, options: dict[str, Any]) -> None:
        raise NotImplementedError


@contextmanager
def plain_errors() -> Iterator[None]:
    """What can go wrong becomes a message and an exit code instead of a traceback."""
    try:
        yield
    except ImportProblem as problem:
        raise CommandError(str(problem), returncode=problem.exit_code) from problem
    except LedgerError as error:
        raise CommandError(error.message, returncode=1) from error
    except (OperationalError, InterfaceError, psycopg.OperationalError) as error:
        message = f"The database cannot be reached: {str(error).strip()}. The same command goes on later."
        raise CommandError(message, returncode=BooksBusy.exit_code) from error


def entity_called(code: str) -> Entity:
    """Raises `CommandError`."""
    entity = Entity.objects.filter(code=code).first()
    if entity is None:
        message = f"There is no entity {code!r}."
        raise CommandError(message, returncode=2)
    return entity
