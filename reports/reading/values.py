"""Figures of the lines that carry a value of a dimension, or one below it.

Totals of days know no dimensions, so these figures are sums over postings: those that carry a value are found by the
index over values, however many others there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from accounts.dimensions.reading import BELOW
from journals.errors import UnknownDimension
from journals.reading.as_of import LAYERS
from ledgerflow.core import canonical
from ledgerflow.core.money import ZERO
from reports.errors import DimensionInOneCurrency, DimensionWithoutValue
from reports.reading.figures import GrossTotals, Reader, reading

DIMENSIONS = "SELECT dimensions FROM books_entity WHERE id = %s"
TOTALS = """
    SELECT p.account_id, coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0),
           coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0)
    FROM unnest(%s::text[]) AS wanted (one)
    JOIN journals_posting p ON p.dimensions @> wanted.one::jsonb
    JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.entity_id = %s AND p.effective_date <= %s AND p.event_sequence <= %s AND j.layer = ANY (%s)
    GROUP BY p.account_id
"""
NOTHING = GrossTotals(ZERO, ZERO)


class ChosenValue(NamedTuple):
    """A value of a dimension, and with it the codes of all below it."""

    dimension: str
    code: str
    codes: list[str]

    @property
    def note(self) -> str:
        """What a report says whose lines are chosen."""
        below = len(self.codes) - 1
        return (
            f"Of lines with {self.dimension} {self.code}"
            f"{f' or one of the {below} values below it' if below else ''}: debits and credits need not be equal."
        )


class ValueReader(Reader):
    """The reads of a report of one value: all figures are of the lines that carry it."""

    def __init__(
        self, connection: psycopg.Connection[Any], entity_id: UUID, known_at: datetime | None, *, chosen: str
    ) -> None:
        super().__init__(connection, entity_id, known_at)
        dimension, colon, code = chosen.partition(":")
        if not colon or not code:
            raise DimensionWithoutValue(pointer="/dimension")
        check_dimension(self, dimension, "/dimension")
        codes = [row[0] for row in self.rows(BELOW, (entity_id, dimension, code, code))]
        self.chosen = ChosenValue(dimension, code, sorted(codes))
        self._wanted = [canonical.encode({dimension: one}).decode() for one in codes]

    def figures(
        self,
        as_of: date,
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
        accounts: Collection[UUID] | None = None,
    ) -> dict[UUID, GrossTotals]:
        """The same of the lines that carry the value."""
        wanted = None if accounts is None else set(accounts)
        rows = self.rows(TOTALS, (self._wanted, self.entity_id, as_of, self.known, list(layers)))
        found = {row[0]: GrossTotals(row[1], row[2]) for row in rows}
        return {
            one.id: found.get(one.id, NOTHING)
            for one in self.accounts.values()
            if not one.is_header and (types is None or one.type in types) and (wanted is None or one.id in wanted)
        }


def check_dimension(reader: Reader, dimension: str, pointer: str) -> None:
    """Raise `UnknownDimension` unless the books have it."""
    ((known,),) = reader.rows(DIMENSIONS, (reader.entity_id,))
    if dimension not in known:
        raise UnknownDimension(pointer=pointer, dimension=dimension[:40])


@contextmanager
def reading_of(
    entity_id: UUID, known_at: datetime | None, dimension: str | None, currency: str | None = None
) -> Iterator[Reader]:
    """The reads of one report, of all lines or of those with a value ("cost_centre:NORTH").

    Raises `UnknownDimension`, `Malformed` for a dimension without value, and beside a currency to report in.
    """
    if dimension is not None and currency:
        raise DimensionInOneCurrency(pointer="/currency")
    make = Reader if dimension is None else partial(ValueReader, chosen=dimension)
    with reading(entity_id, known_at, make) as reader:
        yield reader
