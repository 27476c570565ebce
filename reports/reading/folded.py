"""What a page reads of books with very many accounts: those below a header that has many are one line, summed in SQL.

A page has room for some hundred rows, and the time for some ten thousand. Subtotals and totals are those of the files,
which have each account.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import psycopg

from journals.reading.as_of import LAYERS, QUESTION, question_of
from ledgerflow.core.dates import day_before
from ledgerflow.core.money import CONTEXT, ZERO
from ledgerflow.core.phrases import phrase
from reports.reading.figures import (
    FIRST_DAY,
    MOVED,
    NET_ASSET_TYPES,
    RESULT_TYPES,
    TOTALS_NOW,
    TOTALS_THEN,
    GrossTotals,
    Reader,
    ReportAccount,
)
from reports.reading.years import Year

MANY = 2_000  # accounts: fewer are read one by one in a fifth of a second
MOST_SINGLE = 500  # accounts that keep a line of their own where others are folded
MOST_LATER = 2_000  # journals dated after a day, above which its figures do not start from today's balances

HAS_MANY = "SELECT count(*) > %s FROM (SELECT FROM accounts_account WHERE entity_id = %s LIMIT %s) first"
BELOW = """
    SELECT parent_id, count(*) FROM accounts_account
    WHERE entity_id = %s AND NOT is_header GROUP BY parent_id ORDER BY 2, 1
"""
# Headers above these, and accounts right below those that are not folded.
LINES = """
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT id, parent_id FROM accounts_account WHERE id = ANY (%s)
        UNION
        SELECT a.id, a.parent_id FROM accounts_account a JOIN above ON a.id = above.parent_id
    )
    SELECT id, code, name, type, currency, parent_id, is_header, normal_side, role, cash_flow, term
    FROM accounts_account WHERE id IN (SELECT id FROM above)
    UNION ALL
    SELECT id, code, name, type, currency, parent_id, is_header, normal_side, role, cash_flow, term
    FROM accounts_account WHERE parent_id = ANY (%s) AND NOT is_header
    UNION ALL
    SELECT id, code, name, type, currency, parent_id, is_header, normal_side, role, cash_flow, term
    FROM accounts_account WHERE entity_id = %s AND parent_id IS NULL AND NOT is_header AND %s
"""
LISTED = """
    WITH RECURSIVE listed AS (
        SELECT CASE WHEN parent_id = ANY (%s) OR (parent_id IS NULL AND %s) THEN NULL ELSE id END AS single,
               parent_id, type, currency, term, id
        FROM accounts_account WHERE entity_id = %s AND NOT is_header AND type = ANY (%s)
    )
"""
# Of each account what is dated later than a day, and what is of some layers up to it.
WITHOUT = """
    SELECT id, sum(debits), sum(credits) FROM (
        SELECT p.account_id AS id, greatest(p.amount, 0) AS debits, greatest(-p.amount, 0) AS credits
        FROM journals_journal j JOIN journals_posting p ON p.journal_id = j.id
        WHERE j.entity_id = %s AND j.effective_date > %s
        UNION ALL
        SELECT t.account_id, t.debits, t.credits
        FROM journals_daytotal t JOIN accounts_account a ON a.id = t.account_id
        WHERE a.entity_id = %s AND t.effective_date <= %s AND t.layer <> 'ordinary' AND t.layer = ANY (%s)
    ) moved GROUP BY id
"""
FROM_BALANCES = """
    SELECT l.*, b.debits - coalesce(w.debits, 0), b.credits - coalesce(w.credits, 0)
    FROM listed l JOIN accounts_balance b ON b.account_id = l.id
    LEFT JOIN unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS w (id, debits, credits) ON w.id = l.id
"""
LATER = """
    SELECT count(*) FROM (SELECT FROM journals_journal WHERE entity_id = %s AND effective_date > %s LIMIT %s) first
"""
AT_DATE = {"rows": "listed", "day": "question.as_of"}
AT_ENDS = {"rows": "ends", "day": "l.day"}
BEFORE = {"rows": "(SELECT listed.*, %s::date - 1 AS day FROM listed)", "day": "l.day"}
LINE = "single, parent_id, type, currency, term"
OF_LINE = "l.single, l.parent_id, l.type, l.currency, l.term, l.id"
ALL_TYPES = (*NET_ASSET_TYPES, "equity", *RESULT_TYPES)
SUMMED = f"""
    SELECT {LINE}, CASE WHEN %s THEN sign(debits - credits)::int ELSE 0 END, count(*), sum(debits), sum(credits)
    FROM totals AS t ({LINE}, id, debits, credits) GROUP BY {LINE}, 6
