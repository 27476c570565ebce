"""The statement of account of one party: what was posted, and what of it is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from ledgerflow.core.documents import Column, Document, DocumentRow
from ledgerflow.core.money import CONTEXT, ZERO
from recon.open_items.reading import OpenItem, open_items
from reports.heads import document_head, head_of
from reports.reading.figures import Reader, ReportAccount, reading
from reports.receivables.gathering import check_size, fetch_of, item_line, on_side, open_of
from reports.receivables.shapes import PartyLine, PartySection, PartyStatement
from reports.statements.income import Range, range_of

# All that names the party on accounts that keep open items, from the first posting on.
POSTINGS = """
    SELECT p.account_id, p.effective_date, j.number, j.external_reference,
           coalesce(nullif(p.description, ''), j.description), p.amount
    FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.dimensions @> jsonb_build_object('party', %(party)s::text) AND p.entity_id = %(entity)s
      AND p.effective_date <= %(until)s AND p.event_sequence <= %(known)s
      AND EXISTS (SELECT FROM open_items_itemaccount i
                  WHERE i.account_id = p.account_id AND i.event_sequence <= %(known)s)
    ORDER BY (SELECT a.code FROM accounts_account a WHERE a.id = p.account_id), p.effective_date, p.account_version
"""
COLUMNS = (
    Column("Account", width=14),
    Column("Date", "date"),
    Column("Due", "date"),
    Column("Journal", "integer", 8),
    Column("Reference", width=14),
    Column("Description", width=30),
    Column("Debit", "amount", 15),
    Column("Credit", "amount", 15),
    Column("Balance", "amount", 16),
)


class PartyPosting(NamedTuple):
    account: UUID
    day: date
    number: int
    reference: str
    description: str
    amount: Decimal


class PartyAccount(NamedTuple):
    """What one party was posted on an account between two dates, and what of it is open at the end."""

    account: ReportAccount
    opening: Decimal
    lines: list[PartyPosting]
    items: list[OpenItem]


class StatementOfParty:
    """The statement while its snapshot lasts: a body, or a document."""

    def __init__(self, reader: Reader, head: dict[str, Any], parts: list[PartyAccount], dates: Range) -> None:
        self._reader, self._head, self._parts, self._dates = reader, head, parts, dates

    def report(self) -> PartyStatement:
        """The whole statement. Raises `ReportTooLarge`."""
        check_size([line for part in self._parts for line in part.lines])
        return PartyStatement(**self._head, sections=[self._section(part) for part in self._parts])

    def document(self) -> Document:
        """The statement as a table: per account its opening, lines and closing, then the items that are open."""
        rows = (row for part in self._parts for row in self._rows(part))
        return Document(**document_head(PartyStatement(**self._head, sections=[])), columns=COLUMNS, rows=rows)

    def _section(self, part: PartyAccount) -> PartySection:
        account = part.account
        return PartySection(
            account=account.code,
            name=account.name,
            currency=account.currency,
            normal_side=account.normal_side,
            opening=self._text(part, part.opening),
            closing=self._text(part, _closing(part)),
            lines=[self._line(part, line, balance) for line, balance in _running(part)],
            open=self._text(part, open_of(part.items)),
            items=[item_line(self._reader, account, item, self._dates.end) for item in part.items],
        )

    def _line(self, part: PartyAccount, line: PartyPosting, balance: Decimal) -> PartyLine:
        debit, credit = self._sides(part, line.amount)
        shown = self._text(part, balance)
        return PartyLine(line.day, line.number, line.reference, line.description, debit, credit, shown)

    def _rows(self, part: PartyAccount) -> Iterator[DocumentRow]:
        code, start, end = part.account.code, self._dates.start, self._dates.end
        name = f"{part.account.name}, {part.account.currency}"
        yield DocumentRow((code, None, None, None, None, name, None, None, None), "heading")
        opening = self._text(part, part.opening)
        yield DocumentRow((code, start, None, None, None, "Opening balance", None, None, opening))
        for line, balance in _running(part):
            texts = (line.reference, line.description, *self._sides(part, line.amount), self._text(part, balance))
            yield DocumentRow((code, line.day, None, line.number, *texts))
        closing = self._text(part, _closing(part))
        yield DocumentRow((code, end, None, None, None, "Closing balance", None, None, closing), "total")
        if part.items:
            yield DocumentRow((code, end, None, None, None, "Open items", None, None, None), "heading")
        for item in part.items:
            sides = self._sides(part, item.open)
            cells = (code, item.day, item.due_on, item.number, item.reference, item.description, *sides, None)
            yield DocumentRow(cells)
        if part.items:
            total = self._text(part, open_of(part.items))
            yield DocumentRow((code, end, None, None, None, "Open in all", None, None, total), "total")

    def _text(self, part: PartyAccount, amount: Decimal) -> str:
        return on_side(self._reader, part.account, amount)

    def _sides(self, part: PartyAccount, amount: Decimal) -> tuple[str | None, str | None]:
        text = on_side(self._reader, part.account._replace(normal_side="debit"), amount.copy_abs())
        return (text, None) if amount > 0 else (None, text)


@contextmanager
def party_statement(
    entity_id: UUID,
    party: str,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
) -> Iterator[StatementOfParty]:
    """What one party was posted on accounts that keep open items, from the first day of the fiscal year unless given.

    With the items that are open at the end of `to_date`, the business date unless given. Raises `Malformed`,
    `FutureDate`.
    """
    with reading(entity_id, known_at) as reader:
        end = to_date or reader.books.business_date
        dates = range_of(reader, from_date or reader.year_of(end).start, end)
        head = head_of(reader, "Statement of account", party=party, from_=dates.start, to=dates.end)
        yield StatementOfParty(reader, head, _parts(reader, party, dates), dates)


def _parts(reader: Reader, party: str, dates: Range) -> list[PartyAccount]:
    given = {"entity": reader.entity_id, "party": party, "until": dates.end, "known": reader.known}
    items = open_items(reader.entity_id, fetch_of(reader), as_of=dates.end, known=reader.known, party=party)
    postings = [PartyPosting(*row) for row in reader.rows(POSTINGS, given)]
    accounts = reader.named({line.account for line in postings})
    parts = []
    for account, of_account in groupby(postings, key=lambda line: line.account):
        opening, lines = ZERO, []
        for line in of_account:
            if line.day < dates.start:
                opening = CONTEXT.add(opening, line.amount)
            else:
                lines.append(line)
        own = [item for item in items if item.account == account]
        if opening or lines or own:
            parts.append(PartyAccount(accounts[account], opening, lines, own))
    return parts


def _running(part: PartyAccount) -> Iterator[tuple[PartyPosting, Decimal]]:
    balance = part.opening
    for line in part.lines:
        balance = CONTEXT.add(balance, line.amount)
        yield line, balance


def _closing(part: PartyAccount) -> Decimal:
    return [part.opening, *(balance for _, balance in _running(part))][-1]
