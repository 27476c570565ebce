"""Counts of what the writer went through, read by the health page and by tests."""

from __future__ import annotations

from threading import Lock


class Counter:
    """A number that only grows, safe between threads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.value = 0
        self._lock = Lock()

    def add(self) -> None:
        with self._lock:
            self.value += 1


serialization_retries = Counter("ledger_serialization_retries_total")
