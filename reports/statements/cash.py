"""Where cash came from and went: the movements of the cash accounts by the accounts on the other side.

Within one currency a journal balances, so what it moves on cash accounts is the opposite of what it moves on all
others; a transfer from one cash account to another is no movement of cash.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal, localcontext
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from reports.errors import NoCashAccounts
from reports.heads import head_of
from reports.reading.figures import GrossTotals, Reader, ReportAccount, reading
from reports.reading.tree import Amounts, TreeLine, lines_of, must_be_zero, rows_of, total_of
from reports.shapes import AmountColumn, Block, TreeReport
from reports.statements.income import Range, range_of
from reports.statements.postings import accounts_of

CASH_ROLE = "cash"
COLUMNS = [AmountColumn("inflow", "In"), AmountColumn("outflow", "Out"), AmountColumn("net", "Net")]
KEYS = ["net", "inflow", "outflow"]  # the lines of opening and closing have the first only
# The postings of the cash accounts lead to their journals; of those, what stands against cash in the same currency.
AGAINST = """
    WITH touched AS (
        SELECT DISTINCT p.journal_id, p.currency
        FROM unnest(%(cash)s::uuid[]) AS a (id)
        JOIN journals_posting p ON p.account_id = a.id
         AND p.effective_date BETWEEN %(start)s AND %(end)s AND p.event_sequence <= %(known)s
    )
    SELECT p.account_id, coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0),
           coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0)
    FROM touched JOIN journals_posting p ON p.journal_id = touched.journal_id AND p.currency = touched.currency
    WHERE p.account_id <> ALL (%(cash)s::uuid[])
    GROUP BY p.account_id
"""


def cash_movement(
    entity_id: UUID,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    accounts: Collection[str] = (),
    known_at: datetime | None = None,
) -> TreeReport:
    """The cash accounts from opening to closing balance, and what moved them by counter account, per currency.

    The cash accounts are `accounts` (codes; a header stands for all below it), or those with the role "cash". Without
    dates: from the first day of the fiscal year to the business date. Raises `NoCashAccounts`, `NotFound`,
    `Malformed`, `FutureDate`.
    """
    with reading(entity_id, known_at) as reader:
        end = to_date or reader.books.business_date
        dates = range_of(reader, from_date or reader.year_of(end).start, end)
        cash = accounts_of(reader, accounts) if accounts else _by_role(reader)
        against = _against(reader, cash, dates)
        blocks = []
        for currency in sorted({account.currency for account in cash}):
            mine = [account for account in cash if account.currency == currency]
            lines = _lines(reader, currency, mine, against, dates)
            blocks.append(Block(currency, rows_of(lines, KEYS, reader.scales[currency])))
        codes = ", ".join(account.code for account in cash) if len(cash) <= 10 else f"{len(cash)} accounts"  # noqa: PLR2004
        head = head_of(reader, "Cash movement", from_=dates.start, to=dates.end, cash_accounts=codes)
        return TreeReport(**head, columns=COLUMNS, blocks=blocks)


def _by_role(reader: Reader) -> list[ReportAccount]:
    cash = [account for account in reader.accounts.values() if account.role == CASH_ROLE and not account.is_header]
    if not cash:
        raise NoCashAccounts(pointer="/accounts")
    return cash


def _against(reader: Reader, cash: list[ReportAccount], dates: Range) -> dict[UUID, Amounts]:
    """What each counter account gave to cash and took from it."""
    ids = [account.id for account in cash]
    given = {"cash": ids, "start": dates.start, "end": dates.end, "known": reader.known}
    return {
        account: (CONTEXT.subtract(inflow, outflow), inflow, outflow)
        for account, inflow, outflow in reader.rows(AGAINST, given)
    }


def _lines(
    reader: Reader, currency: str, cash: list[ReportAccount], against: dict[UUID, Amounts], dates: Range
) -> list[TreeLine]:
    """Opening, the counter accounts, their total, closing. Raises `ReportsDisagreeError` where they do not add up."""
    ids = [account.id for account in cash]
    opening = _net(reader.before(dates.start, accounts=ids), ids)
    closing = _net(reader.figures(dates.end, accounts=ids), ids)
    mine = {account: found for account, found in against.items() if reader.accounts[account].currency == currency}
    moved = lines_of(reader.accounts, mine)
    total = total_of(moved, len(KEYS))
    with localcontext(CONTEXT):
        must_be_zero([opening + total[0] - closing], f"The movements of cash in {currency} do not add up.")
    return [
        TreeLine("subtotal", 0, f"Cash at the start of {dates.start}", None, (opening,)),
        *moved,
        TreeLine("subtotal", 0, "Change in cash", None, total),
        TreeLine("total", 0, f"Cash at the end of {dates.end}", None, (closing,)),
    ]


def _net(figures: Mapping[UUID, GrossTotals], ids: list[UUID]) -> Decimal:
    with localcontext(CONTEXT):
        return sum((figures[one].net for one in ids), ZERO)
