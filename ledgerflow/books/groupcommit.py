"""Many requests, one writer at a time: while one batch commits, the next one gathers.

The first caller leads: it takes what waits and processes it as one batch. Callers that arrive meanwhile wait; when
the leader is done it wakes its batch and hands leadership to the first of those waiting. There is no timer and no
thread of our own, so an idle queue adds no delay and a dead leader cannot leave the others asleep.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Generic, TypeVar, overload

from ledgerflow.books.errors import BatchUnfinished, BusyTooLong, QueueFull, WriterFailed
from ledgerflow.core.errors import LedgerError, OutcomeUnknown

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class _Ticket(Generic[Request, Answer]):
    __slots__ = ("answer", "error", "leads", "request", "taken", "turn", "weight")

    def __init__(self, request: Request, weight: int) -> None:
        self.request = request
        self.weight = weight
        self.turn = Lock()  # held until this caller has something to do: read its answer, or lead
        self.turn.acquire()
        self.taken = False
        self.leads = False
        self.answer: Answer | None = None
        self.error: BaseException | None = None


class _Batch(Sequence[Request]):
    """The requests of a batch, taken from the queue when somebody first looks at them.

    `full` says that waiting before looking would add nothing.
    """

    def __init__(self, take: Callable[[], list[Request]], *, full: bool) -> None:
        self.full = full
        self._take = take
        self._requests: list[Request] | None = None

    def __len__(self) -> int:
        return len(self._taken())

    def __iter__(self) -> Iterator[Request]:
        return iter(self._taken())

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> list[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | list[Request]:
        return self._taken()[index]

    def _taken(self) -> list[Request]:
        if self._requests is None:
            self._requests = self._take()
        return self._requests


class GroupCommit(Generic[Request, Answer]):
    """A bounded queue of requests that `process` answers in batches, one answer per request and in order.

    `process` gets a sequence that takes what waits when it is first looked at: a leader that has to wait for a lock
    before it can do anything takes along what arrives meanwhile.
    `batch_limit` and `queue_limit` count items (a request of 500 transfers weighs 500). A single request heavier
    than the batch limit makes a batch of its own. `callers_limit` counts the callers that wait, each of which holds
    a thread: books that are stuck must not hold all of them.
    """

    def __init__(
        self,
        process: Callable[[Sequence[Request]], Sequence[Answer]],
        *,
        batch_limit: int,
        queue_limit: int,
        wait_seconds: float,
        callers_limit: int = 10_000,
    ) -> None:
        self._process = process
        self._batch_limit = batch_limit
        self._queue_limit = queue_limit
        self._wait_seconds = wait_seconds
        self._callers_limit = callers_limit
        self._mutex = Lock()
        self._waiting: deque[_Ticket[Request, Answer]] = deque()
        self._queued = 0
        self._led = False

    def submit(self, request: Request, weight: int) -> Answer:
        """Process `request` in some batch and give its answer, in the caller's own thread.

        Raises `QueueFull` when too much waits already or its turn did not come in time (nothing was written),
        `OutcomeUnknown` when its batch was taken but gave no answer in time, and what `process` raised.
        """
        ticket: _Ticket[Request, Answer] = _Ticket(request, weight)
        with self._mutex:
            crowded = len(self._waiting) >= self._callers_limit
            if crowded or (self._queued and self._queued + weight > self._queue_limit):
                raise QueueFull
            self._waiting.append(ticket)
            self._queued += weight
            if not self._led:
                self._led = ticket.leads = True
        if not ticket.leads:
            self._wait(ticket)
        if ticket.leads:
            self._lead(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.answer  # type: ignore[return-value]  # set whenever there is no error

    def _wait(self, ticket: _Ticket[Request, Answer]) -> None:
        try:
            in_time = ticket.turn.acquire(timeout=self._wait_seconds)
        except BaseException:
            self._leave(ticket)
            raise
        if not in_time:
            self._give_up(ticket)

    def _leave(self, ticket: _Ticket[Request, Answer]) -> None:
        """The waiting thread is being ended (a signal, a task's time limit): nobody may wait for it to lead."""
        with self._mutex:
            if not ticket.taken:
                self._waiting.remove(ticket)
                self._queued -= ticket.weight
        if ticket.leads:
            self._hand_over()

    def _give_up(self, ticket: _Ticket[Request, Answer]) -> None:
        """The wait was too long: cancel what was not taken, otherwise say that the outcome is unknown.

        A ticket that was promoted or answered at this very moment carries on instead.
        """
        with self._mutex:
            if ticket.leads or ticket.answer is not None or ticket.error is not None:
                return
            if not ticket.taken:
                self._waiting.remove(ticket)
                self._queued -= ticket.weight
                raise BusyTooLong
        raise BatchUnfinished

    def _lead(self, own: _Ticket[Request, Answer]) -> None:
        batch: list[_Ticket[Request, Answer]] = []

        def take() -> list[Request]:
            batch.extend(self._take())
            return [ticket.request for ticket in batch]

        try:
            answers = self._process(_Batch(take, full=self._queued >= self._batch_limit))
            for ticket, answer in zip(batch, answers, strict=True):
                ticket.answer = answer
        except BaseException as error:
            if not batch:
                take()  # it failed before it looked: whoever waits is told so too
            for ticket in batch:
                ticket.error = error if isinstance(error, LedgerError) else _unknown(error)
            if not isinstance(error, LedgerError):
                raise
        finally:
            self._hand_over()
            for ticket in batch:
                if ticket is not own:
                    ticket.turn.release()

    def _take(self) -> list[_Ticket[Request, Answer]]:
        batch: list[_Ticket[Request, Answer]] = []
        weight = 0
        with self._mutex:
            while self._waiting and (not batch or weight + self._waiting[0].weight <= self._batch_limit):
                ticket = self._waiting.popleft()
                ticket.taken = True
                weight += ticket.weight
                batch.append(ticket)
            self._queued -= weight
        return batch

    def _hand_over(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].turn.release()
            else:
                self._led = False


def _unknown(error: BaseException) -> OutcomeUnknown:
    unknown = WriterFailed()
    unknown.__cause__ = error
    return unknown
