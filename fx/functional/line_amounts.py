"""Base amounts of single lines: what is kept of an account and day, shared out among its lines.

A close rounds once an account and day (`base_amounts`); a file that names every line wants cents for each. A line is
converted at its rate and rounded for itself. The cents that lie between these and what is kept go, one each, to the
lines that rounding has changed most (the largest remainder). So lines add up to what is kept, none is more than a cent
from its rate or changes its side, and both sides of a journal have the same amount in nearly all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from fx.deals.kinds import SETTLEMENT
from fx.functional.day_rates import Chains, FunctionalBooks, books_through, brought_over, day_rates
from fx.functional.moves import LEGS
from fx.rates.conversion import PRECISE, Leg, converted
from journals.models import Kind
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO, quantum

# What a posting `p` on an account `a` of a journal `j` is worth by itself, with all others of the journal on that
# account: a leg of a settlement, or a line with a rate of its own, or a reversal of one of the two. Looked up line by
# line, so that no table of all settlements is made.
OF_ITS_OWN = """
    LEFT JOIN LATERAL (
        SELECT sum(v.amount) AS amount, sum(v.value) AS value, max(v.rate) AS rate, min(v.told_on) AS told_on
        FROM (VALUES (j.id, 1), (j.reverses_id, -1)) AS w (journal_id, turned)
        CROSS JOIN LATERAL (
            SELECT w.turned * l.amount AS amount, w.turned * l.value AS value, NULL::numeric AS rate,
                   s.effective_date AS told_on
            FROM (
                SELECT d.*, true AS is_sold FROM deals_settlement d WHERE d.sell_journal_id = w.journal_id
                UNION ALL
                SELECT d.*, false FROM deals_settlement d WHERE d.buy_journal_id = w.journal_id
            ) s
            {legs}
            WHERE l.is_sold = s.is_sold AND l.code = a.code AND l.amount <> 0 AND l.value IS NOT NULL
              AND j.kind IN ({kinds})
            UNION ALL
            SELECT w.turned * c.amount, w.turned * c.value, o.rate, c.effective_date
            FROM functional_carriedline c
            JOIN functional_ownrate o ON o.journal_id = c.journal_id AND o.currency = c.currency
            WHERE c.journal_id = w.journal_id AND c.account_id = a.id
        ) v
        WHERE a.currency <> %(base)s
    ) own ON true
""".replace("{legs}", LEGS).replace("{kinds}", f"'{SETTLEMENT.name}', '{Kind.REVERSAL.value}'")
OWN_COLUMNS = "own.amount, own.value, own.rate, own.told_on"
LINES = """
    SELECT a.id, a.currency, p.effective_date, j.number, p.line, p.amount, {own}{more}
    FROM accounts_account a
    JOIN journals_posting p ON p.account_id = a.id AND p.effective_date BETWEEN %(start)s AND %(end)s
    JOIN journals_journal j ON j.id = p.journal_id AND j.layer <> 'closing'
    {worth}
    WHERE a.entity_id = %(entity)s AND a.id = ANY (%(accounts)s::uuid[]) AND p.event_sequence <= %(until)s
    ORDER BY a.id, p.effective_date, p.account_version
""".replace("{own}", OWN_COLUMNS).replace("{worth}", OF_ITS_OWN)
DAYS = """
    SELECT DISTINCT a.currency, t.effective_date FROM accounts_account a
    JOIN journals_daytotal t ON t.account_id = a.id AND t.effective_date BETWEEN %(start)s AND %(end)s
    WHERE a.entity_id = %(entity)s AND a.id = ANY (%(accounts)s::uuid[]) AND t.layer <> 'closing'
