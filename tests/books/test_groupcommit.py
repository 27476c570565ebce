"""Group commit with threads: who waits for whom is arranged with locks, so every run is the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore
from typing import Any

import pytest

from accounts.errors import UnknownAccount
from ledgerflow.books import groupcommit
from ledgerflow.books.errors import QueueFull, WriterBusy
from ledgerflow.books.groupcommit import GroupCommit, _Ticket
from ledgerflow.core.errors import OutcomeUnknown

pytestmark = pytest.mark.pure

PATIENCE = 120.0  # more than any step takes; only a fault makes a test wait so long


class Killed(BaseException):
    """What ends a thread from outside."""


class Writer:
    """A `process` that stops in every batch until told to go on, or to fail."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.entered = Semaphore(0)
        self.go = Semaphore(0)
        self.failure: BaseException | None = None
        self.answer: Callable[[Sequence[str]], Sequence[str]] = lambda requests: [f"{one}!" for one in requests]

    def __call__(self, requests: Sequence[str]) -> Sequence[str]:
        self.batches.append(list(requests))
        self.entered.release()
        assert self.go.acquire(timeout=PATIENCE)
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        return self.answer(requests)


class Line(deque[Any]):
    """The queue's waiting line, which tells when somebody has joined it."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = Semaphore(0)

    def append(self, ticket: Any) -> None:
        super().append(ticket)
        self.arrived.release()


class Desk:
    """Callers in threads of their own in front of one queue."""

    def __init__(self, writer: Any, threads: ThreadPoolExecutor, **limits: Any) -> None:
        self.writer = writer
        self.threads = threads
        values: dict[str, Any] = {"batch_limit": 10, "queue_limit": 100, "wait_seconds": PATIENCE} | limits
        self.queue: GroupCommit[str, str] = GroupCommit(writer, **values)
        self.queue._waiting = line = Line()
        self.arrived = line.arrived

    def call(self, *requests: str, weight: int = 1) -> list[Future[str]]:
        """Submit requests, each in a thread, and come back when all of them wait (or lead) in this order."""
        calls = []
        for request in requests:
            calls.append(self.threads.submit(self.queue.submit, request, weight))
            assert self.arrived.acquire(timeout=PATIENCE)
        return calls

    def lead(self, request: str = "leader", weight: int = 1) -> Future[str]:
        """Submit one that leads, and come back when its batch is being written."""
        (call,) = self.call(request, weight=weight)
        self.batch_begins()
        return call

    def batch_begins(self) -> None:
        assert self.writer.entered.acquire(timeout=PATIENCE)

    def batch_ends(self, failure: BaseException | None = None) -> None:
        self.writer.failure = failure
        self.writer.go.release()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


@pytest.fixture
def desk(threads: ThreadPoolExecutor) -> Desk:
    return Desk(Writer(), threads)


def results(calls: Sequence[Future[str]]) -> list[str]:
    return [call.result(PATIENCE) for call in calls]


def error_of(call: Future[str]) -> BaseException | None:
    return call.exception(PATIENCE)


def test_an_idle_queue_processes_at_once(desk: Desk) -> None:
    desk.batch_ends()
    assert desk.queue.submit("one", 1) == "one!"
    desk.batch_ends()
    assert desk.queue.submit("two", 1) == "two!"
    assert desk.writer.batches == [["one"], ["two"]]


def test_those_who_arrive_during_a_batch_make_the_next_one(desk: Desk) -> None:
    leader = desk.lead()
    calls = desk.call("a", "b", "c")
    desk.batch_ends()
    assert leader.result(PATIENCE) == "leader!"
    desk.batch_begins()
    desk.batch_ends()
    assert results(calls) == ["a!", "b!", "c!"]
    assert desk.writer.batches == [["leader"], ["a", "b", "c"]]


def test_a_batch_is_capped_by_weight_and_a_heavy_request_goes_alone(desk: Desk) -> None:
    leader = desk.lead()
    calls = [
        *desk.call("a", weight=6),
        *desk.call("b", weight=4),
        *desk.call("c", weight=1),
        *desk.call("d", weight=50),
    ]
    for _ in range(4):
        desk.batch_ends()
    assert results([leader, *calls]) == ["leader!", "a!", "b!", "c!", "d!"]
    assert desk.writer.batches == [["leader"], ["a", "b"], ["c"], ["d"]]


def test_a_full_queue_refuses_and_takes_again_when_there_is_room(threads: ThreadPoolExecutor) -> None:
    desk = Desk(Writer(), threads, queue_limit=3)
    leader = desk.lead(weight=50)
    calls = desk.call("a", weight=2)
    with pytest.raises(QueueFull, match="nothing was written"):
        desk.queue.submit("too much", 2)
    calls += desk.call("b")
    desk.batch_ends()
    desk.batch_ends()
    assert results([leader, *calls]) == ["leader!", "a!", "b!"]
    desk.batch_ends()
    assert desk.queue.submit("later", 3) == "later!"


def test_an_empty_queue_takes_a_request_above_its_limit(threads: ThreadPoolExecutor) -> None:
    desk = Desk(Writer(), threads, queue_limit=3)
    desk.batch_ends()
    assert desk.queue.submit("heavy", 50) == "heavy!"


def test_a_refusal_of_the_whole_batch_reaches_every_caller(desk: Desk) -> None:
    leader = desk.lead()
    calls = desk.call("a", "b")
    desk.batch_ends()
    desk.batch_begins()
    refusal = UnknownAccount("no books")
    desk.batch_ends(refusal)
    assert [error_of(call) for call in calls] == [refusal, refusal]
    assert leader.result(PATIENCE) == "leader!"


@pytest.mark.parametrize("failure", [ValueError("a fault"), Killed("by a signal")])
def test_a_leader_that_dies_wakes_its_batch_and_the_next_leader(desk: Desk, failure: BaseException) -> None:
    first = desk.lead()
    second = desk.call("a", "b")
    desk.batch_ends()
    assert first.result(PATIENCE) == "leader!"
    desk.batch_begins()
    third = desk.call("c")
    desk.batch_ends(failure)
    assert error_of(second[0]) is failure
    outcome = error_of(second[1])
    assert isinstance(outcome, OutcomeUnknown)
    assert outcome.__cause__ is failure
    desk.batch_ends()
    assert results(third) == ["c!"]
    desk.batch_ends()
    assert desk.queue.submit("and on", 1) == "and on!"


def test_an_answer_too_few_is_nobodys_answer(desk: Desk) -> None:
    leader = desk.lead()
    calls = desk.call("a", "b")
    desk.writer.answer = lambda requests: list(requests)[:1]
    desk.batch_ends()
    desk.batch_begins()
    desk.batch_ends()
    assert leader.result(PATIENCE) == "leader"
    assert isinstance(error_of(calls[0]), ValueError)
    assert isinstance(error_of(calls[1]), OutcomeUnknown)


def test_who_waited_too_long_and_was_not_taken_is_cancelled(threads: ThreadPoolExecutor) -> None:
    desk = Desk(Writer(), threads, wait_seconds=0.01)
    leader = desk.lead()
    with pytest.raises(QueueFull, match="nothing was written"):
        desk.queue.submit("impatient", 5)
    desk.batch_ends()
    assert leader.result(PATIENCE) == "leader!"
    assert desk.writer.batches == [["leader"]]
    assert desk.queue._queued == 0


# Races between a wait that ends and what it waited for, made certain by a turn that ends when we say so


class Turn:
    """Stands in for a ticket's lock: ends, out of time or by a kill, once `until_then` is over."""

    def __init__(self, until_then: Callable[[Turn], object], end: BaseException | None) -> None:
        self.until_then = until_then
        self.end = end
        self.given = Semaphore(0)

    def acquire(self, *, timeout: float) -> bool:
        assert timeout
        self.until_then(self)
        if self.end is not None:
            raise self.end
        return False

    def release(self) -> None:
        self.given.release()

    def is_given(self) -> None:
        assert self.given.acquire(timeout=PATIENCE)


