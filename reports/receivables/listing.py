"""The open-item list: what is open at the end of a date, item by item."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ledgerflow.core.documents import Cell, Column, Document, DocumentRow
from reports.heads import document_head, head_of
from reports.reading.figures import Reader, reading
from reports.receivables.gathering import AccountItems, check_size, item_line, items_at, on_side, open_of
from reports.receivables.shapes import ItemSection, OpenItemsReport

COLUMNS = (
    Column("Account", width=14),
    Column("Party", width=16),
    Column("Date", "date"),
    Column("Due", "date"),
    Column("Days overdue", "integer", 8),
    Column("Journal", "integer", 8),
    Column("Reference", width=14),
    Column("Description", width=30),
    Column("Amount", "amount", 15),
    Column("Open", "amount", 15),
)


class OpenItemList:
    """The open-item list while its snapshot lasts: a body, or a document."""

    def __init__(
        self, reader: Reader, head: dict[str, Any], found: list[AccountItems], as_of: date, *, is_whole: bool
    ) -> None:
        self._reader, self._head, self._found, self._as_of = reader, head, found, as_of
        self._is_whole = is_whole

    def report(self) -> OpenItemsReport:
        """The whole list. Raises `ReportTooLarge`."""
        check_size([item for one in self._found for item in one.items])
        return OpenItemsReport(**self._head, sections=[self._section(one) for one in self._found])

    def document(self) -> Document:
        """The list as a table: per account a heading, its items, their total and the balance."""
        rows = (row for one in self._found for row in self._rows(one))
        return Document(**document_head(OpenItemsReport(**self._head, sections=[])), columns=COLUMNS, rows=rows)

    def _section(self, one: AccountItems) -> ItemSection:
        reader, account = self._reader, one.account
        return ItemSection(
            account=account.code,
            name=account.name,
            currency=account.currency,
            normal_side=account.normal_side,
            items=[item_line(reader, account, item, self._as_of) for item in one.items],
            open=on_side(reader, account, open_of(one.items)),
            before=on_side(reader, account, one.before),
            balance=on_side(reader, account, one.balance),
        )

    def _rows(self, one: AccountItems) -> Iterator[DocumentRow]:
        code = one.account.code
        name = f"{one.account.name}, {one.account.currency}"
        yield DocumentRow((code, *[None] * 6, name, None, None), "heading")
        for item in one.items:
            line = item_line(self._reader, one.account, item, self._as_of)
            cells: tuple[Cell, ...] = (
                code, line.party, line.effective_date, line.due_on, line.days_overdue, line.journal_number,
                line.external_reference, line.description or line.kind, line.amount, line.open,
            )  # fmt: skip
            yield DocumentRow(cells)
        total = on_side(self._reader, one.account, open_of(one.items))
        yield DocumentRow((code, *[None] * 6, "Open items", None, total), "subtotal")
        if self._is_whole:
            if one.before:
                before = on_side(self._reader, one.account, one.before)
                yield DocumentRow((code, *[None] * 6, "Posted before open items were kept", None, before))
            balance = on_side(self._reader, one.account, one.balance)
            yield DocumentRow((code, *[None] * 6, "Balance of the account", None, balance), "total")


@contextmanager
def open_item_list(
    entity_id: UUID,
    *,
    as_of: date | None = None,
    accounts: Collection[str] = (),
    party: str | None = None,
    known_at: datetime | None = None,
) -> Iterator[OpenItemList]:
    """The items that are open at the end of `as_of` (the business date), by account and party, the first due first.

    Allocations that are dated later do not count. Raises `NotFound`, `FutureDate`.
    """
    with reading(entity_id, known_at) as reader:
        day = as_of or reader.books.business_date
        reader.check_date(day, "as_of")
        found = items_at(reader, day, accounts)
        if party is not None:
            found = [one._replace(items=[item for item in one.items if item.party == party]) for one in found]
        head = head_of(reader, "Open items", as_of=day, accounts=", ".join(accounts), party=party)
        yield OpenItemList(reader, head, found, day, is_whole=party is None)
