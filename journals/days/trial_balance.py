"""The endpoints of business days: how they were closed, closing and reopening them, and their policy."""

from __future__ import annotations

from journals.days import bodies
from journals.days.closing.frozen import FrozenDay
from journals.days.closing.snapshots import heading, summed
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.documents import Column, DataCut, Document, DocumentRow

COLUMNS = (
    Column("Account"),
    Column("Currency", width=9),
    *(Column(name, "amount") for name in ("Opening", "Debits", "Credits", "Closing")),
    Column("Postings", "integer"),
    Column("Last version", "integer", 12),
)


def frozen_json(frozen: FrozenDay) -> bodies.FrozenTrialBalance:
    """The lines, and what they hash and add up to now."""
    lines = list(frozen.lines)
    found = summed(lines, frozen.entity_code, frozen.record.day)
    record = frozen.record
    return bodies.FrozenTrialBalance(
        frozen.entity_code,
        record.day,
        record.version,
        record.status,
        record.sha256 or "",
        found.sha256,
        record.sha256 == found.sha256,
        found.accounts,
        bodies.totals_response(found),
        list(map(bodies.frozen_line, lines)),
    )


def frozen_document(frozen: FrozenDay) -> Document:
    """The same as a table to download."""
    record = frozen.record
    closed = next(step.detail for step in record.steps if step.step == "close")
    return Document(
        title="Frozen trial balance",
        entity_code=frozen.entity_code,
        entity_name=Entity.objects.values_list("name", flat=True).get(code=frozen.entity_code),
        data_cut=DataCut(closed["event_sequence"], clocks.as_text(record.ended_at or record.started_at)),
        generated_at=clocks.now(),
        columns=COLUMNS,
        rows=(DocumentRow(tuple(line)) for line in frozen.lines),
        parameters=(("Day", str(record.day)), ("Version", str(record.version)), ("SHA-256", record.sha256 or "")),
        notes=("Debit balances are positive. Amounts are in the currency of their account.",),
    )


def hashed_text(frozen: FrozenDay) -> bytes:
    """The very bytes that the SHA-256 is of."""
    return (heading(frozen.entity_code, frozen.record.day) + "".join(line.text() for line in frozen.lines)).encode()
