from __future__ import annotations

import time
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.core.ids import uuid7, uuid7_run

pytestmark = pytest.mark.any_server


@given(st.integers(0, 3000))
def test_a_run_rises_and_repeats_nothing(count: int) -> None:
    run = uuid7_run(count)
    assert len(run) == count
    assert sorted(set(run)) == run


@given(st.integers(1, 50))
def test_version_and_variant_are_those_of_rfc_9562(count: int) -> None:
    assert all(id_.version == 7 and id_.variant == RFC_4122 for id_ in uuid7_run(count))


def test_the_time_is_in_the_first_48_bits() -> None:
    before = time.time_ns() // 1_000_000
    stamp = uuid7().int >> 80
    assert before <= stamp <= time.time_ns() // 1_000_000


def test_ids_of_a_later_millisecond_sort_after(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = time.time_ns()
    monkeypatch.setattr("time.time_ns", lambda: moment)
    earlier = uuid7_run(1000)
    monkeypatch.setattr("time.time_ns", lambda: moment + 1_000_000)
    assert uuid7() > max(earlier)


def test_counting_carries_into_the_high_random_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    # The random start is just below the boundary of the low 62 bits.
    monkeypatch.setattr("os.urandom", lambda count: b"\x00" + b"\xff" * (count - 1))
    run = uuid7_run(2**8)
    assert sorted(set(run)) == run
    assert all(id_.version == 7 and id_.variant == RFC_4122 for id_ in run)
