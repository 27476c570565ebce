"""Number series on their way to other books.

Their numbers are not in the file. They follow from the order of the journals, which is that of the export, and from the
kinds that these had: an imported journal is numbered by the kind that it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from journals.series.numbering import Series, catch_up, make_series
from ledgerflow.books.idempotency import as_key
from ledgerflow.core.plugins import SETTINGS, Portable

MADE = """
    SELECT code, name, pattern, kinds, restarts FROM series_numberseries WHERE entity_id = %s ORDER BY event_sequence
"""


class SeriesEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A number series."""

    code: str
    name: str
    pattern: str
    kinds: list[str]
    restarts: str


def entries(connection: Any, entity_id: UUID) -> Iterator[SeriesEntry]:
    """In the order in which they were made."""
    return (SeriesEntry(*row) for row in connection.execute(MADE, (entity_id,)))


def bring(entity_id: UUID, wanted: SeriesEntry, actor: str) -> bool:
    """Make a series, once, and give the journals that are there their numbers. Raises what `make_series` does."""
    series = Series(wanted.code, wanted.name, wanted.pattern, tuple(wanted.kinds), wanted.restarts)
    made = make_series(entity_id, series, key=as_key(f"series:{wanted.code}"), issuer=SETTINGS, actor=actor)
    return catch_up(entity_id, actor) > 0 or not made.is_replayed


SERIES = Portable("series", SeriesEntry, entries, bring)
