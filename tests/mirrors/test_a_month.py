"""A month of clearing against settlement: what agrees matches, the rest is explained, and the statement ties."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from recon.cases.reading import unreconciled
from recon.matching.models import Match
from recon.reports.errors import ReconciliationNotFinished
from recon.reports.finishing import finish_reconciliation
from recon.statements.models import BankAccount, StatementLine
from tests.builders import a_transfer, posted
from tests.cases.reconciling import acted, open_cases, ran, the_case
from tests.mirrors.mirroring import CLEARING, SETTLEMENT, settled, statement_at, taken, two_accounts

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 31)
DAYS = [FIRST + timedelta(days=number) for number in range(29)]


def order(number: int) -> str:
    return f"ORD-2026-{number:05}"


def some_days(count: int) -> BankAccount:
    """So many takings, one a day: settlement lacks the 5th, has the 9th a cent off, and one more at the end."""
    found = two_accounts(business_date=LAST)
    for number, day in enumerate(DAYS[:count], 1):
        taken(found, f"{100 + number}.10", order(number), day)
        if number != 5:
            settled(found, f"{100 + number}.{11 if number == 9 else 10}", order(number), day + timedelta(number % 2))
    settled(found, "55.00", order(99), LAST)
    return found


@pytest.fixture
def month() -> BankAccount:
    return some_days(29)


@pytest.fixture
def mirror() -> BankAccount:
    return some_days(9)


def lines_by(mirror: BankAccount, day: date) -> Decimal:
    found = StatementLine.objects.filter(bank_account=mirror, is_undone=False, booking_date__lte=day)
    return sum(found.values_list("amount", flat=True), Decimal())


def finish(mirror: BankAccount) -> None:
    finish_reconciliation(mirror.entity_id, CLEARING, LAST, key=uuid4().hex, actor="ann")


def test_a_month_ties_item_by_item(month: BankAccount) -> None:
    done = ran(month)
    assert (done.confirmed, done.opened) == (27, {"amount": 1, "missing_in_bank": 1, "missing_in_books": 1})
    assert sorted(open_cases(month)) == [
        ("amount", "109.11"), ("missing_in_bank", "105.10"), ("missing_in_books", "55.00"),
    ]  # fmt: skip
    for day in (FIRST, date(2026, 3, 10), LAST):
        found = statement_at(month, day)
        assert (Decimal(found.bank_balance or "NaN"), found.unexplained) == (lines_by(month, day), "0.00")
        assert (found.is_tied, found.can_finish, found.reasons) == (True, True, [])
    found = statement_at(month, LAST)
    assert [one.effect for one in found.outstanding_books] == ["-105.10", "-109.10"]
    assert [one.effect for one in found.outstanding_bank] == ["109.11", "55.00"]
    assert (found.opening_bank, found.last_statement) == (None, 1)
    assert unreconciled(month.entity_id, LAST) != []
    assert (ran(month).confirmed, verify_books(month.entity_id)) == (0, [])


def test_it_is_finished_when_all_is_explained(mirror: BankAccount) -> None:
    ran(mirror)
    settled(mirror, "105.10", order(5), DAYS[4])
    taken(mirror, "0.01", order(9), LAST)
    taken(mirror, "55.00", order(99), LAST)
    with pytest.raises(ReconciliationNotFinished) as refused:
        finish(mirror)
    assert "SETTLEMENT that were not brought in: 1" in refused.value.message
    ran(mirror)
    found = statement_at(mirror, LAST)
    assert (found.book_balance, found.bank_balance) == (found.explained, found.explained)
    finish(mirror)
    assert verify_books(mirror.entity_id) == []


def test_a_posting_that_is_dated_back_comes_in_with_the_next_run(mirror: BankAccount) -> None:
    ran(mirror)
    settled(mirror, "105.10", order(5), DAYS[4])
    waiting = statement_at(mirror, LAST)
    assert (waiting.can_finish, waiting.unexplained) == (False, "105.10")
    assert waiting.reasons[0] == "Postings of SETTLEMENT that were not brought in: 1. A run brings them in."
    assert statement_at(mirror, DAYS[3]).reasons == []
    assert unreconciled(mirror.entity_id, LAST)[0].endswith("postings not brought in 1.")
    assert ran(mirror, dry_run=True).confirmed == 0
    done = ran(mirror)
    assert (done.confirmed, done.opened, the_case(mirror, kind="missing_in_bank").status) == (1, {}, "resolved")
    for day in (DAYS[4], LAST):
        assert statement_at(mirror, day).can_finish


def test_a_reversal_comes_from_either_side(mirror: BankAccount) -> None:
    ran(mirror)
    ours = taken(mirror, "20.00", order(71), LAST)
    theirs = settled(mirror, "20.00", order(71), LAST)
    ran(mirror)
    match = Match.objects.filter(bank_account=mirror).latest("number")
    reverse_journal(mirror.entity_id, theirs, key="r-1", actor="ann")
    ran(mirror)
    line = StatementLine.objects.filter(bank_account=mirror).latest("id")
    assert str(line.amount) == "-20.00"
    assert the_case(mirror, line=line).kind == "missing_in_books"
    reverse_journal(mirror.entity_id, ours, key="r-2", actor="ann")
    ran(mirror)
    assert the_case(mirror, kind="reversed").explanation.startswith(f"This posting is in match {match.number}")
    assert statement_at(mirror, LAST).can_finish
    assert verify_books(mirror.entity_id) == []


def test_a_journal_of_both_accounts_matches_itself(mirror: BankAccount) -> None:
    """Clearing is paid out of settlement; its number is all that both sides say."""
    ran(mirror)
    posted(mirror.entity, a_transfer(SETTLEMENT, CLEARING, "40.00"))
    assert ran(mirror).confirmed == 1


def test_a_mirror_of_nothing_misses_everything() -> None:
    mirror = two_accounts()
    taken(mirror, "5.00", order(1))
    assert ran(mirror).opened == {"missing_in_bank": 1}
    found = statement_at(mirror, FIRST)
    assert (found.bank_balance, found.can_finish, found.last_statement) == ("0.00", True, None)
    acted(the_case(mirror), "resolve", "our_mistake")
    assert [one.effect for one in statement_at(mirror, FIRST).outstanding_books] == ["-5.00"]
