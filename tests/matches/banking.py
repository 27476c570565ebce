"""Bank accounts with lines and postings, as a story tells them: the day of February 2026, the amount, the reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from csv import DictWriter
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

from journals.drafts import Draft
from journals.models import Posting
from journals.posting import post_many
from ledgerflow.books.models import Entity
from recon.matching.models import MatchSuggestion
from recon.matching.proof import check_matches
from recon.matching.reading import bank_of
from recon.matching.rows import Bank
from recon.matching.running import Ran, run_matching
from recon.matching.use_cases import Worked, match_by_hand
from recon.statements.models import StatementLine
from tests.attacks import connect
from tests.builders import a_transfer, an_account, an_entity
from tests.statements.banking import a_bank_account, imported

FIRST = date(2026, 1, 31)
COLUMNS = ("booking_date", "value_date", "amount", "customer_reference", "counterparty", "text", "iban")


def a_bank(entity: Entity | None = None, code: str = "BANK", currency: str = "EUR") -> Bank:
    """A bank account in new books, with an account for what its lines are about."""
    books = entity or an_entity()
    for one, type_ in ((code, "asset"), ("SALES", "income")):
        if not books.accounts.filter(code=one).exists():
            an_account(books, one, type_, currency=currency)
    columns = {name: name for name in COLUMNS} | {"fixed_currency": currency}
    row = a_bank_account(books, code, column_map=columns)
    return bank_of(books.id, row.pk)


def some_lines(bank: Bank, lines: Sequence[dict[str, Any]]) -> list[UUID]:
    """A file with these lines, members of `StatementLine` each; gives their ids. Two that are equal are two."""
    out = StringIO()
    rows = DictWriter(out, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for line in lines:
        rows.writerow({"iban": f"DE{uuid4().int % 10**20:020}", **line})
    answer = imported(Entity.objects.get(id=bank.entity_id), bank.id, out.getvalue().encode(), file_name="x.csv")
    (statement,) = answer.statements
    assert statement.id is not None
    assert statement.seen_count == 0
    made = StatementLine.objects.filter(statement_id=statement.id).order_by("number")
    return list(made.values_list("id", flat=True))


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


def a_tie(bank: Bank) -> tuple[UUID, list[int]]:
    """A line that two postings fit equally well."""
    line = a_line(bank, "12.30", "INV-7701")
    versions = [a_posting(bank, "12.30", "INV-7701") for _ in range(2)]
    ran(bank)
    return line, versions


def once() -> dict[str, str]:
    """A key that nobody has used, and who does it."""
    return {"key": uuid4().hex, "actor": "test"}


def faults(bank: Bank) -> list[str]:
    with connect() as connection:
        return [str(fault) for fault in check_matches(connection, bank.entity_id)]
