"""What moved on foreign accounts: by account and day, and what of it is worth something of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from fx.functional.day_rates import FunctionalBooks, books_through, brought_over
from ledgerflow.core.money import ZERO

# The closing layer moves nothing in base currency: see `reports.currencies.functional`.
LAYERS = ("ordinary", "adjustment")

# What is known now stands in the day totals. What was known at an event: whole parts of these before it, and the lines
# of the part in between.
NOW = """
    SELECT t.effective_date, t.layer, t.debits - t.credits AS amount FROM journals_daytotal t
    WHERE t.account_id = a.id AND t.effective_date > {since} AND t.effective_date <= {until} AND {layers}
"""
THEN = """
    SELECT t.effective_date, t.layer, t.debits - t.credits AS amount
    FROM journals_daytotal t, journals_version_at(a.id, %(known)s) v (version)
    WHERE t.account_id = a.id AND t.part < v.version / 256
      AND t.effective_date > {since} AND t.effective_date <= {until} AND {layers}
    UNION ALL
    SELECT p.effective_date, t.layer, p.amount
    FROM journals_version_at(a.id, %(known)s) v (version)
    JOIN journals_posting p ON p.account_id = a.id
                           AND p.account_version BETWEEN v.version / 256 * 256 AND v.version
    JOIN journals_journal t ON t.id = p.journal_id
    WHERE p.effective_date > {since} AND p.effective_date <= {until} AND {layers}
"""
OF_BOOKS = """
    FROM accounts_account a
    LEFT JOIN unnest(%(currencies)s::text[], %(since)s::date[]) AS w (currency, since) ON w.currency = a.currency
    CROSS JOIN LATERAL ({moved}) t
    WHERE a.entity_id = %(entity)s AND a.currency <> %(base)s AND NOT a.is_header
      AND NOT EXISTS (SELECT FROM accounts_currency u
                      WHERE u.entity_id = a.entity_id AND u.code = a.currency AND NOT u.is_money)
      AND (%(types)s::text[] IS NULL OR a.type = ANY (%(types)s))
"""
BEGINNING = "coalesce(%(before)s::date, '-infinity')"  # of the era
# After the last day that was measured. Summed account by account, so that a report looks up what it needs of each and
# never reads all of history.
OPEN = "SELECT a.id, a.currency, t.effective_date, t.ordinary, t.adjustment" + OF_BOOKS
SUMS = """
    SELECT t.effective_date, coalesce(sum(t.amount) FILTER (WHERE t.layer = 'ordinary'), 0) AS ordinary,
           coalesce(sum(t.amount) FILTER (WHERE t.layer <> 'ordinary'), 0) AS adjustment
    FROM ({moved}) t GROUP BY t.effective_date
"""
# Up to it, adjustments, which no close measures. They are few, and have an index of their own.
ADJUSTED = (
    "SELECT a.id, a.currency, t.effective_date, sum(t.amount)"
    + OF_BOOKS
    + "GROUP BY a.id, a.currency, t.effective_date"
)
ORDINARY = """
    SELECT w.id, w.day, coalesce(sum(t.amount), 0) FROM unnest(%(ids)s::uuid[], %(days)s::date[]) AS w (id, day)
    JOIN accounts_account a ON a.id = w.id LEFT JOIN LATERAL ({moved}) t ON true GROUP BY w.id, w.day
"""
# What a settlement `s` posted in its journal of what was sold and in that of what was bought, and what it is worth.
LEGS = """
    CROSS JOIN LATERAL (
        SELECT CASE s.sell_side WHEN 'debit' THEN 1 ELSE -1 END AS sign,
               CASE s.fee_side WHEN 'debit' THEN 1 ELSE -1 END AS fee_sign
    ) g
    CROSS JOIN LATERAL (VALUES
        (true, s.accounts ->> 'sell', sign * s.sell_amount, sign * s.sell_base),
        (true, s.accounts ->> 'sell_clearing', -sign * s.sell_amount, -sign * s.sell_base),
        (false, s.accounts ->> 'buy', -sign * s.buy_amount, -sign * s.buy_base),
        (false, s.accounts ->> 'buy_clearing', sign * s.gross_amount, sign * s.gross_base),
        (false, s.accounts ->> 'spread', -sign * s.spread_amount, -sign * s.spread_base),
        (false, s.accounts ->> 'fee', fee_sign * s.fee_amount, fee_sign * s.fee_base),
        (false, s.accounts ->> 'fee_counter', -fee_sign * s.fee_amount, -fee_sign * s.fee_base)
    ) AS l (is_sold, code, amount, value)
