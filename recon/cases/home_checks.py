"""What Home looks at of reconciliation: lines without a match and open exceptions, by age."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop

from ledgerflow.core.plugins import HOME_MOST, Cure, HomeEntry, HomeLook

# Each hour a run opens an exception for what it cannot match, so that older lines are among the exceptions.
MOST_LINES = 2_000
MOST_CASES = 1_000
OLD_DAYS = 7
# A line of which somebody has said why it has no match is explained.
UNMATCHED = """
    SELECT b.id, b.name, lines.count, lines.old, lines.oldest, cases.count, cases.oldest
    FROM (SELECT id, name FROM statements_bankaccount WHERE entity_id = %(entity)s ORDER BY id LIMIT %(most)s) AS b
    CROSS JOIN LATERAL (
        SELECT count(*), count(*) FILTER (WHERE booking_date < current_date - %(old)s), min(booking_date)
        FROM (
            SELECT id, booking_date FROM statements_statementline
            WHERE bank_account_id = b.id AND NOT is_split AND NOT is_undone
            ORDER BY booking_date DESC, number DESC LIMIT %(lines)s
        ) AS l
        WHERE NOT EXISTS (SELECT FROM matching_matchitem i WHERE i.line_id = l.id AND i.is_active)
          AND NOT EXISTS (SELECT FROM cases_reconexception c WHERE c.line_id = l.id AND c.status = 'resolved')
    ) AS lines (count, old, oldest)
    CROSS JOIN LATERAL (
        SELECT count(*), min(day) FROM (
            SELECT day FROM cases_reconexception
            WHERE bank_account_id = b.id AND status <> 'resolved' ORDER BY day, number LIMIT %(cases)s
        ) AS c
    ) AS cases (count, oldest)
    WHERE lines.count > 0 OR cases.count > 0
    ORDER BY least(lines.oldest, cases.oldest), b.id
"""
FREE = gettext_noop(
    "{bank_account}: {lines} lines without a match, {old} of them older than {days} days; {cases} open exceptions. "
    "The oldest is of {oldest}."
)


def unmatched(entity_id: UUID) -> HomeLook:
    """Bank accounts with lines that have no match, or with open exceptions, the oldest first."""
    bounds = {"most": HOME_MOST + 1, "lines": MOST_LINES, "cases": MOST_CASES, "old": OLD_DAYS}
    with connection.cursor() as cursor:
        cursor.execute(UNMATCHED, {"entity": entity_id, **bounds})
        return HomeLook([_entry(*row) for row in cursor.fetchall()])


def _entry(id_: UUID, name: str, lines: int, old: int, first_line: Any, cases: int, first_case: Any) -> HomeEntry:
    oldest = min(day for day in (first_line, first_case) if day is not None)
    figures = {
        "bank_account": name, "lines": lines, "old": old, "days": OLD_DAYS, "cases": cases, "oldest": oldest
    }  # fmt: skip
    cures = (
        Cure("Bank account", "statements_bankaccount_change", id_),
        Cure("Suggestions", "matching_matchsuggestion_changelist"),
        Cure("Exceptions", "cases_reconexception_changelist"),
    )
    return HomeEntry(FREE, figures, cures)
