"""What reconciliation adds to the close of a day: what is not reconciled yet is named."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from recon.cases.findings import fetch

# Open exceptions, and lines without a match, up to a day; a query for all bank accounts of an entity.
UNRECONCILED = """
    SELECT b.name, a.code, cases.count, lines.count
    FROM statements_bankaccount b
    JOIN accounts_account a ON a.id = b.account_id
    CROSS JOIN LATERAL (
        SELECT count(*)::int FROM cases_reconexception c
        WHERE c.bank_account_id = b.id AND c.status <> 'resolved' AND c.day <= %(day)s
    ) cases (count)
    CROSS JOIN LATERAL (
        SELECT count(*)::int FROM statements_statementline l
        WHERE l.bank_account_id = b.id AND NOT l.is_split AND NOT l.is_undone AND l.booking_date <= %(day)s
          AND NOT EXISTS (SELECT FROM matching_matchitem i WHERE i.line_id = l.id AND i.is_active)
    ) lines (count)
    WHERE b.entity_id = %(entity)s AND (cases.count > 0 OR lines.count > 0)
    ORDER BY a.code
"""


def unreconciled(entity_id: UUID, day: date) -> list[str]:
    """The close's check: bank accounts with open exceptions or with lines that have no match, up to the day."""
    found = fetch(UNRECONCILED, {"entity": entity_id, "day": day})
    return [
        f"{name} ({code}) is not reconciled up to {day}: open exceptions {cases}, lines without a match {lines}."
        for name, code, cases, lines in found
    ]
