"""`manage.py verify_ledger [--entity CODE]`: prove the books; exit code 1 on any fault, 2 for an unknown entity."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from journals.proof.ledger import MAX_FAULTS, Progress, Verified, verify
from journals.proof.orphans import find_orphans
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot


class Command(BaseCommand):
    help = "Replay the event log from the beginning and compare everything that follows from it; name what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", metavar="CODE", help="only these books; without it, all of them")
        parser.add_argument(
            "--max-faults", type=int, default=MAX_FAULTS, metavar="N", help="stop after so many per entity"
        )

    def handle(self, *_args: Any, entity: str | None = None, max_faults: int = MAX_FAULTS, **_options: Any) -> None:
        entities = Entity.objects.order_by("code")
        if entity is not None:
            entities = entities.filter(code=entity)
            if not entities:
                message = f"There is no entity {entity!r}."
                raise CommandError(message, returncode=2)
        faulty = 0
        for one in entities:
            verified = verify(one.id, max_faults=max(max_faults, 1), progress=self._progress(one))
            self._report(one, verified, max_faults)
            faulty += bool(verified.faults)
        orphans = 0 if entity is not None else self._orphans()
        wrong = [f"{faulty} of {len(entities)} sets of books are wrong."] if faulty else []
        wrong += [f"{orphans} rows are in no books."] if orphans else []
        if wrong:
            raise CommandError(" ".join(wrong), returncode=1)

    def _orphans(self) -> int:
        """What is in no books, and so in the proof of none."""
        with snapshot() as connection:
            found = list(find_orphans(connection))
        for fault in found:
            self.stdout.write(f"in no books: {fault}")
        return len(found)

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
