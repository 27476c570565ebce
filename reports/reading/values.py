"""Figures of the lines that carry a value of a dimension, or one below it.

Totals of days know no dimensions, so these figures are sums over postings: those that carry a value are found by the
index over values, however many others there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
from ledgerflow.core.money import CONTEXT, ZERO
from reports.errors import DimensionWithoutValue
from reports.reading.figures import GrossTotals, Reader, reading
from reports.reading.folded import reader_of_page
from reports.reading.years import Year

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
# The same by fiscal year: of many years only those that moved an account.
BY_YEAR = """
    SELECT p.account_id, width_bucket(p.effective_date, %s::date[]),
           coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0),
           coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0)
    FROM unnest(%s::text[]) AS wanted (one)
    JOIN journals_posting p ON p.dimensions @> wanted.one::jsonb
    JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.entity_id = %s AND p.effective_date <= %s AND p.event_sequence <= %s AND j.layer = ANY (%s)
    GROUP BY 1, 2 ORDER BY 1, 2
"""
# Whether a text with commas is one value: as it was declared, or as a line has it.
IS_ONE = """
    SELECT EXISTS (SELECT FROM dimensions_dimensionvalue WHERE entity_id = %s AND dimension = %s AND code = %s)
        OR EXISTS (SELECT FROM journals_posting WHERE entity_id = %s AND dimensions @> %s::jsonb)
"""
NOTHING = GrossTotals(ZERO, ZERO)


class ChosenValues(NamedTuple):
    """Values of a dimension, and with them the codes of all below them."""

    dimension: str
    named: list[str]
    codes: list[str]

    @property
    def note(self) -> str:
        """What a report says whose lines are chosen."""
        below = len(self.codes) - len(self.named)
        them = "it" if len(self.named) == 1 else "them"
        return (
            f"Of lines with {self.dimension} {' or '.join(self.named)}"
            f"{f' or one of the {below} values below {them}' if below else ''}: debits and credits need not be equal."
        )


class ValueReader(Reader):
    """The reads of a report of some values: all figures are of the lines that carry one of them."""

    def __init__(
        self, connection: psycopg.Connection[Any], entity_id: UUID, known_at: datetime | None, *, chosen: str
    ) -> None:
        super().__init__(connection, entity_id, known_at)
        dimension, colon, code = chosen.partition(":")
        if not colon or not code:
            raise DimensionWithoutValue(pointer="/dimension")
        check_dimension(self, dimension, "/dimension")
        named = self._values_in(code, dimension)
        codes = [row[0] for row in self.rows(BELOW, (entity_id, dimension, named, named))]
        self.chosen = ChosenValues(dimension, named, sorted(codes))
        self._wanted = [_as_json(dimension, one) for one in codes]

    def _values_in(self, text: str, dimension: str) -> list[str]:
        """The values, each once, with commas between; but a value may hold commas itself."""
        named = list(dict.fromkeys(text.split(",")))
        if named != [text]:
            given = (self.entity_id, dimension, text, self.entity_id, _as_json(dimension, text))
            ((is_one,),) = self.rows(IS_ONE, given)
            if is_one:
                return [text]
        if "" in named:
            raise DimensionWithoutValue(pointer="/dimension")
        return named

    def figures(
        self,
        as_of: date,
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
        accounts: Collection[UUID] | None = None,
    ) -> dict[UUID, GrossTotals]:
        """The same of the lines that carry one of the values."""
        wanted = None if accounts is None else set(accounts)
        rows = self.rows(TOTALS, (self._wanted, self.entity_id, as_of, self.known, list(layers)))
        found = {row[0]: GrossTotals(row[1], row[2]) for row in rows}
        return {
            one.id: found.get(one.id, NOTHING)
            for one in self.accounts.values()
            if not one.is_header and (types is None or one.type in types) and (wanted is None or one.id in wanted)
        }

    def _at_ends(
        self, years: Sequence[Year], layers: Collection[str], types: Collection[str] | None
    ) -> list[tuple[Any, ...]]:
        """The same of the lines that carry one of the values."""
        starts = [year.start for year in years]
        given = (starts, self._wanted, self.entity_id, years[-1].end, self.known, list(layers))
        found: list[tuple[Any, ...]] = []
        so_far: dict[UUID, GrossTotals] = {}
        for account, place, debits, credits_ in self.rows(BY_YEAR, given):
            if account in self.accounts and (types is None or self.accounts[account].type in types):
                before = so_far.get(account, NOTHING)
                total = GrossTotals(CONTEXT.add(before.debits, debits), CONTEXT.add(before.credits, credits_))
                so_far[account] = total
                found.append((account, place, *total))
        return found


def _as_json(dimension: str, code: str) -> str:
    return canonical.encode({dimension: code}).decode()


def check_dimension(reader: Reader, dimension: str, pointer: str) -> None:
    """Raise `UnknownDimension` unless the books have it."""
    ((known,),) = reader.rows(DIMENSIONS, (reader.entity_id,))
    if dimension not in known:
        raise UnknownDimension(pointer=pointer, dimension=dimension[:40])


@contextmanager
def reading_of(
    entity_id: UUID,
    known_at: datetime | None,
    dimension: str | None,
    currency: str | None = None,
    *,
    folded: bool = False,
) -> Iterator[Reader]:
    """The reads of one report, of all lines or of those with one of some values ("cost_centre:NORTH,SOUTH").

    In one `currency`, of money only. `folded`: as a page shows very many accounts, of all lines in their own
    currencies. Raises `UnknownDimension`, `NotMoney`, and `Malformed` for a dimension without value.
    """
    whole = reader_of_page if folded and not currency else Reader
    make = whole if dimension is None else partial(ValueReader, chosen=dimension)
    with reading(entity_id, known_at, make, currency=currency) as reader:
        yield reader
