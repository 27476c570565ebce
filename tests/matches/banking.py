"""Bank accounts with lines and postings, as a story tells them: the day of February 2026, the amount, the reference.

Lines are put into their tables as a file of a bank would have brought them: how files come in is tested elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID, uuid4

from journals.drafts import Draft
from journals.models import Posting
from journals.posting import post_many
from ledgerflow.books.models import Entity
from ledgerflow.core.money import CONTEXT
from recon.matching.models import MatchSuggestion
from recon.matching.reading import bank_of
from recon.matching.rows import Bank
from recon.matching.running import Ran, run_matching
from recon.matching.use_cases import Worked, match_by_hand
from recon.statements.models import BankAccount, Statement, StatementLine
from tests.builders import a_transfer, an_account, an_entity, unguarded

FIRST = date(2026, 1, 31)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def a_bank(entity: Entity | None = None, code: str = "BANK", currency: str = "EUR") -> Bank:
    """A bank account in new books, with an account for what its lines are about."""
    books = entity or an_entity()
    account = an_account(books, code, currency=currency)
    if not books.accounts.filter(code="SALES").exists():
        an_account(books, "SALES", "income", currency=currency)
    with unguarded():
        row = BankAccount.objects.create(
            entity=books, account=account, name=f"Bank {code}", event_sequence=1, updated_at=NOW, actor="test"
        )
    return bank_of(books.id, row.id)


def some_lines(bank: Bank, lines: Sequence[dict[str, Any]], closing_day: date | None = None) -> list[UUID]:
    """A statement with these lines, members of `StatementLine` each; gives their ids."""
    number = Statement.objects.filter(bank_account_id=bank.id).count() + 1
    with localcontext(CONTEXT):
        total = sum((line["amount"] for line in lines), Decimal(0))
    days = [line["booking_date"] for line in lines]
    statement = Statement(
        entity_id=bank.entity_id, bank_account_id=bank.id, number=number, format="csv", file_name="x.csv",
        file_sha256=uuid4().hex * 2, place=1, currency=bank.currency, is_proven=False, line_count=len(lines),
        lines_total=total, lines_sha256=bytes(32), event_sequence=1, changed_sequence=1, recorded_at=NOW, actor="test",
        first_day=min(days, default=None), last_day=max(days, default=None), closing_day=closing_day,
    )  # fmt: skip
    rows = [
        StatementLine(
            entity_id=bank.entity_id, bank_account_id=bank.id, statement=statement, number=place,
            fingerprint=uuid4().hex * 2, **({"currency": bank.currency} | line),
        )
        for place, line in enumerate(lines, 1)
    ]  # fmt: skip
    with unguarded():
        statement.save()
        StatementLine.objects.bulk_create(rows, batch_size=5000)
    return [row.id for row in rows]


def a_line(bank: Bank, amount: str, reference: str = "", *, day: int = 1, text: str = "", **given: Any) -> UUID:
    """One line of the bank; money in is positive."""
    on = FIRST + timedelta(day)
    values = {"booking_date": on, "amount": Decimal(amount), "customer_reference": reference, "text": text}
    (line_id,) = some_lines(bank, [values | given])
    return line_id


def a_posting(bank: Bank, amount: str, reference: str = "", *, day: int = 1, **given: Any) -> int:
    """One posting of ours, debit positive; gives its version."""
    (version,) = some_postings(bank, [_draft(bank, Decimal(amount), reference, FIRST + timedelta(day), **given)])
    return version


def some_postings(bank: Bank, drafts: Iterable[Draft]) -> list[int]:
    """Post drafts that each have one line on the account; gives its versions in their order."""
    before = Posting.objects.filter(account_id=bank.account_id).count()
    answers = post_many(bank.entity_id, list(drafts))
    assert [answer.refusal for answer in answers if answer.refusal] == []
    return list(range(before + 1, before + 1 + len(answers)))


def _draft(bank: Bank, amount: Decimal, reference: str, on: date, **given: Any) -> Draft:
    sides = (bank.account, "SALES") if amount > 0 else ("SALES", bank.account)
    return a_transfer(*sides, f"{abs(amount):f}", external_reference=reference, effective_date=on, **given)


def ran(bank: Bank, **given: Any) -> Ran:
    return run_matching(bank.entity_id, bank.id, actor="test", **given)


def by_hand(bank: Bank, lines: Sequence[UUID], postings: Sequence[int], **given: Any) -> Worked:
    values = {"key": uuid4().hex, "actor": "test"} | given
    return match_by_hand(bank.entity_id, bank.id, lines, postings, **values)


def suggested(bank: Bank) -> list[MatchSuggestion]:
    return list(MatchSuggestion.objects.filter(bank_account_id=bank.id).order_by("place"))


def tied(bank: Bank) -> set[tuple[frozenset[str], frozenset[str]]]:
    """What stands matched: the lines and postings of each match."""
    from recon.matching.models import MatchItem

    found: dict[UUID, tuple[set[str], set[str]]] = {}
    for item in MatchItem.objects.filter(bank_account_id=bank.id, is_active=True):
        sides = found.setdefault(item.match_id, (set(), set()))
        sides[item.side == "books"].add(str(item.line_id or item.account_version))
    return {(frozenset(lines), frozenset(postings)) for lines, postings in found.values()}
