"""The setting CELERY_BEAT_SCHEDULE: what the project says, and what the rooms declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any


class BeatSchedule(MutableMapping[str, Any]):
    """Entries of the project by name, and one for each job of the rooms.

    Settings are read before the rooms start, so theirs are looked up when beat asks. An entry of the project that has
    the name of a job takes its place.
    """

    def __init__(self, own: Mapping[str, Any]) -> None:
        self.own: dict[str, Any] = dict(own.own if isinstance(own, BeatSchedule) else own)

    def _all(self) -> dict[str, Any]:
        from ledgerflow.ops.jobs import beat_schedule  # noqa: PLC0415 - Celery is a fifth of the start of a process

        return beat_schedule() | self.own

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __setitem__(self, name: str, entry: Any) -> None:
        self.own[name] = entry

    def __delitem__(self, name: str) -> None:
        del self.own[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
