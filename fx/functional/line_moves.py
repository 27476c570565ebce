"""What moved on foreign accounts by lines with some values of a dimension, by account and day.

Neither totals of days nor snapshots of base amounts know values, so these are sums over postings from the first day on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal, localcontext
from uuid import UUID

from fx.functional.day_rates import FunctionalBooks, LinesOf, books_through, brought_over
from fx.functional.moves import LAYERS, NOTHING, Move, Special
from fx.rates.conversion import MODES, PRECISE
from ledgerflow.core import canonical
from ledgerflow.core.money import CONTEXT, quantum

OF_LINES = """
    FROM unnest(%(wanted)s::text[]) AS w (one)
    JOIN journals_posting p ON p.dimensions @> w.one::jsonb
    JOIN journals_journal j ON j.id = p.journal_id
    JOIN accounts_account a ON a.id = p.account_id
    {joined}
    WHERE p.entity_id = %(entity)s AND a.currency <> %(base)s AND j.layer = ANY (%(layers)s)
      AND p.effective_date > coalesce(%(before)s::date, '-infinity') AND p.effective_date <= %(until)s
      AND (%(known)s::bigint IS NULL OR p.event_sequence <= %(known)s)
"""
MOVED = (
    """
    SELECT a.id, a.currency, p.effective_date, coalesce(sum(p.amount) FILTER (WHERE j.layer = 'ordinary'), 0),
           coalesce(sum(p.amount) FILTER (WHERE j.layer <> 'ordinary'), 0), false
"""
    + OF_LINES.format(joined="")
    + "GROUP BY a.id, a.currency, p.effective_date"
)
# Of a journal with a rate of its own, or of the reversal of one: the lines, and all that it moved on the account.
# Legs of settlements carry no values. Last on which day the value was told: it is in the base currency of that.
CARRIED = (
    "SELECT a.id, p.effective_date, sum(p.amount), c.amount, c.value, c.effective_date"
    + OF_LINES.format(
        joined="JOIN functional_carriedline c ON c.journal_id IN (j.id, j.reverses_id) AND c.account_id = a.id"
    )
    + """
      AND c.amount <> 0 AND (%(known)s::bigint IS NULL OR c.event_sequence <= %(known)s)
    GROUP BY a.id, p.effective_date, j.id, c.amount, c.value, c.effective_date
"""
)


def moves_of_lines(
    books: FunctionalBooks, lines: LinesOf, until: date, *, with_adjustments: bool
) -> list[tuple[Move, Special]]:
    """What the lines moved since the era of the books began, and what of it has a base amount of its own."""
    given = {
        "wanted": [canonical.encode({lines.dimension: code}).decode() for code in lines.codes],
        "layers": list(LAYERS if with_adjustments else LAYERS[:1]),
        "until": until,
    }
    moves = [Move(*row) for row in books.rows(MOVED, **given)]
    special = _special(books, books.rows(CARRIED, **given)) if moves else {}
    return [(move, special.get((move.account, move.day), NOTHING)) for move in moves]


def _special(
    books: FunctionalBooks, rows: Collection[tuple[UUID, date, Decimal, Decimal, Decimal, date]]
) -> dict[tuple[UUID, date], Special]:
    found: dict[tuple[UUID, date], Special] = defaultdict(lambda: NOTHING)
    since = books.era.starts_on or date.min
    through = books_through(books) if any(row[-1] < since for row in rows) else []
    for account, day, mine, whole, value, told_on in rows:
        with localcontext(PRECISE):
            worth = (brought_over(through, told_on, value) * mine / whole).quantize(
                quantum(books.minor_units), rounding=MODES[books.rounding.mode]
            )
        before = found[account, day]
        found[account, day] = Special(CONTEXT.add(before.amount, mine), CONTEXT.add(before.value, worth))
    return found
