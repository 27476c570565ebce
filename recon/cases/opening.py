"""Where the books and the bank start from: the balance before the first statement, and the postings that make it up.

The first statement begins with a balance that has no lines. The postings before it that have no match make the same
balance in the books; then they are explained, all together. Where the two sums differ, only those postings count that a
person has called a part of the opening balance, and the rest are outstanding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from recon.cases.models import CaseKind, Resolution
from recon.cases.planning import FoundCase

Fetch = Callable[[str, Any], list[Any]]

# A mirror has all postings of the other account from the first one on, so there is nothing that it starts from.
FIRST_STATEMENT = """
    SELECT opening_balance, coalesce(first_day, opening_day, closing_day) FROM statements_statement
    WHERE bank_account_id = %s AND status = 'imported' AND format <> 'mirror'
    ORDER BY coalesce(closing_day, last_day), number LIMIT 1
"""
# Postings without a match before the first statement, and those of an opening on its first day.
BEFORE = """
    SELECT p.account_version, p.amount FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
    WHERE p.account_id = %(account)s AND p.effective_date <= %(day)s
      AND (p.effective_date < %(day)s OR j.kind = 'opening')
      AND NOT EXISTS (
          SELECT FROM matching_matchitem i
          WHERE i.account_id = p.account_id AND i.account_version = p.account_version AND i.is_active
      )
"""
CALLED_OPENING = """
    SELECT p.account_version, p.amount
    FROM cases_reconexception c
    JOIN journals_posting p ON p.account_id = c.account_id AND p.account_version = c.account_version
    WHERE c.account_id = %(account)s AND c.status = 'resolved' AND c.resolution = %(opening)s
      AND NOT EXISTS (
          SELECT FROM matching_matchitem i
          WHERE i.account_id = p.account_id AND i.account_version = p.account_version AND i.is_active
      )
"""


class Opening(NamedTuple):
    """`bank` is what the first statement begins with on `day`, None where it does not say; `books` what ours come to.

    `versions` are the postings that make it up.
    """

    day: date | None
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
    bank, day = first[0]
    before = dict(fetch(BEFORE, {"account": account, "day": day}))
    if bank is None or _sum(before.values()) != bank:
        before = dict(fetch(CALLED_OPENING, {"account": account, "opening": Resolution.OPENING.value}))
    return Opening(day, bank, _sum(before.values()), frozenset(before))


def without_opening(found: Iterable[FoundCase], opening: Opening) -> list[FoundCase]:
    """The findings, less that the bank has no line for a posting of an opening balance that agrees."""
    if not opening.agrees:
        return list(found)
    missing = CaseKind.MISSING_IN_BANK.value
    return [one for one in found if one.kind != missing or one.subject.version not in opening.versions]


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    with localcontext(CONTEXT):
        return sum(amounts, ZERO)
