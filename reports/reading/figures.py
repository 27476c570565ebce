"""What reports are made of: figures of many accounts at once, all of them read in one snapshot.

A moment resolves to the last event recorded by then (`Reader.cut`), in the same snapshot as the figures: whatever a
report puts side by side is of the same books.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import psycopg

from accounts.bases.eras import Era, era_on, eras_of
from accounts.errors import NotMoney
from journals.errors import FutureDate
from journals.reading.as_of import LAYERS, QUESTION, question_of
from ledgerflow.books.admission import limit_statement, within_time
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.dates import day_before
from ledgerflow.core.money import CONTEXT, ZERO
from reports.reading.years import Year, in_quarters, year_around, years_between

VIEWS: dict[str, tuple[str, ...]] = {"before": LAYERS[:1], "adjusted": LAYERS[:2], "after": LAYERS}
RESULT_TYPES = ("income", "expense")
NET_ASSET_TYPES = ("asset", "liability")

LOAD_ENTITY = """
    SELECT id, code, name, bases_currency_on(id, business_date), business_date, first_business_date
    FROM books_entity WHERE id = %s
"""
LOAD_ACCOUNTS = """
    SELECT id, code, name, type, currency, parent_id, is_header, normal_side, role, cash_flow, term
    FROM accounts_account
    WHERE entity_id = %s ORDER BY code
"""
LOAD_SOME = """
    SELECT id, code, name, type, currency, parent_id, is_header, normal_side, role, cash_flow, term
    FROM accounts_account
    WHERE id = ANY (%s)
"""
LOAD_CURRENCIES = "SELECT code, minor_units::int, is_money FROM accounts_currency WHERE entity_id = %s"
# All years before the calendar, where they were declared closed, are one.
LOAD_PERIODS = """
    SELECT starts_on, ends_on FROM periods_period
    WHERE entity_id = %s AND CASE kind WHEN 'earlier' THEN 'year' ELSE kind END = %s ORDER BY ends_on
"""
FIRST_DAY = """
    SELECT effective_date FROM journals_journal WHERE entity_id = %s ORDER BY effective_date LIMIT 1
"""
LISTED = """
    WITH RECURSIVE listed AS (
        SELECT id FROM accounts_account
        WHERE entity_id = %s AND NOT is_header AND (%s::text[] IS NULL OR type = ANY (%s))
          AND (%s::uuid[] IS NULL OR id = ANY (%s))
    ),
"""
# One pass over all accounts is three times as fast as a call of the function for each. {day} is the date of each row.
TOTALS_NOW = """
           coalesce(s.total_debits, 0) + coalesce(o.debits, 0) + coalesce(x.debits, 0),
           coalesce(s.total_credits, 0) + coalesce(o.credits, 0) + coalesce(x.credits, 0)
    FROM {rows} l CROSS JOIN question
    LEFT JOIN LATERAL (
        SELECT day, total_debits, total_credits FROM days_daysnapshot
        WHERE account_id = l.id AND day <= {day} AND day <= question.closed_through
          AND number <= question.cut_off
        ORDER BY day DESC, number DESC LIMIT 1
    ) s ON true
    LEFT JOIN LATERAL (
        SELECT sum(debits) AS debits, sum(credits) AS credits FROM journals_daytotal
        WHERE account_id = l.id AND layer = 'ordinary'
          AND effective_date > coalesce(s.day, '-infinity') AND effective_date <= {day}
    ) o ON true
    LEFT JOIN LATERAL (
        SELECT sum(debits) AS debits, sum(credits) AS credits FROM journals_daytotal
        WHERE account_id = l.id AND layer <> 'ordinary' AND layer = ANY (question.layers)
          AND effective_date <= {day}
    ) x ON true
"""
TOTALS_THEN = """
           f.debits, f.credits FROM {rows} l CROSS JOIN question
    CROSS JOIN LATERAL journals_figures_at(
        l.id, {day}, question.known, question.closed_through, question.cut_off, question.layers
    ) f
