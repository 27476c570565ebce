"""What Home looks at among recurring journals."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop

from ledgerflow.core.plugins import HOME_MOST, Cure, HomeEntry, HomeLook

REFUSED = """
    SELECT r.id, r.name, r.next_due, run.message
    FROM schedules_recurringjournal r
    CROSS JOIN LATERAL (
        SELECT outcome, message FROM schedules_recurringrun
        WHERE recurring_id = r.id AND due_on = r.next_due ORDER BY attempt DESC LIMIT 1
    ) AS run
    WHERE r.entity_id = %s AND r.next_due IS NOT NULL AND r.status = 'active' AND run.outcome = 'refused'
    ORDER BY r.next_due, r.id LIMIT %s
"""
NOT_POSTED = gettext_noop("{name} of {due_on} was not posted: {message}")


def refused_runs(entity_id: UUID) -> HomeLook:
    """Recurring journals whose date in turn was refused at the last try."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSED, (entity_id, HOME_MOST + 1))
        rows = cursor.fetchall()
    return HomeLook(
        [
            HomeEntry(
                NOT_POSTED,
                {"name": name, "due_on": due_on, "message": message},
                (Cure("Recurring journal", "schedules_recurringjournal_change", recurring_id),),
            )
            for recurring_id, name, due_on, message in rows
        ]
    )
