"""Where the books and the bank start from: the balance before the first statement, and the postings that make it up.

The first statement begins with a balance that has no lines. The postings before it that have no match make the same
balance in the books; then they are explained, all together. What is dated back later is not among them: it is left out
where those that were there when the first statement came in make the balance. Where neither does, only those postings
count that a person has called a part of the opening balance, and the rest are outstanding.

A posting that the opening balance explains has been at the bank before the first statement: no line is matched with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from recon.cases.models import Resolution

Fetch = Callable[[str, Any], list[Any]]

# A mirror has all postings of the other account from the first one on, so there is nothing that it starts from.
FIRST_STATEMENT = """
    SELECT opening_balance, coalesce(first_day, opening_day, closing_day), event_sequence,
           coalesce(least(opening_day, first_day), closing_day)
    FROM statements_statement
    WHERE bank_account_id = %s AND status = 'imported' AND format <> 'mirror'
    ORDER BY coalesce(first_day, opening_day, closing_day), coalesce(closing_day, last_day), number LIMIT 1
"""
# Postings without a match before the first statement, and those of an opening on its first day.
BEFORE = """
    SELECT p.account_version, p.amount, p.event_sequence < %(event)s
    FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.account_id = %(account)s AND p.effective_date <= %(day)s
      AND (p.effective_date < %(day)s OR j.kind = 'opening')
      AND NOT EXISTS (
          SELECT FROM matching_matchitem i
          WHERE i.account_id = p.account_id AND i.account_version = p.account_version AND i.is_active
      )
"""
# By the last word on each posting: one that was called so once may have another exception since.
CALLED_OPENING = """
    SELECT p.account_version, p.amount
    FROM (
        SELECT DISTINCT ON (c.account_version) c.account_id, c.account_version, c.status, c.resolution
        FROM cases_reconexception c WHERE c.account_id = %(account)s ORDER BY c.account_version, c.number DESC
    ) c
    JOIN journals_posting p ON p.account_id = c.account_id AND p.account_version = c.account_version
    WHERE c.status = 'resolved' AND c.resolution = %(opening)s
      AND NOT EXISTS (
          SELECT FROM matching_matchitem i
          WHERE i.account_id = p.account_id AND i.account_version = p.account_version AND i.is_active
      )
"""


class Opening(NamedTuple):
    """`bank` is what the first statement begins with on `since`, None where it does not say; `books` what ours come to.

    `versions` are the postings that make it up.
    """

    since: date | None
    bank: Decimal | None
    books: Decimal
    versions: frozenset[int]

    @property
    def agrees(self) -> bool:
        return self.bank is not None and self.bank == self.books


def opening_of(fetch: Fetch, bank_account: UUID, account: UUID) -> Opening:
    """The opening of a bank account; nothing where no statement has come in, and for a mirror."""
    first = fetch(FIRST_STATEMENT, (bank_account,))
    if not first:
        return Opening(None, None, ZERO, frozenset())
    bank, day, event, since = first[0]
    before = fetch(BEFORE, {"account": account, "day": day, "event": event})
    for some in (before, [row for row in before if row[2]]):
        if bank is not None and _sum(amount for _, amount, _ in some) == bank:
            return Opening(since, bank, bank, frozenset(version for version, _, _ in some))
    called = dict(fetch(CALLED_OPENING, {"account": account, "opening": Resolution.OPENING.value}))
    return Opening(since, bank, _sum(called.values()), frozenset(called))


def explained_by_opening(fetch: Fetch, bank_account: UUID, account: UUID) -> frozenset[int]:
    """The postings that need no line, since the bank's first balance has them."""
    return opening_of(fetch, bank_account, account).versions


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    with localcontext(CONTEXT):
        return sum(amounts, ZERO)
