"""What audit files are made of: the books of one fiscal year or a part of it, read in one snapshot.

Closing entries of the year stay out, as authorities want it: income and expenses show what was earned. Those of
earlier years are in the opening balances. Lines in units that are not money stay out too. Journals come in the order of
their numbers, or by series and number; a kind that no series takes is a series of its own, with the numbers of the
journals. Amounts are in the base currency of the days; how foreign accounts come to theirs is told in
`reports.audit_files.foreign`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cached_property
from itertools import groupby, starmap
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from accounts.bases.eras import Era
from fx.functional.line_amounts import OF_ITS_OWN, OWN_COLUMNS, ForeignLine
from journals.series.numbering import catch_up
from ledgerflow.core import clocks
from ledgerflow.core.money import CONTEXT, ZERO, plain
from reports.audit_files.errors import AuditBaseChanged, AuditNumbersBehind, AuditYearsOpen
from reports.audit_files.foreign import ForeignAmount, ForeignBooks
from reports.audit_files.parties import AuditParties
from reports.audit_files.taxes import TaxCodes
from reports.currencies.functional import FUNCTIONAL
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
           coalesce(p.dimensions->>'party', ''), coalesce(p.dimensions->>'tax', ''){own}
    FROM journals_journal j JOIN journals_posting p ON p.journal_id = j.id
    LEFT JOIN series_numberseries s ON s.entity_id = j.entity_id AND jsonb_exists(s.kinds,
        CASE WHEN j.kind = 'imported' THEN coalesce(j.metadata ->> 'original_kind', 'imported') ELSE j.kind END)
    LEFT JOIN series_seriesnumber n ON n.journal_id = j.id
    {worth}
    WHERE j.entity_id = %(entity)s AND j.effective_date BETWEEN %(start)s AND %(end)s
      AND j.event_sequence <= %(known)s AND j.layer <> 'closing'
      AND p.currency <> ALL (%(units)s)
    ORDER BY {order}, p.line
"""
BY_NUMBER, BY_SERIES = "j.number", "1, j.number"
WITHOUT_WORTH = {"own": "", "worth": ""}
WITH_WORTH = {
    "own": f", a.currency, {OWN_COLUMNS}",
    "worth": f"JOIN accounts_account a ON a.id = p.account_id {OF_ITS_OWN}",
}
COUNTS = """
    SELECT count(DISTINCT j.id), count(*),
           coalesce(sum(greatest(p.amount, 0)), 0), coalesce(-sum(least(p.amount, 0)), 0)
    FROM journals_journal j JOIN journals_posting p ON p.journal_id = j.id
    WHERE j.entity_id = %(entity)s AND j.effective_date BETWEEN %(start)s AND %(end)s
      AND j.event_sequence <= %(known)s AND j.layer <> 'closing'
      AND p.currency <> ALL (%(units)s)
"""
ROUNDED = "Exchange difference from rounding"


class AuditAccount(NamedTuple):
    """An account that has a balance or was moved; amounts are debit positive, in base currency.

    `opening_there` is the opening balance in the account's own currency.
    """

    id: UUID
    code: str
    number: str
    name: str
    type: str
    currency: str
    opening: Decimal
    closing: Decimal
    opening_there: Decimal


