"""What the page of the chart is made of: accounts as a tree, and what stands on each branch.

Amounts are signed as the type of the account counts them, so that a column adds up: a contra account (accumulated
depreciation among the assets) is below zero where it stands as it should. Nothing here reads all of large books.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from accounts.models import AccountType, Side
from ledgerflow.core.money import CONTEXT

MOST_OPEN = 500  # books with so many accounts or fewer are open as a whole
MOST_TOP = 300  # accounts without a parent that larger books show
MOST_OF_BRANCH = 200  # and those right below one that is open
MOST_SUMMED = 10_000  # accounts that are added up: of a branch, and of all for the types
# The types of accounts in the order of a balance sheet and an income statement.
TYPES = (AccountType.ASSET, AccountType.LIABILITY, AccountType.EQUITY, AccountType.INCOME, AccountType.EXPENSE)
DEBIT_TYPES = frozenset({AccountType.ASSET.value, AccountType.EXPENSE.value})

_COLUMNS = "id, parent_id, code, name, type, currency, normal_side, is_header, closed_at, outflow_frozen, inflow_frozen"
_SHOWN = """
    SELECT a.id, a.parent_id, a.code, a.name, a.type, a.normal_side, a.is_header, a.closed_at IS NOT NULL,
           a.outflow_frozen OR a.inflow_frozen, a.currency, c.minor_units, b.debits - b.credits
    FROM {accounts} a JOIN accounts_balance b ON b.account_id = a.id
    JOIN accounts_currency c ON c.entity_id = %(entity)s AND c.code = a.currency
    ORDER BY a.code
"""
_ALL = _SHOWN.format(accounts=f"(SELECT {_COLUMNS} FROM accounts_account WHERE entity_id = %(entity)s)")  # noqa: S608 - constants
# The top of the tree, and what is right below the accounts that are open and those above them.
_LEVELS = f"""
    WITH RECURSIVE above AS (
        SELECT id, parent_id FROM accounts_account WHERE entity_id = %(entity)s AND code = ANY (%(open)s)
        UNION SELECT a.id, a.parent_id FROM accounts_account a JOIN above ON a.id = above.parent_id
    ),
    shown AS (
        (SELECT {_COLUMNS} FROM accounts_account WHERE entity_id = %(entity)s AND parent_id IS NULL
         ORDER BY code LIMIT {MOST_TOP + 1})
        UNION ALL
        SELECT below.* FROM above CROSS JOIN LATERAL (
            SELECT {_COLUMNS} FROM accounts_account WHERE parent_id = above.id ORDER BY code LIMIT {MOST_OF_BRANCH + 1}
        ) below
    )
    {_SHOWN.format(accounts="shown")}
"""  # noqa: S608 - constants
# LIMIT ends the recursion, since its rows are made as they are asked for.
_BRANCHES = f"""
    SELECT h.id, t.* FROM unnest(%(headers)s::uuid[]) h (id) CROSS JOIN LATERAL (
        WITH RECURSIVE branch AS (
            SELECT h.id UNION SELECT a.id FROM accounts_account a JOIN branch ON a.parent_id = branch.id
        )
        SELECT a.currency, c.minor_units, sum(b.debits - b.credits), count(*), bool_or(NOT a.is_header)
        FROM (SELECT id FROM branch LIMIT {MOST_SUMMED + 1}) one
        JOIN accounts_account a ON a.id = one.id JOIN accounts_balance b ON b.account_id = a.id
        JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
        GROUP BY a.currency, c.minor_units
    ) t ORDER BY t.currency
"""  # noqa: S608 - constants
_TYPES = """
    SELECT a.type, a.currency, c.minor_units, sum(b.debits - b.credits)
    FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id
    JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
    WHERE a.entity_id = %(entity)s AND NOT a.is_header
    GROUP BY a.type, a.currency, c.minor_units ORDER BY a.currency
