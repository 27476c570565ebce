"""Lines of many accounts as a stream, straight off the index of each account by date."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from reports.reading.figures import Reader

LINES = """
    SELECT p.account_id, p.effective_date, j.number, j.kind, j.layer,
           coalesce(nullif(p.description, ''), j.description), j.external_reference, j.recorded_at,
           p.account_version, p.amount, p.journal_id, r.number
    FROM unnest(%s::uuid[]) WITH ORDINALITY a (id, place)
    CROSS JOIN LATERAL (
        SELECT * FROM journals_posting
        WHERE account_id = a.id AND effective_date BETWEEN %s AND %s AND event_sequence <= %s{of_value}
        ORDER BY effective_date, account_version
    ) p
    JOIN journals_journal j ON j.id = p.journal_id LEFT JOIN journals_journal r ON r.id = j.reverses_id
    WHERE j.layer = ANY (%s)
    ORDER BY a.place, p.effective_date, p.account_version
"""
ALL_LINES = LINES.format(of_value="")
LINES_OF_VALUE = LINES.format(of_value=" AND dimensions ->> %s = ANY (%s)")


def posting_rows(
    reader: Reader, accounts: Collection[UUID], start: date, end: date, layers: Collection[str]
) -> Iterator[tuple[Any, ...]]:
    """The lines dated from `start` to `end`, in the order of the accounts; of the reader's value, if it has one."""
    given, chosen = (list(accounts), start, end, reader.known), reader.chosen
    if chosen is None:
        return reader.stream(ALL_LINES, (*given, list(layers)))
    return reader.stream(LINES_OF_VALUE, (*given, chosen.dimension, chosen.codes, list(layers)))