"""
# Legs of settlements and of their reversals, at what the deal made them worth; lines of journals with a rate of their
# own, and of the reversals of these, which have the same. Last on which day the value was told: it is in the base
# currency of that.
SPECIAL = """
    WITH due AS (
        SELECT id FROM deals_settlement WHERE entity_id = %(entity)s AND effective_date = ANY (%(days)s::date[])
        UNION
        SELECT r.settlement_id FROM deals_settlementreversal r JOIN deals_settlement s ON s.id = r.settlement_id
        WHERE s.entity_id = %(entity)s AND r.effective_date = ANY (%(days)s::date[])
    ), legs AS (
        SELECT s.id, s.effective_date, s.event_sequence, l.code, l.amount, l.value
        FROM due JOIN deals_settlement s USING (id)
        {legs}
        WHERE l.amount <> 0 AND l.value IS NOT NULL
    ), moves AS (
        SELECT code, effective_date, event_sequence, amount, value FROM legs
        UNION ALL
        SELECT l.code, r.effective_date, r.event_sequence, -l.amount, -l.value
        FROM legs l JOIN deals_settlementreversal r ON r.settlement_id = l.id
    )
    SELECT a.id, m.effective_date, sum(m.amount), sum(m.value), m.effective_date
    FROM moves m JOIN accounts_account a ON a.entity_id = %(entity)s AND a.code = m.code
    WHERE m.effective_date = ANY (%(days)s::date[]) AND a.currency <> %(base)s
      AND (%(known)s::bigint IS NULL OR m.event_sequence <= %(known)s)
    GROUP BY a.id, m.effective_date
    UNION ALL
    SELECT account_id, effective_date, sum(amount), sum(value), effective_date FROM functional_carriedline
    WHERE entity_id = %(entity)s AND effective_date = ANY (%(days)s::date[])
      AND (%(known)s::bigint IS NULL OR event_sequence <= %(known)s)
    GROUP BY account_id, effective_date
    UNION ALL
    SELECT c.account_id, b.effective_date, -sum(c.amount), -sum(c.value), c.effective_date
    FROM functional_carriedline c JOIN journals_journal b ON b.reverses_id = c.journal_id
    WHERE c.entity_id = %(entity)s AND b.effective_date = ANY (%(days)s::date[])
      AND (%(known)s::bigint IS NULL OR greatest(c.event_sequence, b.event_sequence) <= %(known)s)
    GROUP BY c.account_id, b.effective_date, c.effective_date
""".replace("{legs}", LEGS)


class Move(NamedTuple):
    """What moved on an account on a day: in the ordinary layer and by adjustments; debit positive.

    `is_measured`: the ordinary part is in the snapshot already.
    """

    account: UUID
    currency: str
    day: date
    ordinary: Decimal
    adjustment: Decimal
    is_measured: bool


class Special(NamedTuple):
    """A part of what moved, and its base amount."""

    amount: Decimal
    value: Decimal


NOTHING = Special(ZERO, ZERO)


def moves_since(
    books: FunctionalBooks,
    since: dict[str, date],
    until: date,
    *,
    with_adjustments: bool,
    types: Collection[str] | None = None,
) -> list[Move]:
    """What moved on foreign accounts after the day through which their currency is measured, through `until`."""
    given = {
        "currencies": list(since), "since": list(since.values()), "until": until,
        "types": None if types is None else list(types),
    }  # fmt: skip
    layers = "t.layer IN ('ordinary', 'adjustment')" if with_adjustments else "t.layer = 'ordinary'"
    moved = _moved(books, since=f"coalesce(w.since, {BEGINNING})", until="%(until)s", layers=layers)
    found = [
        Move(id_, currency, day, ordinary, adjustment, is_measured=False)
        for id_, currency, day, ordinary, adjustment in books.rows(OPEN.format(moved=SUMS.format(moved=moved)), **given)
    ]
    if with_adjustments:
        late = _moved(
            books,
            since=BEGINNING,
            until=f"least(coalesce(w.since, {BEGINNING}), %(until)s)",
            layers="t.layer = 'adjustment'",
        )
        rows = books.rows(ADJUSTED.format(moved=late), **given)
        found += _beside_ordinary(books, [row for row in rows if row[3]])
    return found


def _beside_ordinary(books: FunctionalBooks, rows: Sequence[tuple[UUID, str, date, Decimal]]) -> Iterable[Move]:
    """Adjustments of measured days with what the ordinary layer holds: the two are rounded together."""
    if not rows:
        return
    same_day = _moved(books, since="w.day - 1", until="w.day", layers="t.layer = 'ordinary'")
    sql = ORDINARY.format(moved=same_day)
    ids, days = [row[0] for row in rows], [row[2] for row in rows]
    ordinary = {(id_, day): amount for id_, day, amount in books.rows(sql, ids=ids, days=days)}
    for id_, currency, day, amount in rows:
        yield Move(id_, currency, day, ordinary[id_, day], amount, is_measured=True)


def special_moves(books: FunctionalBooks, days: Iterable[date]) -> dict[tuple[UUID, date], Special]:
    """What of the movements of these days is worth something of its own, by account and day."""
    found: dict[tuple[UUID, date], Special] = defaultdict(lambda: NOTHING)
    rows, since = books.rows(SPECIAL, days=list(days)), books.era.starts_on or date.min
    through = books_through(books) if any(row[-1] < since for row in rows) else []
    for account, day, amount, value, told_on in rows:
        before, worth = found[account, day], brought_over(through, told_on, value)
        found[account, day] = Special(before.amount + amount, before.value + worth)
    return found


def _moved(books: FunctionalBooks, *, since: str, until: str, layers: str) -> str:
    return (NOW if books.known is None else THEN).format(since=since, until=until, layers=layers)
