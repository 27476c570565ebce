"""Which currency the books were kept in when: the one place that knows that the base currency may change.

The entity's row names the currency that the books began in, for good. Whoever asks for the base currency asks for it
on a date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

Fetch = Callable[[str, tuple[Any, ...]], Sequence[tuple[Any, ...]]]
ERAS = """
    SELECT base_currency, NULL::date AS starts_on, NULL::numeric FROM books_entity WHERE id = %s
    UNION ALL
    SELECT currency, starts_on, rate FROM bases_basechange WHERE entity_id = %s
    ORDER BY starts_on NULLS FIRST
"""


class Era(NamedTuple):
    """A time in which the books are kept in one currency, of which a unit is `rate` units of the one before.

    The first era has neither a beginning nor a rate.
    """

    currency: str
    starts_on: date | None = None
    rate: Decimal | None = None


def eras_of(entity_id: UUID, fetch: Fetch | None = None) -> list[Era]:
    """The eras of a set of books, the first one first; most have one. `fetch` gives the rows of a statement."""
    return [Era(*row) for row in (fetch or _fetch)(ERAS, (entity_id, entity_id))]


def era_on(eras: Sequence[Era], day: date) -> Era:
    """The era that a day lies in."""
    return next(one for one in reversed(eras) if one.starts_on is None or one.starts_on <= day)


def base_currency_on(entity_id: UUID, day: date, fetch: Fetch | None = None) -> str:
    """The base currency of a set of books on a day."""
    return era_on(eras_of(entity_id, fetch), day).currency


def _fetch(sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
