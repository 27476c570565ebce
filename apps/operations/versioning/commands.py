"""What the commands that bring files of definitions into the books, and write them, have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TextIO

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.operations.versioning.keeping import Versions
from apps.operations.versioning.rows import VersionRow
from ledgerflow.approvals.errors import ProposalPending
from ledgerflow.books.management.export_command import Export, ExportingCommand
from ledgerflow.books.management.file_command import entity_called, plain_errors
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import FieldErrors, LedgerError
from ledgerflow.core.people import person_of, user_called


class ApplyingCommand(BaseCommand):
    """Drafts each definition of a file whose newest version is another one, and proposes it where it is told who."""

    kept: ClassVar[Versions[Any]]
    things: ClassVar[str]
    actor: ClassVar[str]

    def definitions(self, text: str) -> Mapping[str, msgspec.Struct]:
        """What a file says, each of which makes sense: otherwise the file is refused, and nothing of it is drafted."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--entity", required=True, metavar="CODE")
        parser.add_argument("--propose", metavar="USERNAME", help="who proposes to activate those that are not active")
        parser.add_argument("--reason", default=f"{self.things} of a file", help="why it is proposed")

    def handle(self, *_: Any, **options: Any) -> None:
        with plain_errors():
            entity = entity_called(options["entity"])
            person = _person(options["propose"]) if options["propose"] else ""
            for code, definition in self._read(options["file"]).items():
                drafted = self.kept.draft(entity.id, code, definition, actor=self.actor)
                self.stdout.write(f"{code}: {drafted.status}, version {drafted.version.number}")
                if person:
                    self._propose(entity, drafted.version, person, options["reason"])

    def _read(self, path: Path) -> Mapping[str, msgspec.Struct]:
        try:
            return self.definitions(path.read_text(encoding="utf-8"))
        except FieldErrors as refusal:
            lines = [f"{pointer}: {what}" if pointer else what for pointer, what in refusal.errors.items()]
            raise CommandError("\n".join(lines), returncode=2) from refusal
        except (OSError, UnicodeDecodeError, LedgerError) as error:
            message = error.message if isinstance(error, LedgerError) else f"{path}: {error}"
            raise CommandError(message, returncode=2) from error

    def _propose(self, entity: Entity, version: VersionRow, person: str, reason: str) -> None:
        active = self.kept.active_one(entity.id, version.code)
        if active is not None and active.number == version.number:
            return
        try:
            self.kept.propose(entity.id, version.code, version.number, reason=reason, person=person, via=person)
        except ProposalPending:
            return
        except LedgerError as refusal:
            message = f"{version.code} is drafted, and could not be proposed: {refusal.message}"
            raise CommandError(message, returncode=1) from refusal
        self.stdout.write(f"{version.code}: proposed, version {version.number}")


class ExportingVersions(ExportingCommand):
    """Writes the active versions as a file, or the newest ones."""

    kept: ClassVar[Versions[Any]]

    def lines(self, versions: Iterable[Any]) -> Iterator[str]:
        """The text of the file, line by line."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--drafts", action="store_true", help="the newest version of each, be it active or not")

    def export_of(self, entity: Entity, options: dict[str, Any]) -> Export:
        if options["drafts"]:
            found = self.kept.of_books(entity.id).order_by("code", "-number").distinct("code")
        else:
            found = self.kept.active(entity.id).order_by("code")
        return partial(self._export, list(found))

    def _export(self, versions: list[VersionRow], out: TextIO) -> int:
        out.writelines(f"{line}\n" for line in self.lines(versions))
        return len(versions)


def _person(username: str) -> str:
    user = user_called(username)
    if user is None:
        message = f"There is no active user {username}."
        raise CommandError(message, returncode=2)
    return person_of(user)
