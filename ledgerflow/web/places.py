"""How many threads of this process may be at one kind of work: one kind that is stuck leaves threads to the others."""

from __future__ import annotations

from threading import Lock

from ledgerflow.core.errors import ServerBusy


class Places:
    """A number of places. Nobody waits for one: who finds none is told to come again."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken = 0
        self._lock = Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._taken >= self.limit:
                raise ServerBusy
            self._taken += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._taken -= 1