"""  # noqa: S608 - constants
# As they stand at a day, beside how they stood before another.
SUMMED_SINCE = f"""
    SELECT {LINE}, sign(debits - credits - debits_before + credits_before)::int, count(*),
           sum(debits), sum(credits), sum(debits_before), sum(credits_before)
    FROM (
        SELECT {LINE}, id, sum(debits) AS debits, sum(credits) AS credits, sum(debits_before) AS debits_before,
               sum(credits_before) AS credits_before
        FROM (
            SELECT *, 0 AS debits_before, 0 AS credits_before FROM totals AS t ({LINE}, id, debits, credits)
            UNION ALL
            SELECT {LINE}, id, 0, 0, debits, credits FROM before AS b ({LINE}, id, debits, credits)
        ) both_days GROUP BY {LINE}, id
    ) account GROUP BY {LINE}, 6
"""  # noqa: S608 - constants
# Of each account what the years did that moved it, from the totals at their ends.
SUMMED_YEARS = f"""
    SELECT {LINE}, 0, count(*), place, sum(net) FROM (
        SELECT id, place, debits - credits - lag(debits - credits, 1, 0::numeric) OVER (PARTITION BY id ORDER BY place)
               AS net
        FROM totals AS t (id, place, debits, credits)
    ) moved JOIN listed USING (id) GROUP BY {LINE}, place
