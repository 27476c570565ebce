"""The open items of a report, by account, and how they tie to the balances."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain
from recon.open_items.reading import OpenItem, before_items, open_items
from reports.errors import TooManyJsonLines
from reports.reading.figures import Reader, ReportAccount
from reports.reading.tree import must_be_zero
from reports.receivables.shapes import OpenItemLine
from reports.statements.postings import MOST_JSON_LINES, accounts_of


class AccountItems(NamedTuple):
    """The open items of an account with what was posted before them; amounts are debit positive."""

    account: ReportAccount
    items: list[OpenItem]
    before: Decimal
    balance: Decimal


def items_at(reader: Reader, as_of: date, codes: Collection[str] = ()) -> list[AccountItems]:
    """The open items of each account that keeps them, at the end of `as_of`, in code order; of some accounts if named.

    Raises `NotFound` for a code, and `ReportsDisagreeError` unless items and what stood before make up the balances.
    """
    before = before_items(reader.entity_id, fetch_of(reader), as_of=as_of, known=reader.known)
    accounts = _among(reader, codes, before)
    ids = [account.id for account in accounts]
    figures = reader.figures(as_of, accounts=ids)
    found: dict[Any, list[OpenItem]] = {id_: [] for id_ in ids}
    for item in open_items(reader.entity_id, fetch_of(reader), as_of=as_of, known=reader.known, accounts=ids):
        found[item.account].append(item)
    gathered = [
        AccountItems(account, found[account.id], before[account.id], figures[account.id].net) for account in accounts
    ]
    for one in gathered:
        gap = CONTEXT.subtract(one.balance, CONTEXT.add(one.before, open_of(one.items)))
        must_be_zero([gap], f"The open items of {one.account.code} do not come to its balance.")
    return gathered


def _among(reader: Reader, codes: Collection[str], ids: Collection[UUID]) -> list[ReportAccount]:
    """Of these accounts those with one of these codes or below one, in code order; all of them where none is named."""
    if codes:
        wanted = set(ids)
        return [account for account in accounts_of(reader, codes) if account.id in wanted]
    known = reader.named(ids)
    return sorted((known[one] for one in ids), key=lambda account: account.code)


def fetch_of(reader: Reader) -> Any:
    """What reads rows for open items in the snapshot of the report."""
    return reader.rows


def open_of(items: Iterable[OpenItem]) -> Decimal:
    """What is open of all of them."""
    with localcontext(CONTEXT):
        return sum((item.open for item in items), ZERO)


def on_side(reader: Reader, account: ReportAccount, amount: Decimal) -> str:
    """An amount that is debit positive, as text on the account's normal side."""
    sign = 1 if account.normal_side == "debit" else -1
    return plain(at_scale(CONTEXT.plus(CONTEXT.multiply(amount, sign)), reader.scales[account.currency]))


def item_line(reader: Reader, account: ReportAccount, item: OpenItem, as_of: date) -> OpenItemLine:
    """An item as it is shown."""
    return OpenItemLine(
        journal=item.journal,
        line=item.line,
        version=item.version,
        journal_number=item.number,
        kind=item.kind,
        party=item.party,
        effective_date=item.day,
        due_on=item.due_on,
        days_overdue=(as_of - item.due_on).days,
        external_reference=item.reference,
        description=item.description,
        amount=on_side(reader, account, item.amount),
        open=on_side(reader, account, item.open),
    )


def check_size(lines: Sequence[Any]) -> None:
    """Raise `ReportTooLarge` for more lines than one JSON answer holds."""
    if len(lines) > MOST_JSON_LINES:
        raise TooManyJsonLines(most=MOST_JSON_LINES, format="csv")
