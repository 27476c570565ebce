"""`manage.py apply_templates FILE.toml --entity X`: draft the templates of a file that are not there yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.operations.definitions import Definition
from apps.operations.files import read_templates
from apps.operations.models import TemplateVersion
from apps.operations.versions import active_version, draft_version, propose_activation
from ledgerflow.approvals.errors import ProposalPending
from ledgerflow.books.management.file_command import entity_called, plain_errors
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.people import person_of

ACTOR = "system:apply_templates"


class Command(BaseCommand):
    help = (
        "Draft each template of a TOML file whose newest version is another one, and say which were new, changed or the"
        " same. A draft makes no journal before two people have activated it: --propose names who proposes that. The"
        " same file again does nothing. Exit codes: 0 done, 1 refused by the books, 2 the file or an option is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--entity", required=True, metavar="CODE")
        parser.add_argument("--propose", metavar="USERNAME", help="who proposes to activate those that are not active")
        parser.add_argument("--reason", default="Templates of a file", help="why it is proposed")

    def handle(self, *_: Any, **options: Any) -> None:
        with plain_errors():
            entity = entity_called(options["entity"])
            person = _person(options["propose"]) if options["propose"] else ""
            for code, definition in _read(options["file"]).items():
                drafted = draft_version(entity.id, code, definition, actor=ACTOR)
                self.stdout.write(f"{code}: {drafted.status}, version {drafted.version.number}")
                if person:
                    self._propose(entity, drafted.version, person, options["reason"])

    def _propose(self, entity: Entity, version: TemplateVersion, person: str, reason: str) -> None:
        active = active_version(entity.id, version.code)
        if active is not None and active.number == version.number:
            return
        try:
            propose_activation(entity.id, version.code, version.number, reason=reason, person=person, via=person)
        except ProposalPending:
            return
        except LedgerError as refusal:
            message = f"{version.code} is drafted, and could not be proposed: {refusal.message}"
            raise CommandError(message, returncode=1) from refusal
        self.stdout.write(f"{version.code}: proposed, version {version.number}")


def _read(path: Path) -> dict[str, Definition]:
    """The templates of a file, each of which makes sense: otherwise none of them is drafted."""
    try:
        return read_templates(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, LedgerError) as error:
        message = error.message if isinstance(error, LedgerError) else f"{path}: {error}"
        raise CommandError(message, returncode=2) from error


def _person(username: str) -> str:
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        message = f"There is no user {username}."
        raise CommandError(message, returncode=2)
    return person_of(user)
