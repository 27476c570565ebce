"""What moved the accounts of equity, by what stands on the other side of the journal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from reports.reading.figures import Reader

# A journal balances in each of its currencies, so each is looked at by itself.
MOVES = """
    WITH touched AS (
        SELECT DISTINCT p.journal_id, p.currency
        FROM unnest(%(equity)s::uuid[]) AS a (id)
        JOIN journals_posting p ON p.account_id = a.id
         AND p.effective_date BETWEEN %(start)s AND %(end)s AND p.event_sequence <= %(known)s
    ), sided AS (
        SELECT journal_id, currency,
               array_agg(DISTINCT p.account_id) FILTER (WHERE p.account_id <> ALL (%(equity)s::uuid[])) AS others
        FROM touched JOIN journals_posting p USING (journal_id, currency) GROUP BY 1, 2
    )
    SELECT p.account_id, p.effective_date, j.layer = 'closing', coalesce(cardinality(s.others), 0),
           CASE WHEN cardinality(s.others) = 1 THEN s.others[1] END, sum(p.amount)
    FROM sided s JOIN journals_posting p USING (journal_id, currency) JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.account_id = ANY (%(equity)s::uuid[]) AND j.layer = ANY (%(layers)s)
    GROUP BY 1, 2, 3, 4, 5
"""


class EquityMove(NamedTuple):
    """A movement of an account of equity on a day, debit positive; `other` is the counter account where it is one.

    `others` counts the accounts outside of equity in these journals: none moves amounts within equity.
    """

    account: UUID
    day: date
    is_closing: bool
    others: int
    other: UUID | None
    amount: Decimal


def equity_moves(reader: Reader, start: date, end: date, layers: Collection[str]) -> list[EquityMove]:
    """All movements of equity dated from `start` to `end`."""
    equity = [one.id for one in reader.accounts.values() if one.type == "equity" and not one.is_header]
    given = {"equity": equity, "start": start, "end": end, "known": reader.known, "layers": list(layers)}
    return [EquityMove(*row) for row in reader.rows(MOVES, given)]