class AuditLine(NamedTuple):
    """A posting with what its journal says. `series` and `number_in_series` are what an auditor finds it by.

    `amount` is in base currency; of a foreign account `foreign` says what it was converted from.
    """

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
    foreign: ForeignAmount | None = None

    @property
    def text(self) -> str:
        """What the line says, or its journal; never nothing."""
        return self.line_description or self.description or title_of(self.kind)

    @property
    def is_credit(self) -> bool:
        """Which side it stands on, also where it is worth nothing in base currency."""
        return (self.foreign.amount if self.foreign else self.amount) < 0


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
        era = _era_of(reader, dates)
        self.currency = era.currency
        self.scales = reader.scales
        self.scale = self.scales[self.currency]
        self.known = reader.known
        self.made_at = clocks.now()
        self._refuse_open_years()
        opening, moved = reader.before(dates.start), reader.movements(*dates, VIEWS["adjusted"])
        has_foreign = any(
            account.currency != self.currency and (any(opening[one]) or any(moved[one]))
            for one, account in reader.accounts.items() if not account.is_header
        )  # fmt: skip
        self._foreign = ForeignBooks(reader, era, dates) if has_foreign else None
        self.accounts = {account.id: account for account in self._accounts(opening, moved)}

    @cached_property
    def taxes(self) -> TaxCodes:
        """The tax codes that lines bear."""
        return TaxCodes(self._reader)

    @cached_property
    def parties(self) -> AuditParties:
        """The customers and suppliers that lines name."""
        return AuditParties(self._reader, self.dates, self._foreign, self.currency)

    def entries(self, order: str = BY_NUMBER) -> Iterator[Iterable[AuditLine]]:
        """The lines of each journal, which come to zero; they end when the next journal is asked for.

        After the last one, all lines must lead from opening to closing balances: raises `ReportsDisagreeError`.
        """
        moved = dict.fromkeys(self.accounts, ZERO)
        rounding = None if self._foreign is None else self._foreign.rounding
        for _, of_one in groupby(self._lines(order), key=attrgetter("number")):
            yield _counted(_balanced(of_one, rounding), moved)
        gaps = (
            CONTEXT.subtract(account.closing, CONTEXT.add(account.opening, moved[account.id]))
            for account in self.accounts.values()
        )
        must_be_zero(gaps, "The lines of an audit file do not lead to the closing balances.")

    def counts(self) -> Counts:
        """How many journals and lines there are, and what their sides come to."""
        if self._foreign is None:
            return Counts(*self._reader.rows(COUNTS, self._which())[0])
        journals, lines, sides = 0, 0, [ZERO, ZERO]
        with localcontext(CONTEXT):
            for entry in self.entries():
                journals += 1
                for line in entry:
                    lines += 1
                    sides[line.is_credit] += line.amount.copy_abs()
        return Counts(journals, lines, *sides)

    def _lines(self, order: str) -> Iterator[AuditLine]:
        """The postings, those of foreign accounts at their base amounts."""
        if self._foreign is None:
            rows = self._reader.stream(ENTRIES.format(order=order, **WITHOUT_WORTH), self._which())
            yield from starmap(AuditLine, rows)
            return
        worth = self._foreign.lines.worth  # read before the next stream begins
        for row in self._reader.stream(ENTRIES.format(order=order, **WITH_WORTH), self._which()):
            *parts, currency, own_amount, own_value, own_rate, told_on = row
            line = AuditLine(*parts)
            if currency != self.currency:
                native = ForeignLine(
                    line.account_id, currency, line.effective_date, line.number, line.line, line.amount, own_amount,
                    own_value, own_rate, told_on,
                )  # fmt: skip
                amount, rate = worth(native)
                line = line._replace(amount=amount, foreign=ForeignAmount(currency, line.amount, rate))
            yield line

    def _which(self) -> dict[str, Any]:
        return {
            "entity": self._reader.entity_id, "start": self.dates.start, "end": self.dates.end, "known": self.known,
            "base": self.currency, "units": list(self._reader.units),
        }  # fmt: skip

    def _accounts(
        self, opening: Mapping[UUID, GrossTotals], moved: Mapping[UUID, GrossTotals]
    ) -> Iterator[AuditAccount]:
        """Those that stand at something or were moved, in the order of their numbers."""
        reader = self._reader
        numbers = dict(reader.rows(NUMBERS, (NUMBER_KEY, reader.entity_id, NUMBER_KEY)))
        opens, moves = self._in_base(opening, moved)
        found = [
            AuditAccount(
                one, account.code, numbers.get(one) or account.code, account.name, account.type, account.currency,
                opens.get(one, ZERO), CONTEXT.add(opens.get(one, ZERO), moves.get(one, ZERO)), opening[one].net,
            )
            for one, account in reader.accounts.items()
            if not account.is_header
            and (opens.get(one) or moves.get(one) or any(moved[one]) or self._takes_cents(one))
        ]  # fmt: skip
        return iter(sorted(found, key=attrgetter("number")))

    def _takes_cents(self, account: UUID) -> bool:
        return self._foreign is not None and self._foreign.rounding == account

    def _in_base(
        self, opening: Mapping[UUID, GrossTotals], moved: Mapping[UUID, GrossTotals]
    ) -> tuple[Mapping[UUID, Decimal], Mapping[UUID, Decimal]]:
        """Opening balances and movements in base currency."""
        moves = {one: total.net for one, total in moved.items()}
        if self._foreign is None:
            return {one: total.net for one, total in opening.items()}, moves
        foreign = {one for one, account in self._reader.accounts.items() if account.currency != self.currency}
        moves |= {one: self._foreign.moved.get(one, ZERO) for one in foreign}
        with localcontext(CONTEXT):
            moves[self._foreign.rounding] -= sum((moves[one] for one in foreign), ZERO)
        return self._foreign.opening(self.dates.start, self.year.start), moves

    def _refuse_open_years(self) -> None:
        before_year = self._reader.before(self.year.start, types=RESULT_TYPES)
        left = {one: total.net for one, total in before_year.items() if total.net}
        if left:
            base = [net for one, net in left.items() if self._reader.accounts[one].currency == self.currency]
            total = ZERO
            for net in base:
                total = CONTEXT.subtract(total, net)
            raise AuditYearsOpen(start=str(self.year.start), amount=f"{plain(total)} {self.currency}")


def _era_of(reader: Reader, dates: Range) -> Era:
    era = reader.era_on(dates.end)
    if reader.era_on(dates.start) != era:
        raise AuditBaseChanged(pointer="/from", day=str(era.starts_on))
    return era


def _balanced(lines: Iterable[AuditLine], rounding: UUID | None) -> Iterator[AuditLine]:
    """The lines of a journal, and one for what rounding leaves of them where some are foreign."""
    if rounding is None:
        yield from lines
        return
    total, last = ZERO, None
    for line in lines:
        total, last = CONTEXT.add(total, line.amount), line
        yield line
    if last is not None and total:
        yield last._replace(
            line=last.line + 1, account_id=rounding, amount=total.copy_negate(), line_description=ROUNDED, party="",
            tax="", foreign=None,
        )  # fmt: skip


def _counted(lines: Iterable[AuditLine], moved: dict[UUID, Decimal]) -> Iterator[AuditLine]:
    for line in lines:
        if not line.number_in_series:  # it was posted after the series had caught up
            raise AuditNumbersBehind(journal=line.number)
        moved[line.account_id] = CONTEXT.add(moved.get(line.account_id, ZERO), line.amount)
        yield line


@contextmanager
def audit_books(entity_id: UUID, from_date: date | None, to_date: date | None) -> Iterator[AuditBooks]:
    """The books from `from_date` (the first day of the fiscal year) to `to_date` (the business date), both included.

    Raises `FutureDate`, `Malformed`, `AuditYearsOpen`; of foreign accounts `AuditNeedsRounding`, `RateMissing`,
    `RateTooOld`.
    """
    catch_up(entity_id)
    with reading(entity_id, currency=FUNCTIONAL) as reader:
        end = to_date or reader.books.business_date
        yield AuditBooks(reader, range_of(reader, from_date or reader.year_of(end).start, end))
