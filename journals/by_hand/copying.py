"""A journal back in the editor, to be posted again with other dates or amounts."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import msgspec

from journals.by_hand.sheets import MOST_ROWS, Sheet, SheetLine, written
from journals.events import LineFact, read_fact
from journals.models import Journal
from ledgerflow.books.models import Event
from ledgerflow.core.locales.current import amount_text


def copied(entity_id: UUID, journal_id: UUID, sheet: Sheet) -> Sheet:
    """The sheet with what a journal of these books says; as it was where there is no such journal."""
    journal = Journal.objects.filter(entity_id=entity_id, pk=journal_id).first()
    if journal is None:
        return sheet
    events = Event.objects.filter(entity_id=entity_id, sequence=journal.event_sequence)
    fact = read_fact(events.values_list("data", flat=True).get())
    lines = [_line(line) for line in fact.lines]
    said = {"reference": fact.external_reference, "description": fact.description}
    if len(lines) <= MOST_ROWS:
        return msgspec.structs.replace(sheet, lines=lines, **said)
    dimensions = sorted({name for line in lines for name in line.dimensions})
    return msgspec.structs.replace(sheet, text=written(lines, dimensions), **said)


def _line(fact: LineFact) -> SheetLine:
    amount = amount_text(Decimal(fact.amount))
    debit, credit = (amount, "") if fact.side == "debit" else ("", amount)
    return SheetLine(fact.account, fact.description, debit, credit, fact.dimensions or {})
