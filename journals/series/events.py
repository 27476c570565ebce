"""What happened to number series, as events tell it. Pure."""

from __future__ import annotations

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class SeriesMadeFact(Fact, frozen=True):
    """A series numbers the journals of some kinds; the subject is its code."""

    event_type = "series.made"

    code: str
    name: str
    pattern: str
    kinds: list[str]
    restarts: str
    idempotency_key: str
    fingerprint: str
    key_issuer: str = CLIENT


class SeriesAssignedFact(Fact, frozen=True):
    """Journals got their numbers in a series; the subject is its code.

    `first` and `last` are the numbers of the journals, `count` how many they are, `sha256` the hash of their lines
    "journal number, year, number in the series".
    """

    event_type = "series.assigned"

    series: str
    first: int
    last: int
    count: int
    sha256: str
