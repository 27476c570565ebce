"""Allocations between two dates, with the exchange differences that they realise."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from fx.functional.day_rates import books_in
from ledgerflow.core.documents import Column, Document, DocumentRow
from ledgerflow.core.money import at_scale, plain
from recon.open_items.realised import Realised, own_currencies, realised, total
from reports.heads import document_head, head_of
from reports.reading.figures import Reader, reading
from reports.receivables.gathering import check_size, fetch_of
from reports.receivables.shapes import AllocationLine, AllocationsReport
from reports.statements.income import range_of
from reports.statements.postings import accounts_of

IN_FORCE = """
    SELECT a.id, a.account_id, coalesce(d.dimensions ->> 'party', c.dimensions ->> 'party', ''), a.allocated_on,
           dj.number, cj.number, a.amount
    FROM open_items_allocation a
    JOIN journals_posting d ON d.account_id = a.account_id AND d.account_version = a.debit_version
    JOIN journals_posting c ON c.account_id = a.account_id AND c.account_version = a.credit_version
    JOIN journals_journal dj ON dj.id = d.journal_id JOIN journals_journal cj ON cj.id = c.journal_id
    WHERE a.entity_id = %(entity)s AND a.allocated_on BETWEEN %(start)s AND %(end)s
      AND a.event_sequence <= %(known)s AND (%(accounts)s::uuid[] IS NULL OR a.account_id = ANY (%(accounts)s::uuid[]))
      AND NOT EXISTS (SELECT FROM open_items_allocationundo u
                      WHERE u.allocation_id = a.id AND u.event_sequence <= %(known)s)
    ORDER BY a.allocated_on, a.event_sequence, a.place
"""
NO_POSTING = (
    "Realised differences are in the result already, by revaluations and in functional currency: nothing is posted for "
    "them."
)
COLUMNS = (
    Column("Account", width=14),
    Column("Party", width=16),
    Column("Date", "date"),
    Column("Debit journal", "integer", 8),
    Column("Credit journal", "integer", 8),
    Column("Currency", width=8),
    Column("Amount", "amount", 15),
    Column("Realised", "amount", 15),
)


class _AllocationRow(NamedTuple):
    id: UUID
    account: UUID
    party: str
    day: date
    debit_journal: int
    credit_journal: int
    amount: Decimal


class AllocationList:
    """Allocations while their snapshot lasts: a body, or a document."""

    def __init__(
        self, reader: Reader, head: dict[str, Any], rows: list[_AllocationRow], found: dict[UUID, Realised], base: str
    ) -> None:
        self._reader, self._head, self._rows, self._found, self._base = reader, head, rows, found, base
        self._accounts = reader.named({row.account for row in rows})

    def report(self) -> AllocationsReport:
        """The whole list. Raises `ReportTooLarge`."""
        check_size(self._rows)
        return self._report([self._line(row) for row in self._rows])

    def document(self) -> Document:
        """The list as a table, with the sum of the realised differences."""
        head = document_head(self._report([]))
        return Document(**head, columns=COLUMNS, rows=self._table())

    def _report(self, lines: list[AllocationLine]) -> AllocationsReport:
        return AllocationsReport(**self._head, base_currency=self._base, lines=lines, realised=self._total())

    def _table(self) -> Iterator[DocumentRow]:
        for line in map(self._line, self._rows):
            yield DocumentRow((
                line.account, line.party, line.allocated_on, line.debit_journal, line.credit_journal, line.currency,
                line.amount, line.realised,
            ))  # fmt: skip
        yield DocumentRow((f"Realised, {self._base}", *[None] * 6, self._total()), "total")

    def _line(self, row: _AllocationRow) -> AllocationLine:
        account, difference = self._accounts[row.account], self._found.get(row.id)
        amount = plain(at_scale(row.amount, self._reader.scales[account.currency]))
        gain = None if difference is None else self._in_base(difference.gain)
        journals = row.debit_journal, row.credit_journal
        return AllocationLine(row.id, account.code, account.currency, row.party, row.day, *journals, amount, gain)

    def _total(self) -> str:
        return self._in_base(total(self._found.values()))

    def _in_base(self, amount: Decimal) -> str:
        return plain(at_scale(amount, self._reader.scales[self._base]))


@contextmanager
def allocation_list(
    entity_id: UUID,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    accounts: Collection[str] = (),
    known_at: datetime | None = None,
) -> Iterator[AllocationList]:
    """Allocations that stand, dated between two dates, each with what it realises in the base currency of the second.

    From the first day of the fiscal year to the business date unless given. Raises `NotFound`, `FutureDate`.
    """
    with reading(entity_id, known_at) as reader:
        end = to_date or reader.books.business_date
        dates = range_of(reader, from_date or reader.year_of(end).start, end)
        wanted = [account.id for account in accounts_of(reader, accounts)] if accounts else None
        given = {
            "entity": entity_id, "start": dates.start, "end": dates.end, "known": reader.known, "accounts": wanted,
        }  # fmt: skip
        rows = [_AllocationRow(*row) for row in reader.rows(IN_FORCE, given)]
        era = reader.era_on(dates.end)
        neither = {*own_currencies(reader.eras, era), *reader.units}
        named = reader.named({row.account for row in rows})
        foreign = [row.id for row in rows if named[row.account].currency not in neither]
        known = None if known_at is None else reader.known
        found = realised(books_in(era, entity_id, fetch_of(reader), known, known_at), foreign) if foreign else {}
        missing = len(foreign) - len(found)
        notes = [NO_POSTING]
        if missing:
            notes.append(f"{missing} allocations have no realised difference: a rate of one of their days is missing.")
        head = head_of(reader, "Allocations", notes, from_=dates.start, to=dates.end, accounts=", ".join(accounts))
        yield AllocationList(reader, head, rows, found, era.currency)
