"""The hash chain: any change of any column shows, and no two different rows have the same bytes."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.books.eventlog import GENESIS, EventRow, chain_hash

pytestmark = pytest.mark.pure

EVENT = EventRow(
    entity_id=UUID(int=1), sequence=2, id=UUID(int=3), type="journal.posted", subject="j1", data='{"a":"1.00"}',
    actor="key:7", recorded_at="2026-03-02T10:00:00.000001+00:00",
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
EVENTS = st.builds(
    EventRow,
    entity_id=st.sampled_from([UUID(int=1), UUID(int=2)]), sequence=st.integers(1, 3), id=st.sampled_from([UUID(int=1), UUID(int=2)]),
    type=TEXTS, subject=TEXTS, data=TEXTS, actor=TEXTS, recorded_at=TEXTS,
)  # fmt: skip


@pytest.mark.parametrize(
    "column, value",
    [("entity_id", UUID(int=9)), ("sequence", 3), ("id", UUID(int=9)), ("type", "journal.postee"), ("subject", "j2"),
     ("data", '{"a":"1.01"}'), ("actor", "key:8"), ("recorded_at", "2026-03-02T10:00:00.000002+00:00")],
)  # fmt: skip
def test_each_column_counts(column: str, value: Any) -> None:
    assert chain_hash(GENESIS, EVENT._replace(**{column: value})) != chain_hash(GENESIS, EVENT)


def test_all_columns_are_in_that_test() -> None:
    assert set(EventRow._fields) == {"entity_id", "sequence", "id", "type", "subject", "data", "actor", "recorded_at"}


def test_the_history_before_counts() -> None:
    first = chain_hash(GENESIS, EVENT)
    assert chain_hash(first, EVENT) != first
    assert chain_hash(sha256(b"another past").digest(), EVENT) != chain_hash(first, EVENT)


@given(EVENTS, EVENTS)
def test_no_two_rows_have_the_same_hash(one: EventRow, other: EventRow) -> None:
    assert (chain_hash(GENESIS, one) == chain_hash(GENESIS, other)) == (one == other)


@given(TEXTS, TEXTS, st.integers(0, 12))
def test_text_moved_to_the_next_column_shows(subject: str, data: str, cut: int) -> None:
    moved = EVENT._replace(subject=subject[:cut], data=subject[cut:] + data)
    event = EVENT._replace(subject=subject, data=data)
    assert (chain_hash(GENESIS, event) == chain_hash(GENESIS, moved)) == (event == moved)


def test_hashes_of_years_ago_still_match() -> None:
    assert chain_hash(GENESIS, EVENT).hex() == "41520d8087eec4e2c3dfa92ffd936caf257b2610072e44550bbbcafa3100a2aa"