@pytest.fixture
def late(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Future[str]]:
    """Submit "late", whose wait ends as told."""

    def submit(until_then: Callable[[Turn], object], end: BaseException | None = None) -> Future[str]:
        class Ticket(_Ticket[str, str]):
            def __init__(self, request: str, weight: int) -> None:
                super().__init__(request, weight)
                if request == "late":
                    self.turn = Turn(until_then, end)  # type: ignore[assignment]

        monkeypatch.setattr(groupcommit, "_Ticket", Ticket)
        return desk.call("late")[0]

    return submit


def test_who_waited_too_long_but_was_taken_is_told_that_nobody_knows(
    desk: Desk, late: Callable[..., Future[str]]
) -> None:
    leader = desk.lead()
    (heir,) = desk.call("heir")
    taken = Semaphore(0)
    call = late(lambda _: taken.acquire(timeout=PATIENCE))
    desk.batch_ends()
    desk.batch_begins()
    taken.release()
    assert isinstance(error_of(call), OutcomeUnknown)
    desk.batch_ends()
    assert results([leader, heir]) == ["leader!", "heir!"]
    assert desk.writer.batches == [["leader"], ["heir", "late"]]


def test_an_answer_that_comes_as_the_wait_ends_is_given(desk: Desk, late: Callable[..., Future[str]]) -> None:
    leader = desk.lead()
    (heir,) = desk.call("heir")
    call = late(Turn.is_given)
    desk.batch_ends()
    desk.batch_ends()
    assert results([leader, heir, call]) == ["leader!", "heir!", "late!"]


