"""`manage.py replay [--source table|kafka] [--entity CODE]`: exit code 1 on any difference, 2 for an unknown entity."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from journals.proof.scratch import ScratchReplay, replay
from ledgerflow.books.models import Entity
from ledgerflow.events.read_models.errors import HistoryShortError
from ledgerflow.events.read_models.histories import SOURCES, open_history
from ledgerflow.files.watching import watching


class StoppedError(Exception):
    """Somebody at the terminal, or the system, wants it to end."""


class Command(BaseCommand):
    help = (
        "Rebuild balances and day totals in a scratch schema from events alone, and compare them with the live ones at "
        "the same event; name what differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", choices=SOURCES, default="table", help="where the events come from")
        parser.add_argument("--entity", metavar="CODE", help="only these books; without it, all of them")

    def handle(self, *_args: Any, source: str = "table", entity: str | None = None, **_options: Any) -> None:
        entities = Entity.objects.order_by("code")
        if entity is not None:
            entities = entities.filter(code=entity)
            if not entities:
                message = f"There is no entity {entity!r}."
                raise CommandError(message, returncode=2)
        codes: dict[UUID, str] = dict(entities.values_list("id", "code"))
        try:
            self._report(codes, self._replay(source, None if entity is None else list(codes)))
        except StoppedError:
            message = "Stopped; nothing was changed."
            raise CommandError(message, returncode=1) from None
        except HistoryShortError as error:
            raise CommandError(str(error), returncode=1) from error

    def _replay(self, source: str, only: list[UUID] | None) -> dict[UUID, ScratchReplay]:
        with ExitStack() as opened:
            history = opened.enter_context(open_history(source, only))
            watch = opened.enter_context(watching(sys.stderr, history.size(), 0, "event"))

            def progress(done: int) -> None:
                watch.advanced(done, 0)
                if watch.should_stop():
                    raise StoppedError

            return replay(None if source == "table" else history, only, progress)

    def _report(self, codes: dict[UUID, str], found: dict[UUID, ScratchReplay]) -> None:
        for entity_id, one in found.items():
            for sentence in one.differences:
                self.stdout.write(f"{codes[entity_id]}: {sentence}")
            verdict = f"{len(one.differences)} differences" if one.differences else "equal"
            self.stdout.write(f"{codes[entity_id]}: {verdict} after {one.events:,} events")
        wrong = sum(bool(one.differences) for one in found.values())
        if wrong:
            message = f"{wrong} of {len(found)} sets of books differ from their events."
            raise CommandError(message, returncode=1)
