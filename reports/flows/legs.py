"""What journals did to the accounts beside cash: what was paid, and what no cash was moved for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from reports.flows.places import CASH
from reports.reading.figures import RESULT_TYPES, Reader

# A journal balances in each of its currencies, so each is looked at by itself. Lines of an activity that cancel out in
# part, such as cost and depreciation of a machine that was sold, are one flow: that of the largest of them.
LEGS = """
    WITH lines AS (
        SELECT p.journal_id, p.currency, p.account_id, p.effective_date, p.amount, g.place, g.is_result
        FROM journals_journal j
        JOIN journals_posting p ON p.journal_id = j.id
        JOIN unnest(%(ids)s::uuid[], %(places)s::text[], %(results)s::boolean[]) AS g (id, place, is_result)
          ON g.id = p.account_id
        WHERE j.entity_id = %(entity)s AND j.effective_date BETWEEN %(start)s AND %(end)s
          AND j.event_sequence <= %(known)s AND j.layer = ANY (%(layers)s)
    ), summed AS (
        SELECT journal_id, currency, bool_or(place = 'cash') AS has_cash,
               coalesce(sum(amount) FILTER (WHERE place = 'operating'), 0) <> 0 AS leaves_operating,
               coalesce(sum(amount) FILTER (WHERE place = 'non_cash'), 0) <> 0 AS leaves_non_cash,
               bool_or(place IN ('investing', 'financing') AND NOT is_result)
                   AND NOT bool_or(is_result OR place IN ('opening', 'exchange', 'clearing')) AS is_unpaid
        FROM lines GROUP BY 1, 2
    ), parts AS (
        SELECT l.*, s.has_cash, s.is_unpaid,
               NOT s.has_cash AND (place = 'operating' AND s.leaves_operating
                                   OR place = 'non_cash' AND s.leaves_non_cash) AS is_crossing,
               min(amount) OVER activity < 0 AND max(amount) OVER activity > 0
                   AND place IN ('investing', 'financing') AS is_netted,
               sum(amount) OVER activity AS net,
               row_number() OVER (PARTITION BY l.journal_id, l.currency, place ORDER BY abs(amount) DESC, l.account_id)
                   AS rank
        FROM lines l JOIN summed s USING (journal_id, currency)
        WINDOW activity AS (PARTITION BY l.journal_id, l.currency, place)
    ), flows AS (
        SELECT *, CASE WHEN NOT has_cash THEN 0 WHEN NOT is_netted THEN amount WHEN rank = 1 THEN net ELSE 0 END AS flow
        FROM parts WHERE place NOT IN ('cash', 'valuation')
    )
    SELECT account_id, effective_date, coalesce(-sum(flow) FILTER (WHERE flow < 0), 0),
           coalesce(sum(flow) FILTER (WHERE flow > 0), 0),
           coalesce(sum(amount) FILTER (WHERE is_crossing), 0),
           coalesce(sum(amount) FILTER (WHERE NOT has_cash), 0),
           coalesce(sum(amount) FILTER (WHERE NOT has_cash AND is_unpaid), 0)
    FROM flows GROUP BY 1, 2
"""


class Legs(NamedTuple):
    """An account on a day, beside cash. `received` and `paid` are cash; the others debit positive.

    `crossing` is what journals without cash moved between operating accounts and others, `not_cash` all that they
    moved, `unpaid` what they moved between accounts of the balance sheet for investing or financing (IAS 7 paragraph
    43).
    """

    account: UUID
    day: date
    received: Decimal
    paid: Decimal
    crossing: Decimal
    not_cash: Decimal
    unpaid: Decimal


def legs_of(reader: Reader, start: date, end: date, layers: Collection[str], places: Mapping[UUID, str]) -> list[Legs]:
    """The legs of all journals dated from `start` to `end`.

    What moves the valuation of cash moves no cash: it is the effect of rates.
    """
    as_read = [
        "valuation" if place == CASH and reader.accounts[one].role == "valuation" else place
        for one, place in places.items()
    ]
    given = {
        "entity": reader.entity_id, "known": reader.known, "start": start, "end": end, "layers": list(layers),
        "ids": list(places), "places": as_read,
        "results": [reader.accounts[one].type in RESULT_TYPES for one in places],
    }  # fmt: skip
    return [Legs(*row) for row in reader.rows(LEGS, given)]
