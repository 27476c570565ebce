"""Where the last revaluation of each account left off, so that a run reads what came since and not the whole history.

A line of a run says what stood on the account at the end of its day. That still holds unless something dated on or
before that day was posted later or was given a rate of its own, or the day was reopened; then the account is worked out
from its first movement again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from fx.rates.policies import Fetch
from fx.revaluation.revaluing import ForeignPosition

# One probe of the lines per account where it was in the newest run. Another policy (of rounding) starts anew.
NEWEST = """
    WITH reopened AS MATERIALIZED (
        SELECT day, event_sequence FROM days_daycutoff WHERE entity_id = %s AND action = 'reopen'
    )
    SELECT w.id, n.* FROM unnest(%s::uuid[]) AS w (id) CROSS JOIN LATERAL (
        SELECT r.day, r.seen_sequence, l.position, l.cost, l.realised
        FROM revaluation_revaluation r JOIN revaluation_revaluationline l ON l.run_id = r.id AND l.account_id = w.id
        WHERE r.entity_id = %s AND r.day BETWEEN %s AND %s AND r.kind = 'revaluation' AND r.seen_sequence >= %s
          AND NOT EXISTS (SELECT FROM reopened o WHERE o.day <= r.day AND o.event_sequence > r.event_sequence)
        ORDER BY r.day DESC, r.number DESC LIMIT 1) n
"""
# Postings by version, so that only those since the run are read: OFFSET 0 keeps the planner from going by date.
TOUCHED = """
    SELECT m.id FROM unnest(%s::uuid[], %s::date[], %s::bigint[]) AS m (id, day, seen)
    CROSS JOIN LATERAL (SELECT journals_version_at(m.id, m.seen) AS version OFFSET 0) v
    WHERE EXISTS (
        SELECT FROM (
            SELECT p.effective_date FROM journals_posting p
            WHERE p.account_id = m.id AND p.account_version > v.version
            ORDER BY p.account_version OFFSET 0) p
        WHERE p.effective_date <= m.day)
    OR EXISTS (
        SELECT FROM functional_carriedline c
        WHERE c.account_id = m.id AND c.event_sequence > m.seen AND c.effective_date <= m.day)
"""


class KnownPosition(NamedTuple):
    """What stood on an account at the end of a day."""

    day: date = date.min
    position: ForeignPosition = ForeignPosition()


START = KnownPosition()


def known_positions(
    entity_id: UUID, accounts: Sequence[UUID], day: date, *, since: date, policy_revision: int, fetch: Fetch
) -> dict[UUID, KnownPosition]:
    """What the newest run from `since` to `day` says that still holds, of the accounts that have such a run."""
    rows = {
        id_: (on, seen, ForeignPosition(*sums))
        for id_, on, seen, *sums in fetch(NEWEST, (entity_id, list(accounts), entity_id, since, day, policy_revision))
    }
    if not rows:
        return {}
    columns = (list(rows), [on for on, _, _ in rows.values()], [seen for _, seen, _ in rows.values()])
    touched = {id_ for (id_,) in fetch(TOUCHED, columns)}
    return {id_: KnownPosition(on, position) for id_, (on, _, position) in rows.items() if id_ not in touched}
