"""`manage.py verify_ledger [--entity CODE] [--checkpoints FOLDER]`: prove the books.

Exit code 1 on any fault, 2 for an unknown entity or folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from journals.proof.ledger import MAX_FAULTS, Progress, Verified
from journals.proof.orphans import find_orphans
from journals.proof.runs import prove_and_keep
from ledgerflow.books.faults import Fault
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.events.checkpoints.proof import lost_books, own_folder


class Command(BaseCommand):
    help = "Replay the event log from the beginning and compare everything that follows from it; name what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", metavar="CODE", help="only these books; without it, all of them")
        parser.add_argument(
            "--max-faults", type=int, default=MAX_FAULTS, metavar="N", help="stop after so many per entity"
        )

        parser.add_argument(
            "--checkpoints", type=Path, metavar="FOLDER", help="copies of checkpoints that were kept elsewhere, as well"
        )

    def handle(
        self,
        *_args: Any,
        entity: str | None = None,
        max_faults: int = MAX_FAULTS,
        checkpoints: Path | None = None,
        **_options: Any,
    ) -> None:
        entities = Entity.objects.order_by("code")
        if entity is not None:
            entities = entities.filter(code=entity)
            if not entities:
                message = f"There is no entity {entity!r}."
                raise CommandError(message, returncode=2)
        if checkpoints is not None and not checkpoints.is_dir():
            message = f"There is no folder {checkpoints}."
            raise CommandError(message, returncode=2)
        faulty = 0
        for one in entities:
            most, progress = max(max_faults, 1), self._progress(one)
            verified = prove_and_keep(one.id, max_faults=most, progress=progress, checkpoints=checkpoints)
            self._report(one, verified, max_faults)
            faulty += bool(verified.faults)
        wrong = [f"{faulty} of {len(entities)} sets of books are wrong."] if faulty else []
        if entity is None:
            wrong += self._in_no_books(checkpoints)
        if wrong:
            raise CommandError(" ".join(wrong), returncode=1)

    def _in_no_books(self, checkpoints: Path | None) -> list[str]:
        """What is in the proof of no books: rows without any, and books that are gone as a whole."""
        with snapshot() as connection:
            orphans = self._report_all("in no books", find_orphans(connection))
        codes = set(Entity.objects.values_list("code", flat=True))
        folders = {folder for folder in (own_folder(), checkpoints) if folder is not None}
        gone = sum(self._report_all("gone", lost_books(folder, codes)) for folder in sorted(folders))
        wrong = [f"{orphans} rows are in no books."] if orphans else []
        return wrong + ([f"{gone} sets of books are gone."] if gone else [])

    def _report_all(self, words: str, faults: Iterable[Fault]) -> int:
        count = 0
        for count, fault in enumerate(faults, 1):  # noqa: B007 - its last value is the count
            self.stdout.write(f"{words}: {fault}")
        return count

    def _progress(self, entity: Entity) -> Progress:
        """A line that is written over, for people at a terminal."""
        if not sys.stderr.isatty():
            return lambda _events: None
        newest = entity.events.order_by("-sequence").values_list("sequence", flat=True).first() or 0

        def show(events: int) -> None:
            self.stderr.write(f"\r{entity.code}: {events:,} of {max(newest, events):,} events", ending="")
            self.stderr.flush()

        return show

    def _report(self, entity: Entity, verified: Verified, max_faults: int) -> None:
        for number, fault in enumerate(verified.faults):
            self.stdout.write(f"{entity.code}: {'FIRST WRONG ROW: ' if number == 0 else ''}{fault}")
        if len(verified.faults) >= max_faults:
            self.stdout.write(f"{entity.code}: stopped after {len(verified.faults)} faults")
        verdict = f"{len(verified.faults)} faults" if verified.faults else "proven"
        self.stdout.write(
            f"{entity.code}: {verdict}: {verified.events:,} events, {verified.journals:,} journals, "
            f"{verified.postings:,} postings, head {verified.head.hex()}"
        )
