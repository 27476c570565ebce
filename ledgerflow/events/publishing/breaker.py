"""The circuit breaker of a sink: after some failures nobody tries for a while, then one does, then all.

It is a row that all processes share, and each step is one statement of its own: a row that is locked while somebody
waits for Kafka would make the others wait too. Pauses double from one second to thirty and are shortened by chance, so
that entities do not all come at once.
"""

from __future__ import annotations

from typing import NamedTuple

from ledgerflow.events.publishing.models import MAX_TEXT, BreakerState
from ledgerflow.events.publishing.rows import Connection, query

FAILURES_TO_OPEN = 3
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 30
# Longer than one attempt takes: who tries and is killed must not keep the others away for ever.
TRIAL_SECONDS = 20

SHOW = "SELECT state, failures, until <= clock_timestamp() FROM publishing_sinkbreaker WHERE sink = %s"
# Of those who come after the pause, one gets the row.
TRY = """
    UPDATE publishing_sinkbreaker
    SET state = 'half-open', until = clock_timestamp() + make_interval(secs => %s), changed_at = clock_timestamp()
    WHERE sink = %s AND state <> 'closed' AND until <= clock_timestamp()
    RETURNING failures
"""
GIVE_BACK = """
    UPDATE publishing_sinkbreaker SET state = 'open', until = clock_timestamp(), changed_at = clock_timestamp()
    WHERE sink = %s AND state = 'half-open'
"""
CLOSE = """
    UPDATE publishing_sinkbreaker SET state = 'closed', failures = 0, changed_at = clock_timestamp()
    WHERE sink = %s AND (state <> 'closed' OR failures > 0)
"""
FAIL = """
    INSERT INTO publishing_sinkbreaker AS b (sink, state, failures, until, last_error, changed_at)
    VALUES (%(sink)s, 'closed', 1, clock_timestamp() + make_interval(secs => %(pause)s), %(error)s, clock_timestamp())
    ON CONFLICT (sink) DO UPDATE SET
        failures = least(b.failures, 1000000) + 1,
        state = CASE WHEN b.failures + 1 >= %(to_open)s THEN 'open' ELSE 'closed' END,
        until = clock_timestamp() + make_interval(secs => (0.5 + random() / 2) * least(
            %(longest)s, %(pause)s * power(2, least(greatest(b.failures + 1 - %(to_open)s, 0), 20)))),
        last_error = excluded.last_error,
        changed_at = excluded.changed_at
    RETURNING b.state, b.failures, greatest(extract(epoch FROM b.until - clock_timestamp()), 0)::double precision
"""


class Admission(NamedTuple):
    """Whether one may try; `is_clean` when there is no failure to forget, `is_trial` when one tries for all."""

    may_send: bool
    is_clean: bool = True
    is_trial: bool = False


class Failed(NamedTuple):
    """What a failure made of the breaker, and after how many seconds somebody may try again."""

    is_open: bool
    failures: int
    pause_seconds: float


def admit(connection: Connection, sink: str) -> Admission:
    """Ask before sending. Who is admitted tells `succeeded`, `failed` or `give_back` afterwards."""
    row = query(connection, SHOW, (sink,)).fetchone()
    if row is None:
        return Admission(may_send=True)
    state, failures, is_over = row
    if state == BreakerState.CLOSED:
        return Admission(may_send=True, is_clean=failures == 0)
    if not is_over or query(connection, TRY, (TRIAL_SECONDS, sink)).fetchone() is None:
        return Admission(may_send=False)
    return Admission(may_send=True, is_clean=False, is_trial=True)


def give_back(connection: Connection, sink: str) -> None:
    """There was nothing to try with: the next one may."""
    query(connection, GIVE_BACK, (sink,))


def succeeded(connection: Connection, sink: str) -> None:
    query(connection, CLOSE, (sink,))


def failed(connection: Connection, sink: str, error: str) -> Failed:
    given = {
        "sink": sink,
        "error": error[:MAX_TEXT],
        "to_open": FAILURES_TO_OPEN,
        "pause": FIRST_PAUSE_SECONDS,
        "longest": LONGEST_PAUSE_SECONDS,
    }
    row = query(connection, FAIL, given).fetchone()
    assert row is not None  # noqa: S101 - an upsert gives its row
    state, failures, pause_seconds = row
    return Failed(state == BreakerState.OPEN, failures, pause_seconds)