"""

Stream = Callable[[str, Mapping[str, Any]], Iterator[tuple[Any, ...]]]


class ForeignLine(NamedTuple):
    """A line of a foreign account; debit positive. The last four are None where the rate of the day counts.

    `own_value` is in the base currency of `told_on`, which for a reversal may be that of before.
    """

    account: UUID
    currency: str
    day: date
    journal: int
    line: int
    amount: Decimal
    own_amount: Decimal | None
    own_value: Decimal | None
    own_rate: Decimal | None
    told_on: date | None


class LineWorth(NamedTuple):
    """What a line is worth in base currency, and at which rate: base currency for one unit."""

    amount: Decimal
    rate: Decimal


class LineAmounts:
    """The base amounts of the lines of foreign accounts between two dates, by journal and line.

    `moved` is what the accounts moved in base currency, as reports have it. Lines come to that; where the policy had
    another rounding when a day was measured, the cents between are on the last day of the account. Raises `RateMissing`
    and `RateTooOld` where a line has no rate.
    """

    def __init__(
        self,
        books: FunctionalBooks,
        stream: Stream,
        *,
        start: date,
        end: date,
        until: int,
        moved: Mapping[UUID, Decimal],
    ) -> None:
        given = {"start": start, "end": end, "accounts": list(moved), "until": until}
        self._books = books
        self._since = books.era.starts_on or date.min
        self._through = books_through(books) if books.era.starts_on else []
        self._unit = quantum(books.minor_units)
        self._chains: Chains = day_rates(books, books.rows(DAYS, **given))
        self._rates: dict[tuple[str, date], Decimal] = {}
        self._cents: dict[tuple[int, int], Decimal] = {}
        self._given = {"entity": books.entity_id, "base": books.base, **given}
        rows = stream(LINES.replace("{more}", ""), self._given)
        for account, lines in groupby(map(ForeignLine._make, rows), key=attrgetter("account")):
            self._share_account(lines, moved[account])

    def worth(self, line: ForeignLine) -> LineWorth:
        """The base amount of a line and its rate."""
        line = self._in_base(line)
        exact, rate = self._exact(line)
        with localcontext(CONTEXT):
            return LineWorth(self._rounded(exact) + self._cents.get((line.journal, line.line), ZERO), rate)

    def by_dimension(self, stream: Stream, dimension: str) -> Iterator[tuple[UUID, str, Decimal]]:
        """Account, value of a dimension and base amount of each line that has one."""
        rows = stream(
            LINES.replace("{more}", ", p.dimensions ->> %(dimension)s"), self._given | {"dimension": dimension}
        )
        for *parts, value in rows:
            if value:
                line = ForeignLine(*parts)
                yield line.account, value, self.worth(line).amount

    def _in_base(self, line: ForeignLine) -> ForeignLine:
        """The line with what it is worth in the base currency of the books, also where that was told in another one."""
        if line.own_value is None or line.told_on is None or line.told_on >= self._since:
            return line
        value = brought_over(self._through, line.told_on, line.own_value)
        return line._replace(own_value=value, own_rate=None, told_on=line.day)

    def _share_account(self, lines: Iterable[ForeignLine], moved: Decimal) -> None:
        left, days = moved, 0
        last: list[ForeignLine] = []
        for _, of_day in groupby(lines, key=attrgetter("day")):
            self._share(last, ZERO)
            last, days = list(of_day), days + 1
            with localcontext(CONTEXT):
                left -= sum((self._kept(group) for group in _groups(last)), ZERO)
        self._share(last, left if left.copy_abs() <= days * self._unit else ZERO)

    def _share(self, lines: list[ForeignLine], more: Decimal) -> None:
        """Note which lines of an account and day differ from what they come to by themselves."""
        for group in _groups(lines):
            kept, more = CONTEXT.add(self._kept(group), more), ZERO
            exact = [self._exact(line)[0] for line in group]
            with localcontext(CONTEXT):
                rounded = [self._rounded(one) for one in exact]
                count = int((kept - sum(rounded, ZERO)) / self._unit)
            if count:
                self._give(group, exact, rounded, count)

    def _give(self, group: list[ForeignLine], exact: list[Decimal], rounded: list[Decimal], count: int) -> None:
        """Give `count` cents, to what was rounded furthest the other way first."""
        cent, way = (self._unit, 1) if count > 0 else (self._unit.copy_negate(), -1)
        with localcontext(PRECISE):
            lost = [way * (one - kept) for one, kept in zip(exact, rounded, strict=True)]
        order = sorted(range(len(group)), key=lost.__getitem__, reverse=True)
        for place in range(abs(count)):
            line = group[order[place % len(order)]]
            key = (line.journal, line.line)
            self._cents[key] = CONTEXT.add(self._cents.get(key, ZERO), cent)

    def _kept(self, group: list[ForeignLine]) -> Decimal:
        """What is kept of lines that are rounded together."""
        first = group[0]
        kept, of_it = first.own_value or ZERO, first.own_amount or ZERO
        with localcontext(CONTEXT):
            rest = sum((line.amount for line in group), -of_it)
            if rest or first.own_value is None:
                kept += converted(rest, self._chain(first), self._books.minor_units, self._books.rounding)
        return kept

    def _exact(self, line: ForeignLine) -> tuple[Decimal, Decimal]:
        rate = self._rate(line)
        with localcontext(PRECISE):
            return line.amount * rate, rate

    def _rate(self, line: ForeignLine) -> Decimal:
        if line.own_value is not None:
            return line.own_rate or _quotient(line.own_value, line.own_amount)
        key = (line.currency, line.day)
        if key not in self._rates:
            self._rates[key] = _rate_of(self._chain(line))
        return self._rates[key]

    def _chain(self, line: ForeignLine) -> list[Leg]:
        chain = self._chains[line.currency, line.day]
        if isinstance(chain, LedgerError):
            raise chain
        return chain

    def _rounded(self, amount: Decimal) -> Decimal:
        return amount.quantize(self._unit, rounding=ROUND_HALF_EVEN, context=PRECISE)


def _groups(lines: list[ForeignLine]) -> list[list[ForeignLine]]:
    """Which lines of an account and day are rounded together: all at its rate; of each journal those with their own."""
    found: dict[int | None, list[ForeignLine]] = {}
    for line in lines:
        found.setdefault(None if line.own_value is None else line.journal, []).append(line)
    return list(found.values())


def _quotient(value: Decimal, amount: Decimal | None) -> Decimal:
    """The rate of a leg; nothing where legs on one account cancel out."""
    with localcontext(PRECISE):
        return value / amount if amount else ZERO


def _rate_of(chain: Iterable[Leg]) -> Decimal:
    with localcontext(PRECISE):
        rate = Decimal(1)
        for leg in chain:
            rate = rate * leg.value if leg.operation == "multiply" else rate / leg.value
        return rate
