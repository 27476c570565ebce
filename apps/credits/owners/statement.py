"""The statement of an owner: what his wallets held, what moved them by date, and what is over soon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from accounts.models import Account
from apps.credits.owners.entries import MEMBERS, entry_of
from apps.credits.owners.reading import LATER
from apps.credits.owners.shapes import Expiring, OwnerEntry, OwnerStatement, StatementSection
from apps.credits.owners.wallets import units_of, wallets_of
from ledgerflow.core.documents import Column, Document, DocumentRow
from ledgerflow.core.money import CONTEXT, at_scale, plain
from reports.errors import TooManyJsonLines
from reports.heads import document_head, head_of
from reports.reading.figures import Reader, reading
from reports.reading.tree import must_be_zero
from reports.statements.income import Range, range_of
from reports.statements.postings import MOST_JSON_LINES

TITLE = "Statement of credits"
LINES = f"""
    {MEMBERS} AND p.effective_date BETWEEN %(start)s AND %(end)s AND p.event_sequence <= %(known)s
    ORDER BY p.effective_date, p.account_version
"""
# As lots stood at the end of a date, from what was recorded by then.
EXPIRING = """
    SELECT expires_on, sum(remaining) FROM (
        SELECT l.expires_on,
               sum(CASE WHEN e.action IN ('granted', 'returned') THEN e.amount ELSE -e.amount END) AS remaining
        FROM lots_lotentry e JOIN lots_lot l ON l.id = e.lot_id
        WHERE e.account_id = %s AND e.effective_date <= %s AND e.event_sequence <= %s
          AND l.expires_on BETWEEN %s AND %s
        GROUP BY l.id
    ) lots WHERE remaining > 0 GROUP BY expires_on ORDER BY expires_on
"""
COLUMNS = (
    Column("Date", "date"),
    Column("Journal", "integer", 8),
    Column("Operation", width=28),
    Column("Application", width=14),
    Column("Reference", width=12),
    Column("Amount", "amount", 14),
    Column("Balance", "amount", 14),
)


class WalletLines(NamedTuple):
    """A wallet over the dates of the statement; amounts are on its normal side."""

    wallet: Account
    scale: int
    opening: Decimal
    closing: Decimal
    lines: Iterator[OwnerEntry]
    expiring: list[Expiring]


class StatementOfOwner:
    """The statement while its snapshot lasts: a body, or a document whose rows are read as they are written."""

    def __init__(self, reader: Reader, head: dict[str, Any], wallets: Sequence[Account], dates: Range) -> None:
        self._reader, self._head, self._wallets, self._dates = reader, head, wallets, dates

    def report(self) -> OwnerStatement:
        """The whole statement. Raises `ReportTooLarge`."""
        left, sections = MOST_JSON_LINES, []
        for part in self._parts():
            entries = list(islice(part.lines, left + 1))
            left -= len(entries)
            if left < 0:
                raise TooManyJsonLines(most=MOST_JSON_LINES, format="csv")
            sections.append(
                StatementSection(
                    wallet=part.wallet.code,
                    unit=part.wallet.currency,
                    opening=_text(part, part.opening),
                    entries=entries,
                    closing=_text(part, part.closing),
                    expiring=part.expiring,
                )
            )
        return OwnerStatement(**self._head, sections=sections)

    def document(self) -> Document:
        """The statement as a table: per wallet its opening, entries and closing, then what is over soon."""
        rows = (row for part in self._parts() for row in self._rows(part))
        return Document(**document_head(OwnerStatement(**self._head, sections=[])), columns=COLUMNS, rows=rows)

    def _rows(self, part: WalletLines) -> Iterator[DocumentRow]:
        dates, unit = self._dates, part.wallet.currency
        yield _row(None, None, f"Credits in {unit}", style="heading")
        yield _row(dates.start, None, "Opening balance", balance=_text(part, part.opening))
        for one in part.lines:
            name = one.operation or one.description or one.kind.replace("_", " ").capitalize()
            texts = (name, one.application or "", one.external_reference)
            yield _row(one.effective_date, one.journal_number, *texts, amount=one.amount, balance=one.balance_after)
        yield _row(dates.end, None, "Closing balance", balance=_text(part, part.closing), style="total")
        if part.expiring:
            yield _row(None, None, f"Expiring within {LATER} days", style="heading")
        for lot in part.expiring:
            yield _row(lot.expires_on, None, "Last day to spend it", amount=lot.amount)

    def _parts(self) -> Iterator[WalletLines]:
        """Each wallet with its lines; those of one end when the next is asked for."""
        reader, dates = self._reader, self._dates
        ids = [one.pk for one in self._wallets]
        before, after = reader.before(dates.start, accounts=ids), reader.figures(dates.end, accounts=ids)
        for wallet in self._wallets:
            sign = 1 if wallet.normal_side == "debit" else -1
            opening, closing = (CONTEXT.multiply(found[wallet.pk].net, Decimal(sign)) for found in (before, after))
            part = WalletLines(wallet, reader.scales[wallet.currency], opening, closing, iter(()), [])
            yield part._replace(lines=self._running(part), expiring=self._expiring(part))

    def _running(self, part: WalletLines) -> Iterator[OwnerEntry]:
        """The entries with the balance in this order; they lead to the closing one, or it is a fault."""
        balance, dates = part.opening, self._dates
        given = {"wallet": part.wallet.pk, "start": dates.start, "end": dates.end, "known": self._reader.known}
        for row in self._reader.stream(LINES, given):
            entry = entry_of(row[1:])
            balance = CONTEXT.add(balance, Decimal(entry.amount))
            yield msgspec.structs.replace(entry, balance_after=_text(part, balance))
        gap = CONTEXT.subtract(balance, part.closing)
        must_be_zero([gap], f"The entries of {part.wallet.code} do not lead to its closing balance.")

    def _expiring(self, part: WalletLines) -> list[Expiring]:
        end = self._dates.end
        given = (part.wallet.pk, end, self._reader.known, end, end + timedelta(days=LATER))
        return [Expiring(day, _text(part, amount)) for day, amount in self._reader.rows(EXPIRING, given)]


@contextmanager
def owner_statement(
    entity_id: UUID,
    owner_id: str,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
) -> Iterator[StatementOfOwner]:
    """What moved the wallets of an owner, from the first day of the fiscal year to the business date unless given.

    Nothing for an owner nobody knows. Raises `Malformed`, `FutureDate`.
    """
    wallets = wallets_of(entity_id, owner_id, units_of(entity_id))
    with reading(entity_id, known_at) as reader:
        end = to_date or reader.books.business_date
        dates = range_of(reader, from_date or reader.year_of(end).start, end)
        known = [one for one in wallets if one.pk in reader.accounts]
        head = head_of(reader, TITLE, owner=owner_id, from_=dates.start, to=dates.end)
        yield StatementOfOwner(reader, head, known, dates)


def _row(
    day: date | None, number: int | None, *texts: str, amount: str | None = None, balance: str | None = None,
    style: Any = "normal",
) -> DocumentRow:  # fmt: skip
    name, application, reference = (*texts, "", "")[:3]
    return DocumentRow((day, number, name, application or None, reference or None, amount, balance), style)


def _text(part: WalletLines, amount: Decimal) -> str:
    return plain(at_scale(CONTEXT.plus(amount), part.scale))
