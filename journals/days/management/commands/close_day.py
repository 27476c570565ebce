"""`manage.py close_day --entity CODE [DATE | --through DATE]`: close the next day, one by name, or many in order.

Exit code 0 when all are closed, 1 when a check or a proof stands in the way, 2 for an unknown entity or a day whose
turn it is not. Killed in the middle, the next call goes on where it stopped.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from journals.days.closing.records import CloseRecord
from journals.days.closing.running import close_day, close_through
from journals.days.errors import CloseBlocked, CloseFailed
from ledgerflow.books.models import Entity
from ledgerflow.core.dates import read_day
from ledgerflow.core.errors import LedgerError


class Command(BaseCommand):
    help = "Close a business day: cut-off, checks, revaluation, snapshot, proof, close. Missed days close in order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("day", nargs="?", type=read_day, help="YYYY-MM-DD; the next in turn without it")
        parser.add_argument("--entity", metavar="CODE", required=True)
        parser.add_argument("--through", type=read_day, metavar="DATE", help="every day in turn through DATE")
        parser.add_argument("--accept", default="", metavar="REASON", help="pass checks that block, for this reason")

    def handle(self, *_args: Any, entity: str, **given: Any) -> None:
        books = Entity.objects.filter(code=entity).first()
        if books is None:
            message = f"There is no entity {entity!r}."
            raise CommandError(message, returncode=2)
        if given["day"] and given["through"]:
            message = "Give a day or --through, not both."
            raise CommandError(message, returncode=2)
        try:
            for record in _closed(books, given):
                self.stdout.write(_line(record))
                self.stdout.flush()
        except LedgerError as refusal:
            stopped = isinstance(refusal, CloseBlocked | CloseFailed)
            found = [sentence for found in refusal.data.get("findings", {}).values() for sentence in found]
            faults = "\n".join(["", *found, *refusal.data.get("faults", [])])
            message = f"{refusal.message} ({refusal.code}){faults}"
            raise CommandError(message, returncode=1 if stopped else 2) from refusal


def _closed(books: Entity, given: dict[str, Any]) -> Iterator[CloseRecord]:
    actor = f"shell:{getpass.getuser()}"
    if given["through"]:
        yield from close_through(books.id, given["through"], actor=actor, accept=given["accept"])
    else:
        yield close_day(books.id, given["day"], actor=actor, accept=given["accept"])


def _line(record: CloseRecord) -> str:
    steps = ", ".join(
        f"{step.step} {(step.ended_at - step.started_at).total_seconds():.2f} s"
        for step in record.steps
        if step.outcome in ("done", "warned")
    )
    return f"{record.day} closed, version {record.version}: {record.accounts:,} accounts, {record.sha256}; {steps}"
