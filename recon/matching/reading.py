"""What can be asked of matches, and of what is not matched yet, without a lock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from journals.models import Posting
from recon.matching.errors import MatchNotFound, SuggestionNotFound
from recon.matching.models import Match, MatchItem, MatchSuggestion
from recon.matching.rows import Bank
from recon.statements.bank_accounts import bank_account_called
from recon.statements.errors import BankAccountNotFound
from recon.statements.models import BankAccount, StatementLine


class MatchWithItems(NamedTuple):
    match: Match
    items: list[MatchItem]


def bank_of(entity_id: UUID, bank_account_id: UUID) -> Bank:
    """A bank account of these books with its account. Raises `BankAccountNotFound`."""
    row = BankAccount.objects.select_related("account").filter(entity_id=entity_id, id=bank_account_id).first()
    if row is None:
        raise BankAccountNotFound
    return Bank(row.id, row.entity_id, row.account_id, row.account.code, row.account.currency, row.name)


def bank_called(entity_id: UUID, account: str) -> Bank:
    """The same, found by the code of its account."""
    return bank_of(entity_id, bank_account_called(entity_id, account).pk)


def matches_of(bank: Bank, status: str | None = None, rule: str | None = None) -> QuerySet[Match]:
    """The matches of a bank account."""
    rows = Match.objects.filter(bank_account_id=bank.id)
    if status is not None:
        rows = rows.filter(status=status)
    return rows if rule is None else rows.filter(rule=rule)


def match_of(entity_id: UUID, match_id: UUID) -> MatchWithItems:
    """One match with its items. Raises `MatchNotFound`."""
    row = Match.objects.select_related("bank_account").filter(entity_id=entity_id, id=match_id).first()
    if row is None:
        raise MatchNotFound
    return MatchWithItems(row, items_of([row.id])[row.id])


def items_of(match_ids: Iterable[UUID]) -> dict[UUID, list[MatchItem]]:
    """The items of some matches, in one query."""
    found: dict[UUID, list[MatchItem]] = {match_id: [] for match_id in match_ids}
    for item in MatchItem.objects.filter(match_id__in=found).order_by("side", "day", "id"):
        found[item.match_id].append(item)
    return found


def suggestions_of(bank: Bank) -> QuerySet[MatchSuggestion]:
    return MatchSuggestion.objects.filter(bank_account_id=bank.id)


def suggestion_of(entity_id: UUID, suggestion_id: UUID) -> MatchSuggestion:
    """Raises `SuggestionNotFound`."""
    row = MatchSuggestion.objects.filter(entity_id=entity_id, id=suggestion_id).first()
    if row is None:
        raise SuggestionNotFound
    return row


def unmatched_lines(bank: Bank) -> QuerySet[StatementLine]:
    """Lines that count and are in no match: of a line that was split, its parts."""
    matched = MatchItem.objects.filter(line=OuterRef("pk"), is_active=True)
    rows = StatementLine.objects.filter(bank_account_id=bank.id, is_split=False, is_undone=False)
    return rows.filter(~Exists(matched))


def unmatched_postings(bank: Bank) -> QuerySet[Posting]:
    """Postings on the account that are in no match, with their journals."""
    matched = MatchItem.objects.filter(
        account=OuterRef("account_id"), account_version=OuterRef("account_version"), is_active=True
    )
    return Posting.objects.filter(account_id=bank.account_id).filter(~Exists(matched)).select_related("journal")
