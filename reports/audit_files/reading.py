"""What audit files are made of: the books of one fiscal year or a part of it, read in one snapshot.

Closing entries of the year stay out, as authorities want it: income and expenses show what was earned. Those of
earlier years are in the opening balances. Journals come in the order of their numbers, or by series and
number; a kind that no series takes is a series of its own, with the numbers of the journals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from journals.series.numbering import catch_up
from ledgerflow.core import clocks
from ledgerflow.core.money import CONTEXT, ZERO, plain
from reports.audit_files.errors import AuditNumbersBehind, AuditYearsOpen
from reports.reading.figures import RESULT_TYPES, VIEWS, GrossTotals, Reader, reading
from reports.reading.tree import must_be_zero
from reports.reading.years import Year
from reports.statements.income import Range, range_of

NUMBER_KEY = "account_number"  # of an account's metadata: what it is called in audit files
NUMBERS = "SELECT id, metadata->>%s FROM accounts_account WHERE entity_id = %s AND metadata ? %s"
ENTRIES = """
    SELECT coalesce(s.code, j.kind), CASE WHEN s.code IS NULL THEN j.number::text ELSE coalesce(n.text, '') END,
           j.number, j.kind, j.effective_date, j.recorded_at,
           j.description, j.external_reference, p.line, p.account_id, p.amount, p.description,
           coalesce(p.dimensions->>'party', ''), coalesce(p.dimensions->>'tax', '')
    FROM journals_journal j JOIN journals_posting p ON p.journal_id = j.id
    LEFT JOIN series_numberseries s ON s.entity_id = j.entity_id AND jsonb_exists(s.kinds,
        CASE WHEN j.kind = 'imported' THEN coalesce(j.metadata ->> 'original_kind', 'imported') ELSE j.kind END)
    LEFT JOIN series_seriesnumber n ON n.journal_id = j.id
    WHERE j.entity_id = %s AND j.effective_date BETWEEN %s AND %s AND j.event_sequence <= %s AND j.layer <> 'closing'
    ORDER BY {order}, p.line
"""
BY_NUMBER, BY_SERIES = "j.number", "1, j.number"
COUNTS = """
    SELECT count(DISTINCT j.id), count(*),
           coalesce(sum(greatest(p.amount, 0)), 0), coalesce(-sum(least(p.amount, 0)), 0)
    FROM journals_journal j JOIN journals_posting p ON p.journal_id = j.id
    WHERE j.entity_id = %s AND j.effective_date BETWEEN %s AND %s AND j.event_sequence <= %s AND j.layer <> 'closing'
"""


class AuditAccount(NamedTuple):
    """An account that has a balance or was moved; amounts are debit positive, in base currency."""

    id: UUID
    code: str
    number: str
    name: str
    type: str
    currency: str
    opening: Decimal
    closing: Decimal


class AuditLine(NamedTuple):
    """A posting with what its journal says. `series` and `number_in_series` are what an auditor finds it by."""

    series: str
    number_in_series: str
    number: int
    kind: str
    effective_date: date
    recorded_at: datetime
    description: str
    reference: str
    line: int
    account_id: UUID
    amount: Decimal
    line_description: str
    party: str
    tax: str

    @property
    def text(self) -> str:
        """What the line says, or its journal; never nothing."""
        return self.line_description or self.description or title_of(self.kind)


class Counts(NamedTuple):
    journals: int
    lines: int
    debits: Decimal
    credits: Decimal


def title_of(kind: str) -> str:
    """The kind of a journal as people read it."""
    return kind.replace("_", " ").capitalize()


class AuditBooks:
    """The books of one audit file while the snapshot lasts."""

    def __init__(self, reader: Reader, dates: Range) -> None:
        self._reader = reader
        self.dates = dates
        self.year: Year = reader.whole_year_of(dates.end)
        self.code, self.name = reader.books.code, reader.books.name
        self.currency = reader.books.base_currency
        self.scale = reader.scales[self.currency]
        self.known = reader.known
        self.made_at = clocks.now()
        self.accounts = {account.id: account for account in self._accounts()}

    def entries(self, order: str = BY_NUMBER) -> Iterator[Iterable[AuditLine]]:
        """The lines of each journal; they end when the next journal is asked for.

        After the last one, all lines must lead from opening to closing balances: raises `ReportsDisagreeError`.
        """
        moved = dict.fromkeys(self.accounts, ZERO)
        lines = map(AuditLine._make, self._reader.stream(ENTRIES.format(order=order), self._which()))
        for _, of_one in groupby(lines, key=attrgetter("number")):
            yield _counted(of_one, moved)
        gaps = (
            CONTEXT.subtract(account.closing, CONTEXT.add(account.opening, moved[account.id]))
            for account in self.accounts.values()
        )
        must_be_zero(gaps, "The lines of an audit file do not lead to the closing balances.")

    def counts(self) -> Counts:
        """How many journals and lines there are, and what their sides come to."""
        return Counts(*self._reader.rows(COUNTS, self._which())[0])

    def _which(self) -> tuple[object, ...]:
        return self._reader.entity_id, self.dates.start, self.dates.end, self.known

    def _accounts(self) -> Iterator[AuditAccount]:
        """Those that stand at something or were moved, in the order of their numbers."""
        reader = self._reader
        numbers = dict(reader.rows(NUMBERS, (NUMBER_KEY, reader.entity_id, NUMBER_KEY)))
        before_year = reader.before(self.year.start, types=RESULT_TYPES)
        self._refuse_open_years(before_year)
        opening = reader.before(self.dates.start)
        moved = reader.movements(*self.dates, VIEWS["adjusted"])
        found = [
            AuditAccount(
                account.id, account.code, numbers.get(account.id) or account.code, account.name, account.type,
                account.currency, opening[account.id].net, CONTEXT.add(opening[account.id].net, moved[account.id].net),
            )
            for account in reader.accounts.values()
            if not account.is_header and (opening[account.id].net or any(moved[account.id]))
        ]  # fmt: skip
        return iter(sorted(found, key=attrgetter("number")))

    def _refuse_open_years(self, before_year: dict[UUID, GrossTotals]) -> None:
        left = {one: total.net for one, total in before_year.items() if total.net}
        if left:
            base = [net for one, net in left.items() if self._reader.accounts[one].currency == self.currency]
            total = ZERO
            for net in base:
                total = CONTEXT.subtract(total, net)
            raise AuditYearsOpen(start=str(self.year.start), amount=f"{plain(total)} {self.currency}")


def _counted(lines: Iterable[AuditLine], moved: dict[UUID, Decimal]) -> Iterator[AuditLine]:
    for line in lines:
        if not line.number_in_series:  # it was posted after the series had caught up
            raise AuditNumbersBehind(journal=line.number)
        moved[line.account_id] = CONTEXT.add(moved.get(line.account_id, ZERO), line.amount)
        yield line


@contextmanager
def audit_books(entity_id: UUID, from_date: date | None, to_date: date | None) -> Iterator[AuditBooks]:
    """The books from `from_date` (the first day of the fiscal year) to `to_date` (the business date), both included.

    Raises `FutureDate`, `Malformed`, `AuditYearsOpen`.
    """
    catch_up(entity_id)
    with reading(entity_id) as reader:
        end = to_date or reader.books.business_date
        yield AuditBooks(reader, range_of(reader, from_date or reader.year_of(end).start, end))