def test_so_is_an_error(desk: Desk, late: Callable[..., Future[str]]) -> None:
    desk.lead()
    (heir,) = desk.call("heir")
    call = late(Turn.is_given)
    desk.batch_ends()
    desk.batch_begins()
    desk.batch_ends(ValueError("a fault"))
    assert isinstance(error_of(heir), ValueError)
    assert isinstance(error_of(call), OutcomeUnknown)


def test_who_is_to_lead_as_the_wait_ends_leads(desk: Desk, late: Callable[..., Future[str]]) -> None:
    leader = desk.lead()
    call = late(Turn.is_given)
    (heir,) = desk.call("heir")
    desk.batch_ends()
    desk.batch_ends()
    assert results([leader, call, heir]) == ["leader!", "late!", "heir!"]


def test_a_waiting_thread_that_is_ended_leaves_the_queue(desk: Desk, late: Callable[..., Future[str]]) -> None:
    leader = desk.lead()
    killed = Killed()
    assert error_of(late(lambda _: None, killed)) is killed
    desk.batch_ends()
    assert leader.result(PATIENCE) == "leader!"
    desk.batch_ends()
    assert desk.queue.submit("and on", 1) == "and on!"
    assert desk.writer.batches == [["leader"], ["and on"]]


def test_one_ended_as_it_was_to_lead_hands_on(desk: Desk, late: Callable[..., Future[str]]) -> None:
    leader = desk.lead()
    killed = Killed()
    call = late(Turn.is_given, killed)
    (heir,) = desk.call("heir")
    desk.batch_ends()
    assert error_of(call) is killed
    desk.batch_ends()
    assert results([leader, heir]) == ["leader!", "heir!"]
    assert desk.writer.batches == [["leader"], ["heir"]]


def test_one_ended_after_it_was_taken_changes_nothing(desk: Desk, late: Callable[..., Future[str]]) -> None:
    leader = desk.lead()
    (heir,) = desk.call("heir")
    killed = Killed()
    call = late(Turn.is_given, killed)
    desk.batch_ends()
    desk.batch_ends()
    assert results([leader, heir]) == ["leader!", "heir!"]
    assert error_of(call) is killed
    assert desk.writer.batches == [["leader"], ["heir", "late"]]


class Door:
    """A `process` that waits for the books' lock before it looks at its batch, and gets it or not."""

    def __init__(self, refusal: WriterBusy | None = None) -> None:
        self.refusal = refusal
        self.waiting = Semaphore(0)
        self.locked = Semaphore(0)
        self.batches: list[Sequence[str]] = []

    def __call__(self, requests: Sequence[str]) -> Sequence[str]:
        self.waiting.release()
        assert self.locked.acquire(timeout=PATIENCE)
        if self.refusal is not None:
            raise self.refusal
        self.batches.append(requests[:])
        return [f"{requests[place]}!" for place in range(len(requests))]


def arrive_at(door: Door, threads: ThreadPoolExecutor) -> list[Future[str]]:
    desk = Desk(door, threads)
    leader = desk.call("leader")
    assert door.waiting.acquire(timeout=PATIENCE)
    calls = leader + desk.call("a", "b")
    door.locked.release()
    return calls


def test_who_arrives_while_the_leader_waits_for_the_lock_goes_along(threads: ThreadPoolExecutor) -> None:
    door = Door()
    assert results(arrive_at(door, threads)) == ["leader!", "a!", "b!"]
    assert door.batches == [["leader", "a", "b"]]


def test_a_lock_that_was_not_had_is_told_to_all_who_waited_for_it(threads: ThreadPoolExecutor) -> None:
    refusal = WriterBusy("The books are busy.")
    assert [error_of(call) for call in arrive_at(Door(refusal), threads)] == [refusal, refusal, refusal]
