from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerflow.core import ids
from ledgerflow.core.ids import uuid7, uuid7_run

pytestmark = pytest.mark.pure


@given(st.integers(0, 3000))
def test_a_run_rises_and_repeats_nothing(count: int) -> None:
    run = uuid7_run(count)
    assert len(run) == count
    assert sorted(set(run)) == run


@given(st.integers(1, 50))
def test_version_and_variant_are_those_of_rfc_9562(count: int) -> None:
    assert all(id_.version == 7 and id_.variant == RFC_4122 for id_ in uuid7_run(count))


def test_the_time_is_in_the_first_48_bits() -> None:
    ids._forget()  # another test may have set the clock forward
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


def test_ids_rise_within_a_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = time.time_ns() + 1_000_000_000
    monkeypatch.setattr("time.time_ns", lambda: moment)
    made = [uuid7(), *uuid7_run(3), uuid7(), *uuid7_run(1000), uuid7()]
    assert sorted(set(made)) == made


def test_ids_rise_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = uuid7()
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000)
    assert uuid7() > earlier


def test_ids_of_many_threads_rise_and_are_unique() -> None:
    """What a thread gets is more than what any thread had before it asked: each asks after the last one answered."""

    def several(_: int) -> list[UUID]:
        made: list[UUID] = []
        for _ in range(200):
            made += [uuid7(), *uuid7_run(3)]
        return made

    before = uuid7()
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(several, range(16)))
    after = uuid7()
    assert all(sorted(made) == made for made in found)
    together = [id_ for made in found for id_ in made]
    assert len(set(together)) == len(together)
    assert before < min(together)
    assert max(together) < after


def test_a_forked_process_does_not_count_on_where_its_parent_does(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = time.time_ns() + 2_000_000_000
    monkeypatch.setattr("time.time_ns", lambda: moment)
    uuid7()
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=lambda: sender.send(uuid7_run(10)))
    child.start()
    of_the_child = receiver.recv()
    child.join()
    assert not set(of_the_child) & set(uuid7_run(10))
