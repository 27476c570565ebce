"""Which events follow a position, whatever comes in whatever pieces."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.books.eventlog import GENESIS, EventRow, chain_hash
from ledgerflow.core.events import RecordedEvent
from ledgerflow.events.consuming.following import BROKEN, GAP, following

pytestmark = pytest.mark.pure

BOOKS = UUID(int=7)


def a_log(count: int) -> list[RecordedEvent]:
    """Events 1 to `count`, each hashed with the one before."""
    found: list[RecordedEvent] = []
    for sequence in range(1, count + 1):
        row = EventRow(BOOKS, sequence, UUID(int=sequence), "test.done", "s", "{}", "test", "2026-03-02T12:00:00+00:00")
        found.append(RecordedEvent(*row, chain_hash(found[-1].hash if found else GENESIS, row)))
    return found


LOG = a_log(12)


def test_what_follows_is_applied() -> None:
    assert following(0, GENESIS, LOG) == (LOG, None)
    assert following(4, LOG[3].hash, LOG[4:]) == (LOG[4:], None)
    assert following(4, LOG[3].hash, []) == ([], None)


def test_what_was_applied_before_is_left_out() -> None:
    assert following(4, LOG[3].hash, LOG[:6]) == (LOG[4:6], None)
    assert following(4, LOG[3].hash, [*LOG[:5], *LOG[:5], *LOG[2:6]]) == (LOG[4:6], None)


def test_a_gap_stops_before_it() -> None:
    events, obstacle = following(0, GENESIS, [*LOG[:3], *LOG[5:]])
    assert events == LOG[:3]
    assert obstacle is not None
    assert (obstacle.place, obstacle.event, obstacle.cause) == (3, LOG[5], GAP)
    assert "Event 6 comes after event 3" in obstacle.error


@pytest.mark.parametrize(
    "change",
    [{"data": '{"x":1}'}, {"hash": bytes(32)}, {"actor": "nobody"}, {"entity_id": uuid4()}, {"id": uuid4()}],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_event_stops_before_it(change: dict[str, Any]) -> None:
    events, obstacle = following(0, GENESIS, [*LOG[:3], LOG[3]._replace(**change), *LOG[4:]])
    assert events == LOG[:3]
    assert obstacle is not None
    assert (obstacle.place, obstacle.cause) == (3, BROKEN)


def test_another_event_at_the_position_is_a_broken_history() -> None:
    _, obstacle = following(4, LOG[3].hash, [LOG[3]._replace(hash=bytes(32)), LOG[4]])
    assert obstacle is not None
    assert (obstacle.cause, obstacle.error) == (BROKEN, "Event 4 was applied with another hash.")


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12))
def test_any_pieces_in_any_order_apply_each_event_once(pieces: list[tuple[int, int]]) -> None:
    """Pieces that leave something out are refused and change nothing; all the rest adds up to the log."""
    applied: list[RecordedEvent] = []
    for first, last in [*pieces, (0, 12)]:
        position = (applied[-1].sequence, applied[-1].hash) if applied else (0, GENESIS)
        events, obstacle = following(*position, LOG[first:last])
        applied.extend(events)
        assert applied == LOG[: len(applied)]
        assert (obstacle is None) == (first <= position[0] or first >= last)
    assert applied == LOG