"""
_COUNT = "SELECT count(*) FROM (SELECT FROM accounts_account WHERE entity_id = %(entity)s LIMIT %(most)s) one"


class ChartAmount(NamedTuple):
    """What stands in one currency, signed as the type counts it."""

    amount: Decimal
    decimals: int
    currency: str


class ChartAccount(NamedTuple):
    id: UUID
    parent: UUID | None
    code: str
    name: str
    type: str
    normal_side: str
    is_header: bool
    is_closed: bool
    is_frozen: bool
    currency: str
    decimals: int
    signed: Decimal  # debits - credits

    @property
    def is_contra(self) -> bool:
        """Whether it stands on the other side than accounts of its type usually do."""
        return self.normal_side != _side_of(self.type)


class ChartBranch(NamedTuple):
    """What stands on everything below a header; None where that is too much to add up here."""

    amounts: list[ChartAmount] | None


class ChartOfAccounts(NamedTuple):
    """The accounts that were read, by their parent and in the order of their codes."""

    below: dict[UUID | None, list[ChartAccount]]
    is_whole: bool
    branches: dict[UUID, ChartBranch]
    types: dict[str, list[ChartAmount]] | None  # None where there are too many accounts

    def more_below(self, parent: UUID | None) -> bool:
        """Whether a branch, or the top, has more accounts than are read of one."""
        most = MOST_TOP if parent is None else MOST_OF_BRANCH
        return not self.is_whole and len(self.below.get(parent, ())) > most

    def visible_below(self, parent: UUID | None) -> list[ChartAccount]:
        """Those of a branch that are shown."""
        found = self.below.get(parent, [])
        return found[: MOST_TOP if parent is None else MOST_OF_BRANCH] if not self.is_whole else found


def read_chart(entity_id: UUID, opened: Collection[str]) -> ChartOfAccounts:
    """The chart of some books: as a whole where it is small, else its top and what is below those in `opened`.

    Four queries at most, however many accounts there are.
    """
    with connection.cursor() as cursor:
        (count,) = cursor.execute(_COUNT, {"entity": entity_id, "most": MOST_SUMMED + 1}).fetchone()
        types = cursor.execute(_TYPES, {"entity": entity_id}).fetchall() if count <= MOST_SUMMED else None
        is_whole = count <= MOST_OPEN
        query = _ALL if is_whole else _LEVELS
        rows = cursor.execute(query, {"entity": entity_id, "open": list(opened)}).fetchall()
        accounts = [ChartAccount(*row) for row in rows]
        headers = [one.id for one in accounts if one.is_header]
        sums = cursor.execute(_BRANCHES, {"headers": headers}).fetchall()
    below: dict[UUID | None, list[ChartAccount]] = {}
    for one in accounts:
        below.setdefault(one.parent, []).append(one)
    branches = _branches_of({one.id: one.type for one in accounts}, sums)
    return ChartOfAccounts(below, is_whole, branches, None if types is None else _totals_of(types))


def amount_of(account: ChartAccount) -> ChartAmount:
    """What stands on an account."""
    return ChartAmount(_as_type_counts(account.type, account.signed), account.decimals, account.currency)


def _totals_of(rows: Iterable[tuple[str, str, int, Decimal]]) -> dict[str, list[ChartAmount]]:
    totals: dict[str, list[ChartAmount]] = {}
    for type_, currency, decimals, signed in rows:
        totals.setdefault(type_, []).append(ChartAmount(_as_type_counts(type_, signed), decimals, currency))
    return totals


def _branches_of(
    types: dict[UUID, str], rows: Iterable[tuple[UUID, str, int, Decimal, int, bool]]
) -> dict[UUID, ChartBranch]:
    counts: dict[UUID, int] = {}
    amounts: dict[UUID, list[ChartAmount]] = {}
    for header, currency, decimals, signed, count, takes_postings in rows:
        counts[header] = counts.get(header, 0) + count
        found = amounts.setdefault(header, [])
        if takes_postings:
            found.append(ChartAmount(_as_type_counts(types[header], signed), decimals, currency))
    return {header: ChartBranch(None if counts[header] > MOST_SUMMED else found) for header, found in amounts.items()}


def _side_of(type_: str) -> str:
    return (Side.DEBIT if type_ in DEBIT_TYPES else Side.CREDIT).value


def _as_type_counts(type_: str, debits_less_credits: Decimal) -> Decimal:
    return debits_less_credits if type_ in DEBIT_TYPES else CONTEXT.minus(debits_less_credits)
