"""What Home looks at of publishing: events that Kafka should have had by now."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop

from ledgerflow.core import clocks
from ledgerflow.core.plugins import Cure, HomeEntry, HomeLook
from ledgerflow.events.publishing.kafka import is_configured
from ledgerflow.events.publishing.models import KAFKA, BreakerState
from ledgerflow.events.publishing.reading import breaker_of

PATIENCE = timedelta(minutes=1)  # what was recorded just now is on its way
# Three probes of indexes: the head, the position, and the first event after it.
LAG = """
    SELECT p.id, coalesce(p.problem, ''), coalesce(head.sequence, 0) - coalesce(p.sequence, 0), first.recorded_at
    FROM (VALUES (%(entity)s::uuid)) AS wanted (id)
    LEFT JOIN publishing_sinkposition p ON p.entity_id = wanted.id AND p.sink = %(sink)s
    LEFT JOIN LATERAL (
        SELECT sequence FROM books_event WHERE entity_id = wanted.id ORDER BY sequence DESC LIMIT 1
    ) AS head ON true
    LEFT JOIN books_event AS first
      ON first.entity_id = wanted.id AND first.sequence = coalesce(p.sequence, 0) + 1
"""
STOPPED = gettext_noop("Publishing stands still, {lag} events behind: {problem}")
BEHIND = gettext_noop("{lag} events are not published, the first since {since}.")
UNREACHABLE = gettext_noop("Kafka cannot be reached: {problem}")
IN_STEP = gettext_noop("{lag} events behind")


def lag_of_sinks(entity_id: UUID) -> HomeLook:
    """Whether events of these books reach Kafka; nothing is said where there is none."""
    if not is_configured():
        return HomeLook(is_told=False)
    with connection.cursor() as cursor:
        cursor.execute(LAG, {"entity": entity_id, "sink": KAFKA})
        ((position, problem, lag, since),) = cursor.fetchall()
    cures = (
        Cure("Position", "publishing_sinkposition_change", position)
        if position
        else Cure("Positions", "publishing_sinkposition_changelist"),
    )
    entries = []
    if problem:
        entries.append(HomeEntry(STOPPED, {"lag": lag, "problem": problem}, cures))
    elif since is not None and since < clocks.now() - PATIENCE:
        entries.append(HomeEntry(BEHIND, {"lag": lag, "since": since}, cures))
    breaker = breaker_of(KAFKA)
    if breaker.state == BreakerState.OPEN:
        entries.append(HomeEntry(UNREACHABLE, {"problem": breaker.last_error}, cures))
    return HomeLook(entries, calm=None if entries else HomeEntry(IN_STEP, {"lag": max(lag, 0)}))