"""  # noqa: S608 - constants
ACCOUNTS_FOLDED = phrase("{count} accounts")
NOTE = phrase("Very many accounts right below a header are one line on this page. The files have each of them.")
NAMESPACE = UUID("8d9b5c0e-3f52-4d0c-9a2b-5a4c1b7f6e21")  # of the ids of folded lines, which nothing keeps


class _FoldedLine(NamedTuple):
    """What is on one line: an account that keeps its own, or those below a header that share all of this."""

    single: UUID | None
    parent_id: UUID | None
    type: str
    currency: str
    term: str
    side: int  # of balances that are debits, 1; credits, -1; neither, or not asked for, 0


class FoldedReader(Reader):
    """The reads of a report over all accounts as a page shows it; no part of them alone, and in no one currency."""

    def __init__(self, connection: psycopg.Connection[Any], entity_id: UUID, known_at: datetime | None) -> None:
        super().__init__(connection, entity_id, known_at)
        self._folded: list[UUID | None] = []
        self._open: list[UUID | None] = []
        single = 0
        for parent, count in self._over_all(BELOW, (entity_id,)):
            single += count
            (self._open if single <= MOST_SINGLE else self._folded).append(parent)

        if self._folded:
            self.notes = (NOTE,)

    @cached_property
    def accounts(self) -> dict[UUID, ReportAccount]:
        """Headers and accounts with a line of their own; folded lines come to them as figures are read."""
        given = [*self._folded, *self._open], self._open, self.entity_id, None in self._open
        return {row[0]: ReportAccount(*row) for row in self.rows(LINES, given)}

    def figures(
        self,
        as_of: date,
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
        accounts: Collection[UUID] | None = None,
    ) -> dict[UUID, GrossTotals]:
        """Totals of what is on each line; of `accounts` that have one of their own, theirs."""
        if accounts is not None:
            return super().figures(as_of, layers, types=types, accounts=accounts)
        rows = self._summed(as_of, layers, ALL_TYPES if types is None else types, by_side=False)
        return {self._line(row): GrossTotals(row[7], row[8]) for row in rows}

    def before(
        self,
        day: date,
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
        accounts: Collection[UUID] | None = None,
    ) -> dict[UUID, GrossTotals]:
        """Totals through the day before, without reading them where these books begin with it."""
        first = self.rows(FIRST_DAY, (self.entity_id,))
        if not first or first[0][0] >= day:
            return dict.fromkeys(self.accounts, GrossTotals(ZERO, ZERO))
        return self.figures(day_before(day), layers, types=types, accounts=accounts)

    def since_opening(
        self, day: date, layers: Collection[str], start: date | None
    ) -> tuple[dict[UUID, GrossTotals], dict[UUID, GrossTotals]]:
        """Those whose balance is a debit, and those whose balance is a credit, are lines of their own."""
        types = ALL_TYPES if start is None else [one for one in ALL_TYPES if one not in RESULT_TYPES]
        rows = self._summed(day, layers, types, by_side=True)
        totals = {self._line(row): GrossTotals(row[7], row[8]) for row in rows}
        if start is None:
            return totals, {}
        tables = f"totals AS ({self._totals(AT_DATE)}), before AS ({self._totals(BEFORE)})"
        asked = question_of(self.entity_id, day, self.known_at, list(layers))
        given = *self._listed(RESULT_TYPES), *asked, start
        found = [
            (self._line(row), row[7:]) for row in self._over_all(f"{LISTED},{QUESTION}, {tables} {SUMMED_SINCE}", given)
        ]
        totals |= {line: GrossTotals(*amounts[:2]) for line, amounts in found}
        return totals, {line: GrossTotals(*amounts[2:]) for line, amounts in found}

    def by_year(
        self,
        totals: Mapping[UUID, GrossTotals],
        years: Sequence[Year],
        layers: Collection[str] = LAYERS,
        *,
        types: Collection[str] | None = None,
    ) -> dict[UUID, dict[Year, Decimal]]:
        """The same of each line: what the years did that moved some account on it."""
        *earlier, last = years
        found: dict[UUID, dict[Year, Decimal]] = {}
        before: dict[UUID, Decimal] = {}
        for *row, place, net in self._years(earlier, layers, types) if earlier else ():
            line = self._line(row)
            found.setdefault(line, {})[years[place - 1]] = net
            before[line] = CONTEXT.add(before.get(line, ZERO), net)
        for line, total in totals.items():
            if types is None or self.accounts[line].type in types:
                found.setdefault(line, {})[last] = CONTEXT.subtract(total.net, before.get(line, ZERO))
        return found

    def _years(
        self, years: Sequence[Year], layers: Collection[str], types: Collection[str] | None
    ) -> list[tuple[Any, ...]]:
        asked = question_of(self.entity_id, years[-1].end, self.known_at, list(layers))
        spans = [year.start for year in years], [year.end for year in years]
        given = *self._listed(ALL_TYPES if types is None else types), *asked, *spans
        ends = self._totals(AT_ENDS, "l.id, l.place")
        return self._over_all(f"{LISTED},{QUESTION}{MOVED}, totals AS ({ends}) {SUMMED_YEARS}", given)

    def _summed(
        self, as_of: date, layers: Collection[str], types: Collection[str], *, by_side: bool
    ) -> list[tuple[Any, ...]]:
        """Totals at the end of `as_of` per line, from balances where little is dated later."""
        given: Sequence[Any] = question_of(self.entity_id, as_of, self.known_at, list(layers))
        source = f"{QUESTION}, totals AS ({self._totals(AT_DATE)})"
        if self._is_near(as_of):
            others = [one for one in LAYERS if one not in layers]
            without = self.rows(WITHOUT, (self.entity_id, as_of, self.entity_id, as_of, others))
            source = f"totals AS ({FROM_BALANCES})"
            given = [list(column) for column in zip(*without, strict=True)] or [[], [], []]
        return self._over_all(f"{LISTED},{source} {SUMMED}", (*self._listed(types), *given, by_side))

    def _is_near(self, day: date) -> bool:
        if self.known_at is not None:
            return False
        ((later,),) = self.rows(LATER, (self.entity_id, day, MOST_LATER))
        return bool(later < MOST_LATER)

    def _over_all(self, sql: str, given: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of a query that reads all accounts, by whole tables: `reading` keeps plans from that otherwise."""
        self._connection.execute("SELECT set_config('enable_seqscan', 'on', true)")
        found = self.rows(sql, given)
        self._connection.execute("SELECT set_config('enable_seqscan', 'off', true)")
        return found

    def _listed(self, types: Collection[str]) -> list[Any]:
        folded = [one for one in self._folded if one is not None]
        return [folded, None in self._folded, self.entity_id, list(types)]

    def _totals(self, of: dict[str, str], columns: str = OF_LINE) -> str:
        figures = TOTALS_NOW if self.known_at is None else TOTALS_THEN
        return f"SELECT {columns}, {figures.format(**of)}"

    def _line(self, row: Sequence[Any]) -> UUID:
        """The id of the line that a row is of; a folded one is among the accounts from then on."""
        found = _FoldedLine(*row[:6])
        if found.single is not None:
            return found.single
        line = uuid5(NAMESPACE, repr(found))
        if line not in self.accounts:
            self.accounts[line] = ReportAccount(
                line, "", ACCOUNTS_FOLDED.format(count=f"{row[6]:,}"), found.type, found.currency, found.parent_id,
                is_header=False, normal_side="", role="", term=found.term,
            )  # fmt: skip
        return line


def reader_of_page(connection: psycopg.Connection[Any], entity_id: UUID, known_at: datetime | None) -> Reader:
    """What reads these books for a page: account by account unless there are very many."""
    ((has_many,),) = connection.execute(HAS_MANY, (MANY, entity_id, MANY + 1)).fetchall()
    return (FoldedReader if has_many else Reader)(connection, entity_id, known_at)
