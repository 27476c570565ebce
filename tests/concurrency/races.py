"""Races without sleeping: threads stop at a gate after loading, and go on once everybody has got as far as they can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread, current_thread
from typing import Any

import pytest
from django.db import connections

from accounts import changing
from journals import hold_rows, posting, rows
from journals.drafts import Draft
from journals.events import Answer
from ledgerflow.books import writing
from ledgerflow.books.models import Entity
from tests.attacks import connect

PATIENCE_SECONDS = 120  # after which a race that hangs is a test that fails
STEADY_LOOKS = 5
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

Work = Callable[[], Any]


def post_elsewhere(entity: Entity, *drafts: Draft) -> list[Answer]:
    """Post as another process would: past the queue of this one, in a transaction of its own."""
    (answers,) = posting._post_requests(entity.id, [posting.PostingRequest(drafts)])
    return answers


def posting_of(entity: Entity, *drafts: Draft) -> Work:
    return lambda: post_elsewhere(entity, *drafts)[0]


class Racer(Thread):
    """One work in a thread of its own; `outcome` is what it gave or raised."""

    def __init__(self, work: Work) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.outcome: Any = None
        self.is_done = False

    def run(self) -> None:
        try:
            self.outcome = self._work()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.outcome = error
        finally:
            connections.close_all()
            self.is_done = True


class Race:
    """`held` works stop at the gate; `start` more; `finish` opens it and gives all outcomes in their order."""

    def __init__(self, *held: Work) -> None:
        self._gate = Event()
        self._at_gate: set[int] = set()
        self._mutex = Lock()
        self._racers: list[Racer] = []
        self._held = [Racer(work) for work in held]

    def stop_here(self) -> None:
        """Called by the patched code; holds the held ones."""
        racer = next((racer for racer in self._held if racer is current_thread()), None)
        if racer is None or self._gate.is_set():
            return
        with self._mutex:
            self._at_gate.add(id(racer))
        assert self._gate.wait(PATIENCE_SECONDS), "nobody opened the gate"

    def start(self, *free: Work) -> None:
        """Start the held ones (once) and these; come back when all are at the gate, blocked or done."""
        fresh = [*(racer for racer in self._held if racer not in self._racers), *(Racer(work) for work in free)]
        self._racers += fresh
        for racer in fresh:
            racer.start()
        self._settle()

    def finish(self) -> list[Any]:
        self._gate.set()
        for racer in self._racers:
            racer.join(PATIENCE_SECONDS)
            assert racer.is_done, "a racer waits for ever"
        return [racer.outcome for racer in self._racers]

    def _settle(self) -> None:
        breath = Event()
        looks = 0
        with connect(autocommit=True) as watcher:
            for _ in range(PATIENCE_SECONDS * 200):
                row = watcher.execute(WAITING).fetchone()
                done = sum(racer.is_done for racer in self._racers)
                waiting = row[0] if row else 0
                settled = waiting + done + len(self._at_gate) >= len(self._racers)
                looks = looks + 1 if settled else 0
                # Somebody who waits may wait for a moment only, on his way to the gate: look again.
                if settled and (looks >= STEADY_LOOKS or not waiting):
                    return
                breath.wait(0.005)
        pytest.fail("the race did not settle")


@contextmanager
def race(monkeypatch: pytest.MonkeyPatch, *held: Work) -> Iterator[Race]:
    """A race whose `held` works stop between what they loaded and what they do with it."""
    run = Race(*held)

    def stopping(original: Callable[..., Any]) -> Callable[..., Any]:
        def stop_and_go_on(*args: Any) -> Any:
            run.stop_here()
            return original(*args)

        return stop_and_go_on

    with monkeypatch.context() as patch:
        patch.setattr(posting, "_decide", stopping(posting._decide))
        patch.setattr(changing, "_save", stopping(changing._save))
        run.start()
        yield run


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entity's row is read, not locked: the twin that must show the fault.

    Balances are found by account, not by the place they were loaded from, which would tell that they have moved.
    """
    monkeypatch.setattr(writing, "LOCK", writing.LOCK.replace("FOR NO KEY UPDATE", ""))
    for module, name in ((rows, "UPDATE_BALANCES"), (rows, "UPDATE_BALANCES_AND_HELD"), (hold_rows, "UPDATE_HELD")):
        monkeypatch.setattr(module, name, getattr(module, name).replace("b.ctid = n.place AND", ""))


def without_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals, postings, events and keys are not written, so neither guards nor unique keys can help out."""

    @contextmanager
    def nowhere(_tx: writing.Transaction, _sql: str) -> Iterator[Callable[[str | bytes], None]]:
        yield lambda _lines: None

    monkeypatch.setattr(writing.Transaction, "copying", nowhere)
