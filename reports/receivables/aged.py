"""Aged balances: what each party owes or is owed, by how long it is overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from recon.open_items.reading import OpenItem
from reports.heads import head_of
from reports.reading.figures import Reader, reading
from reports.receivables.gathering import AccountItems, items_at, on_side
from reports.shapes import AmountColumn, Block, TreeReport, TreeRow

COLUMNS = [
    AmountColumn("not_due", "Not due"),
    AmountColumn("days_1_30", "1-30 days"),
    AmountColumn("days_31_60", "31-60 days"),
    AmountColumn("days_61_90", "61-90 days"),
    AmountColumn("over_90", "Over 90 days"),
    AmountColumn("total", "Total"),
]
# The last day overdue of each column but the last.
UNTIL = (("not_due", 0), ("days_1_30", 30), ("days_31_60", 60), ("days_61_90", 90))
NO_PARTY = "No party"
TIES = "The total of each account is its balance at this date, of postings in all layers."
BY_DUE_DATE = "Payments and credit notes that are not allocated are due on their own date."

Ages = dict[str, Decimal]


def aged_balances(
    entity_id: UUID, *, as_of: date | None = None, accounts: Collection[str] = (), known_at: datetime | None = None
) -> TreeReport:
    """What is open of each party at the end of `as_of` (the business date), by days since it was due.

    Of all accounts that keep open items, or of some. Raises `NotFound`, `FutureDate`.
    """
    with reading(entity_id, known_at) as reader:
        day = as_of or reader.books.business_date
        reader.check_date(day, "as_of")
        found = items_at(reader, day, accounts)
        head = head_of(reader, "Aged balances", (TIES, BY_DUE_DATE), as_of=day, accounts=", ".join(accounts))
        in_order = sorted(found, key=lambda one: (one.account.currency, one.account.code))
        blocks = [
            Block(currency, [row for one in of_currency for row in _rows(reader, one, day)])
            for currency, of_currency in groupby(in_order, key=lambda one: one.account.currency)
        ]
    return TreeReport(**head, columns=COLUMNS, blocks=blocks)


def ages(items: Iterable[OpenItem], as_of: date) -> Ages:
    """What is open, by the column of its age; debit positive."""
    found: Ages = dict.fromkeys((column.key for column in COLUMNS), ZERO)
    for item in items:
        for key in (_column((as_of - item.due_on).days), "total"):
            found[key] = CONTEXT.add(found[key], item.open)
    return found


def _column(days: int) -> str:
    return next((key for key, last in UNTIL if days <= last), "over_90")


def _rows(reader: Reader, one: AccountItems, as_of: date) -> Iterator[TreeRow]:
    account = one.account
    parties: dict[str, list[OpenItem]] = defaultdict(list)
    for item in one.items:
        parties[item.party].append(item)

    def texts(found: Ages) -> dict[str, str]:
        return {key: on_side(reader, account, amount) for key, amount in found.items()}

    yield TreeRow("section", 0, account.name, account.code, {})
    for party in sorted(parties):
        yield TreeRow("computed", 1, party or NO_PARTY, None, texts(ages(parties[party], as_of)))
    yield TreeRow("subtotal", 0, f"Open items of {account.name}", account.code, texts(ages(one.items, as_of)))
    if one.before:
        yield TreeRow("computed", 0, "Posted before open items were kept", None, texts({"total": one.before}))
    yield TreeRow("total", 0, f"Balance of {account.name}", account.code, texts({"total": one.balance}))