"""
# Of each account the fiscal years that something is dated in: from the end of one it goes straight to the next date
# that the account has, so that years without movements cost nothing, however many there are.
MOVED = """,
    years AS (SELECT %s::date[] AS starts, %s::date[] AS ends),
    moved AS (
        SELECT l.id, width_bucket(t.effective_date, years.starts) AS place
        FROM listed l CROSS JOIN years CROSS JOIN question CROSS JOIN LATERAL (
            SELECT effective_date FROM journals_daytotal
            WHERE account_id = l.id AND effective_date <= question.as_of ORDER BY effective_date LIMIT 1
        ) t
        UNION ALL
        SELECT m.id, width_bucket(t.effective_date, years.starts)
        FROM moved m CROSS JOIN years CROSS JOIN question CROSS JOIN LATERAL (
            SELECT effective_date FROM journals_daytotal
            WHERE account_id = m.id AND effective_date > years.ends[m.place] AND effective_date <= question.as_of
            ORDER BY effective_date LIMIT 1
        ) t
    ),
    ends AS (SELECT m.id, m.place, years.ends[m.place] AS day FROM moved m CROSS JOIN years)
"""
OF_CUT = "SELECT sequence, recorded_at FROM question"
AT_DATE = {"rows": "listed", "day": "question.as_of"}
AT_ENDS = {"rows": "ends", "day": "l.day"}
ALL_KNOWN = f"{LISTED}{QUESTION} SELECT l.id, {TOTALS_NOW.format(**AT_DATE)}"
KNOWN_THEN = f"{LISTED}{QUESTION} SELECT l.id, {TOTALS_THEN.format(**AT_DATE)}"
YEARS_ALL_KNOWN = f"{LISTED}{QUESTION}{MOVED} SELECT l.id, l.place, {TOTALS_NOW.format(**AT_ENDS)} ORDER BY 1, 2"
YEARS_KNOWN_THEN = f"{LISTED}{QUESTION}{MOVED} SELECT l.id, l.place, {TOTALS_THEN.format(**AT_ENDS)} ORDER BY 1, 2"
CUT = f"WITH {QUESTION}{OF_CUT}"


class ReportBooks(NamedTuple):
    id: UUID
    code: str
    name: str
    base_currency: str  # on the business date
    business_date: date
    first_business_date: date


class ReportAccount(NamedTuple):
    id: UUID
    code: str
    name: str
    type: str
    currency: str
    parent_id: UUID | None
    is_header: bool
    normal_side: str
    role: str
    cash_flow: str = ""
    term: str = ""


class Cut(NamedTuple):
    """The last event that counts; 0 and None before the first one."""

    sequence: int
    recorded_at: datetime | None


class GrossTotals(NamedTuple):
    """Gross totals of an account, in major units of its currency."""

    debits: Decimal
    credits: Decimal

    @property
    def net(self) -> Decimal:
        """Debit positive."""
        return CONTEXT.subtract(self.debits, self.credits)


class ChosenLines(Protocol):
    """Which lines count, where not all do: those with one of these values of a dimension."""

    @property
    def dimension(self) -> str: ...
    @property
    def codes(self) -> list[str]: ...
    @property
    def note(self) -> str: ...


class Reader:
    """The reads of one report. `known_at` None: everything recorded so far."""

    chosen: ChosenLines | None = None
    notes: tuple[str, ...] = ()  # what a report says of how it was read

    def __init__(self, connection: psycopg.Connection[Any], entity_id: UUID, known_at: datetime | None) -> None:
        self._connection = connection
        self.entity_id = entity_id
        self.known_at = known_at
        self._named: dict[UUID, ReportAccount] = {}
        self.books = ReportBooks(*self.rows(LOAD_ENTITY, (entity_id,))[0])
        currencies = self.rows(LOAD_CURRENCIES, (entity_id,))
        self.scales: Mapping[str, int] = {code: minor_units for code, minor_units, _ in currencies}
        self.units = frozenset(code for code, _, is_money in currencies if not is_money)
        self.eras = eras_of(entity_id, self.rows)
        self._periods = [Year(*row) for row in self.rows(LOAD_PERIODS, (entity_id, "year"))]
        sequence, recorded_at = self.rows(CUT, question_of(entity_id, None, known_at))[0]
        self.cut = Cut(sequence or 0, recorded_at)

    @cached_property
    def accounts(self) -> dict[UUID, ReportAccount]:
        """All of the books by their ids, once a report asks for them: some of a million need but a few."""
        return {row[0]: ReportAccount(*row) for row in self.rows(LOAD_ACCOUNTS, (self.entity_id,))}

    def named(self, ids: Collection[UUID]) -> Mapping[UUID, ReportAccount]:
        """These accounts and perhaps others by their ids: a few of very many are read without the rest."""
        if "accounts" in self.__dict__:  # all of them are here, or those that count in one currency
            return self.accounts
        missing = set(ids) - self._named.keys()
        if missing:
            self._named |= {row[0]: ReportAccount(*row) for row in self.rows(LOAD_SOME, (list(missing),))}
        return self._named

    def in_one_currency(self, currency: str) -> None:
        """Leave out the accounts in units that are not money: in another currency they are worth nothing.

        Raises `NotMoney` where the report itself would be in one.
        """
        if currency in self.units:
            raise NotMoney(pointer="/currency", currency=currency)
        if self.units:
            self.accounts = {
                id_: one for id_, one in self.accounts.items() if one.is_header or one.currency not in self.units
            }

    @property
    def known(self) -> int:
        """The event sequence up to which lines count."""
        return self.cut.sequence

    def rows(self, sql: str, params: Any) -> list[tuple[Any, ...]]:
        """All rows of a query in this snapshot. Raises `ReportTimedOut` when the report's time is over."""
        limit_statement(self._connection)
        return self._connection.execute(sql, params).fetchall()

    def stream(self, sql: str, params: Any) -> Iterator[tuple[Any, ...]]:
        """Rows of a query in this snapshot as they are needed, from a cursor of the server."""
        with self._connection.cursor(name="report_lines") as cursor:
            cursor.itersize = 5_000
            limit_statement(self._connection)
            cursor.execute(sql, params)
            yield from within_time(cursor)

    def figures(
        self,
        as_of: date,
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
        accounts: Collection[UUID] | None = None,
    ) -> dict[UUID, GrossTotals]:
        """Totals through the end of `as_of` in these layers (the ordinary one among them); headers have none.

        All accounts, or those of some types or ids.
        """
        kinds, ids = None if types is None else list(types), None if accounts is None else list(accounts)
        given = question_of(self.entity_id, as_of, self.known_at, list(layers))
        rows = self.rows(
            ALL_KNOWN if self.known_at is None else KNOWN_THEN, (self.entity_id, kinds, kinds, ids, ids, *given)
        )
        known = self.accounts if ids is None else self.named(ids)
        return {row[0]: GrossTotals(row[1], row[2]) for row in rows if row[0] in known}

    def movements(
        self,
        from_date: date,
        to_date: date,
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
        accounts: Collection[UUID] | None = None,
    ) -> dict[UUID, GrossTotals]:
        """Gross debits and credits dated from `from_date` to `to_date`, both included."""
        end = self.figures(to_date, layers, types=types, accounts=accounts)
        start = self.before(from_date, layers, types=types, accounts=accounts)
        return {
            account: GrossTotals(
                CONTEXT.subtract(total.debits, start[account].debits),
                CONTEXT.subtract(total.credits, start[account].credits),
            )
            for account, total in end.items()
        }

    def before(
        self,
        day: date,
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
        accounts: Collection[UUID] | None = None,
    ) -> dict[UUID, GrossTotals]:
        """Totals through the day before `day`."""
        if day == date.min:
            return dict.fromkeys(self.accounts, GrossTotals(ZERO, ZERO))
        return self.figures(day_before(day), layers, types=types, accounts=accounts)

    def since_opening(
        self, day: date, layers: Collection[str], start: date | None
    ) -> tuple[dict[UUID, GrossTotals], dict[UUID, GrossTotals]]:
        """Totals through the end of `day`, and those of income and expense before `start`; None: they open with it."""
        return self.figures(day, layers), {} if start is None else self.before(start, layers, types=RESULT_TYPES)

    def years(self, through: date) -> list[Year]:
        """The fiscal years from the first journal on, the last one cut off at `through`."""
        found = self.rows(FIRST_DAY, (self.entity_id,))
        first = min(found[0][0], through) if found else through
        return years_between(self._periods, first, through)

    def year_of(self, day: date) -> Year:
        """The fiscal year that holds `day`, cut off there."""
        return years_between(self._periods, day, day)[0]

    def periods(self, first: date, last: date, per: str) -> list[Year]:
        """The periods of a length ("month", "quarter", "year") that `first` to `last` lie in, cut off at both ends.

        Months and years are those of the calendar; a quarter is three months of a fiscal year.
        """
        if per == "year":
            found = years_between(self._periods, first, last)
        else:
            months = [Year(*row) for row in self.rows(LOAD_PERIODS, (self.entity_id, "month"))]
            found = years_between(months, first, last, months=True)
            if per == "quarter":
                found = in_quarters(found, years_between(self._periods, first, last))
        return [found[0]._replace(start=max(found[0].start, first)), *found[1:]]

    def whole_year_of(self, day: date) -> Year:
        """The fiscal year that holds `day`, with the days to come."""
        return year_around(self._periods, day)

    def by_year(
        self,
        totals: Mapping[UUID, GrossTotals],
        years: Sequence[Year],
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
    ) -> dict[UUID, dict[Year, Decimal]]:
        """What each account, all or those of some types, did in the fiscal years that moved it, debit positive.

        `years` as `Reader.years` gives them, `totals` the figures at the end of the last one, which is always among
        them. The others are one query, and years without movements cost nothing: a journal dated a century back is two
        figures more, not a hundred times all accounts.
        """
        *earlier, last = years
        found: dict[UUID, dict[Year, Decimal]] = {}
        before: dict[UUID, Decimal] = {}
        for account, place, debits, credits_ in self._at_ends(earlier, layers, types) if earlier else ():
            if account not in self.accounts:
                continue
            net = CONTEXT.subtract(debits, credits_)
            found.setdefault(account, {})[years[place - 1]] = CONTEXT.subtract(net, before.get(account, ZERO))
            before[account] = net
        for account, total in totals.items():
            if types is None or self.accounts[account].type in types:
                found.setdefault(account, {})[last] = CONTEXT.subtract(total.net, before.get(account, ZERO))
        return found

    def _at_ends(
        self, years: Sequence[Year], layers: Collection[str], types: Collection[str] | None
    ) -> list[tuple[Any, ...]]:
        """Account, place of the year, and totals at its end, of each account in the years that moved it, in order."""
        kinds = None if types is None else list(types)
        given = question_of(self.entity_id, years[-1].end, self.known_at, list(layers))
        spans = [year.start for year in years], [year.end for year in years]
        sql = YEARS_ALL_KNOWN if self.known_at is None else YEARS_KNOWN_THEN
        return self.rows(sql, (self.entity_id, kinds, kinds, None, None, *given, *spans))

    def era_on(self, day: date) -> Era:
        """The base currency of a day, and since when it is that."""
        return era_on(self.eras, day)

    def check_date(self, day: date, name: str) -> None:
        """Raise `FutureDate` for a date after the business date: nothing can be known of it yet."""
        if day > self.books.business_date:
            raise FutureDate(pointer=f"/{name}", business_date=str(self.books.business_date), day=str(day))


MakeReader = Callable[[psycopg.Connection[Any], UUID, datetime | None], Reader]


@contextmanager
def reading(
    entity_id: UUID, known_at: datetime | None = None, make: MakeReader = Reader, *, currency: str | None = None
) -> Iterator[Reader]:
    """The reads of one report, in one REPEATABLE READ READ ONLY transaction.

    Where all of it is in one `currency`, without what is not money. Raises `NotMoney`.
    """
    with snapshot() as connection:
        # As the write path does: a plan made on young statistics would read whole tables; and compiling a plan of
        # many accounts takes longer than running it.
        connection.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")
        reader = make(connection, entity_id, known_at)
        if currency:
            reader.in_one_currency(currency)
        yield reader
