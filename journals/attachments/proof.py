"""Attachments against the events that tell of them, and their files against the SHA-256 in the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from journals.attachments.events import JournalAttachedFact
from journals.attachments.storing import digest_of
from journals.drafts import AttachedFile
from journals.events import JournalFact
from ledgerflow.books.faults import ABSENT, Fault, compare_rows, keyed
from ledgerflow.books.proof.event_facts import rows_of

TABLE, EVENT = "attachments_attachment", "books_event"
# The words may stand elsewhere in a journal as well, which does no harm.
EVENTS = """
    SELECT sequence, type, subject, data, actor, recorded_at FROM books_event
    WHERE entity_id = %s AND (type = 'journal.attached' OR type = 'journal.posted' AND data LIKE '%%"attachments":[%%')
    ORDER BY sequence
"""
ROWS = """
    SELECT a.*, j.number AS journal_number
    FROM attachments_attachment a LEFT JOIN journals_journal j ON j.id = a.journal_id AND j.entity_id = a.entity_id
    WHERE a.entity_id = %s ORDER BY a.journal_id, a.number
"""


def check_attachments(connection: psycopg.Connection[Any], entity_id: UUID) -> Iterator[Fault]:
    """Every attachment of an entity, then every file. A file that is gone or changed is named with its journal."""
    faults: list[Fault] = []
    expected: dict[str, dict[str, Any]] = {}
    counts: Counter[UUID] = Counter()
    for event in rows_of(connection, EVENTS, (entity_id,)):
        for journal, row in _rows_of(event, faults):
            counts[journal] += 1
            row |= {"journal_id": journal, "number": counts[journal]}
            expected[f"{journal}/{counts[journal]}"] = row
    yield from faults
    rows = connection.cursor(row_factory=dict_row).execute(ROWS, (entity_id,)).fetchall()
    yield from compare_rows(TABLE, expected, keyed(rows, lambda row: f"{row['journal_id']}/{row['number']}"))
    digests: dict[str, str | None] = {}
    for row in expected.values():
        sha256 = row["sha256"]
        if sha256 not in digests:
            digests[sha256] = digest_of(sha256)
        if digests[sha256] != sha256:
            key = f"{row['name']} of journal {row['journal_number']}"
            yield Fault(TABLE, key, "SHA-256 of the file", sha256, digests[sha256] or ABSENT)


def _rows_of(event: dict[str, Any], faults: list[Fault]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """The rows that follow from an event, each with its journal."""
    try:
        journal, number, files = _read(event["type"], event["data"])
    except msgspec.MsgspecError as error:
        faults.append(Fault(EVENT, str(event["sequence"]), "data", f"a fact of {event['type']}", repr(error)))
        return
    if event["subject"] != str(journal):
        faults.append(Fault(EVENT, str(event["sequence"]), "subject", str(journal), event["subject"]))
    for file in files:
        yield journal, _row(file, number, event["sequence"], event["recorded_at"], event["actor"])


def _read(type_: str, data: str) -> tuple[UUID, int, list[AttachedFile]]:
    if type_ == JournalAttachedFact.event_type:
        attached = JournalAttachedFact.read(data)
        return attached.journal, attached.number, attached.attachments
    fact = JournalFact.read(data)
    return fact.id, fact.number, fact.attachments or []


def _row(file: AttachedFile, number: int, sequence: int, moment: datetime, actor: str) -> dict[str, Any]:
    return {
        "sha256": file.sha256, "name": file.name, "content_type": file.content_type, "size": file.size,
        "journal_number": number, "event_sequence": sequence, "recorded_at": moment, "actor": actor,
    }  # fmt: skip
