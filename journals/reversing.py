"""Correcting a journal by its mirror image: nothing posted is ever changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from journals.drafts import Draft, Line, reversed_lines
from journals.facts import Answer, JournalFact, read_fact
from journals.models import Journal, Kind
from journals.posting import post
from ledgerflow.books.models import Event
from ledgerflow.core.errors import NotFound, NotReversible


def reverse_journal(
    entity_id: UUID,
    journal_id: UUID,
    *,
    key: str,
    effective_date: date | None = None,
    description: str = "",
    override_limits: str = "",
    actor: str,
) -> Answer:
    """Post the reversal of a journal: the same lines with sides turned, linked to it. A journal is reversed once.

    `effective_date` None means the business date; it may not be before the original's. `override_limits` is the reason
    for which limits are passed. The same key and content replays, also after the journal was reversed.
    Raises `NotFound`, `NotReversible` (a reversal), `AlreadyReversed`, `BeforeOriginal`, and as `posting.post`.
    """
    journal = Journal.objects.filter(entity_id=entity_id, id=journal_id).first()
    if journal is None:
        message = "There is no such journal in these books."
        raise NotFound(message)
    if journal.reverses_id is not None:
        message = "A reversal cannot be reversed: post the journal anew."
        raise NotReversible(message, reverses=str(journal.reverses_id))
    data = Event.objects.values_list("data", flat=True).get(entity_id=entity_id, sequence=journal.event_sequence)
    draft = Draft(
        key=key,
        lines=reversed_lines(_lines(read_fact(data))),
        kind=Kind.REVERSAL,
        effective_date=effective_date,
        description=description,
        reverses=journal.id,
        not_before=journal.effective_date,
        override_limits=override_limits,
        actor=actor,
    )
    return post(entity_id, draft)


def _lines(fact: JournalFact) -> list[Line]:
    return [
        Line(
            line.account,
            Decimal(line.amount) if line.side == "debit" else Decimal(line.amount).copy_negate(),
            description=line.description,
            dimensions=line.dimensions,
        )
        for line in fact.lines
    ]
