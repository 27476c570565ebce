"""The statement of reconciliation at a date: what is listed, that it ties, and when it cannot be finished."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from journals.errors import FutureDate
from journals.proof.ledger import verify_books
from ledgerflow.core.errors import IdempotencyKeyReused, NotFound
from ledgerflow.core.ids import uuid7
from recon.reports.errors import ReconciliationNotFinished
from recon.reports.finishing import FinishedRun, finish_reconciliation, report_of, run_in
from recon.reports.shapes import ReconStatement
from recon.reports.statement import recon_report
from recon.statements.models import BankAccount
from tests.builders import TODAY
from tests.cases.reconciling import BANK, acted, books_with_a_bank, ran, said, sold, the_case

MONDAY = date(2026, 3, 2)
TUESDAY, WEDNESDAY, FRIDAY = (MONDAY + timedelta(days=days) for days in (1, 2, 4))


@pytest.fixture
def bank() -> BankAccount:
    """Books on Friday 6 March 2026."""
    return books_with_a_bank(business_date=FRIDAY)


def at(bank: BankAccount, day: date) -> ReconStatement:
    return recon_report(bank.entity_id, day, BANK).statements[0]


def effects(found: list[object]) -> list[str]:
    return [one.effect for one in found]  # type: ignore[attr-defined]


def finish(bank: BankAccount, day: date, key: str | None = None) -> FinishedRun:
    return finish_reconciliation(bank.entity_id, BANK, day, key=key or uuid4().hex, actor="ann")


def test_from_the_books_to_the_bank_item_by_item(bank: BankAccount) -> None:
    journal = sold(bank, "70.00", "INV-2026-0003", MONDAY)
    sold(bank, "100.00", "INV-2026-0001", MONDAY)
    said(bank, ("100.00", "INV-2026-0001", MONDAY), ("-3.00", "FEE-77", MONDAY))
    ran(bank)
    found = at(bank, MONDAY)
    assert (found.book_balance, found.explained, found.bank_balance) == ("170.00", "97.00", "97.00")
    assert (found.unexplained, found.is_tied, found.can_finish, found.reasons) == ("0.00", True, True, [])
    (ours,), (theirs,) = found.outstanding_books, found.outstanding_bank
    assert (ours.id, ours.effect, ours.day) == (journal, "-70.00", MONDAY)
    assert (theirs.id, theirs.effect) == (bank.lines.get(amount=-3).pk, "-3.00")
    assert "INV-2026-0003" in ours.text


def test_an_item_is_outstanding_while_its_counterpart_is_dated_later(bank: BankAccount) -> None:
    """Both are matched today; on Monday the bank did not have it yet."""
    sold(bank, "100.00", "INV-2026-0001", MONDAY)
    said(bank, ("-1.00", "FEE-77777", MONDAY), ("100.00", "INV-2026-0001", WEDNESDAY))
    ran(bank)
    monday, wednesday = at(bank, MONDAY), at(bank, WEDNESDAY)
    assert (monday.book_balance, monday.bank_balance, effects(monday.outstanding_books)) == (  # type: ignore[arg-type]
        "100.00", "-1.00", ["-100.00"],
    )  # fmt: skip
    assert monday.outstanding_books[0].match == 1
    assert (wednesday.outstanding_books, wednesday.is_tied) == ([], True)


def test_the_day_may_lie_within_a_statement(bank: BankAccount) -> None:
    said(bank, ("10.00", "A", MONDAY), ("20.00", "B", WEDNESDAY), opening="5.00")
    said(bank, ("40.00", "C", FRIDAY), opening="35.00")
    sold(bank, "5.00", day=date(2026, 2, 1))
    balances = [at(bank, day).bank_balance for day in (MONDAY, TUESDAY, WEDNESDAY, FRIDAY)]
    assert balances == ["15.00", "15.00", "35.00", "75.00"]
    assert all(at(bank, day).is_tied for day in (MONDAY, TUESDAY, WEDNESDAY, FRIDAY))


def test_a_line_that_two_statements_have_counts_once(bank: BankAccount) -> None:
    said(bank, ("10.00", "A", MONDAY), ("20.00", "B", TUESDAY))
    said(bank, ("20.00", "B", TUESDAY), ("40.00", "C", WEDNESDAY), opening="10.00")
    assert [at(bank, day).bank_balance for day in (MONDAY, TUESDAY, WEDNESDAY)] == ["10.00", "30.00", "70.00"]
    assert at(bank, TUESDAY).is_tied


def test_a_later_statement_may_fill_a_gap_before_an_earlier_one(bank: BankAccount) -> None:
    """Its lines of Monday are in the balance that the statement of Tuesday has ended with."""
    from tests.statements.banking import a_statement_file, imported

    sold(bank, "5.00", day=date(2026, 2, 1))
    said(bank, ("20.00", "B", TUESDAY), opening="15.00")
    whole = a_statement_file(
        ("10.00", "A", MONDAY),
        ("20.00", "B", TUESDAY),
        ("2.00", "B2", TUESDAY),
        ("40.00", "C", WEDNESDAY),
        opening="5.00",
    )
    imported(bank.entity, bank, whole, allow_gap=True)
    assert [at(bank, day).bank_balance for day in (MONDAY, TUESDAY, WEDNESDAY)] == ["15.00", "37.00", "77.00"]
    assert all(at(bank, day).is_tied for day in (MONDAY, TUESDAY, WEDNESDAY))


def test_before_its_first_line_a_statement_has_its_opening_balance(bank: BankAccount) -> None:
    sold(bank, "5.00", day=date(2026, 2, 1))
    said(bank, ("20.00", "B", WEDNESDAY), opening="5.00", opening_day=MONDAY)
    assert [(at(bank, day).bank_balance, at(bank, day).is_tied) for day in (MONDAY, TUESDAY)] == [("5.00", True)] * 2


def test_the_opening_balance_is_explained_by_what_was_posted_before(bank: BankAccount) -> None:
    sold(bank, "900.00", day=date(2026, 2, 1))
    sold(bank, "100.00", day=date(2026, 2, 2))
    said(bank, ("-3.00", "FEE-77777", MONDAY), opening="1000.00")
    ran(bank)
    found = at(bank, MONDAY)
    assert (found.outstanding_books, effects(found.outstanding_bank), found.is_tied) == ([], ["-3.00"], True)  # type: ignore[arg-type]
    assert (found.opening_bank, found.opening_books) == ("1000.00", "1000.00")


def test_an_opening_balance_that_does_not_agree_is_said_and_can_be_settled(bank: BankAccount) -> None:
    """A cheque of 100 was posted before the first statement and is not cashed yet."""
    sold(bank, "1000.00", "THE-START-OF-IT", day=date(2026, 2, 1))
    sold(bank, "100.00", "CHEQUE-000777", day=date(2026, 2, 20))
    said(bank, ("-3.00", "FEE-77777", MONDAY), opening="1000.00")
    ran(bank)
    found = at(bank, MONDAY)
    assert (found.is_tied, found.unexplained, found.can_finish) == (False, "1000.00", False)
    assert any("opening" in reason for reason in found.reasons)
    with pytest.raises(ReconciliationNotFinished):
        finish(bank, MONDAY)
    acted(the_case(bank, amount=1000), "resolve", "opening")
    found = at(bank, MONDAY)
    assert (found.is_tied, effects(found.outstanding_books)) == (True, ["-100.00"])  # type: ignore[arg-type]
    assert finish(bank, MONDAY).run.number == 1


def test_a_residual_is_an_item(bank: BankAccount) -> None:
    from recon.cases.running import reconcile
    from recon.matching.passes.rules import REFERENCE_THEN_CENT
    from recon.matching.running import run_matching

    sold(bank, "55.00", "INV-2026-0002", MONDAY)
    said(bank, ("55.01", "INV-2026-0002", MONDAY))
    run_matching(bank.entity_id, bank.pk, actor="test", rules=REFERENCE_THEN_CENT)
    reconcile(bank.entity_id, bank.pk, actor="test")
    found = at(bank, MONDAY)
    assert (effects(found.residuals), found.is_tied) == (["0.01"], True)  # type: ignore[arg-type]
    assert (found.outstanding_books, found.outstanding_bank) == ([], [])


def test_a_statement_without_balances_cannot_finish_it(bank: BankAccount) -> None:
    from recon.statements.bank_accounts import BankAccountSpec, set_bank_account
    from tests.statements.banking import CSV_COLUMNS, a_csv_file, imported

    said(bank, ("10.00", "A", MONDAY))
    set_bank_account(bank.entity_id, BANK, BankAccountSpec("Bank", column_map=CSV_COLUMNS), actor="test")
    imported(bank.entity, bank, a_csv_file(("20.00", "B", WEDNESDAY)))
    found = at(bank, WEDNESDAY)
    assert (found.bank_balance, found.is_tied, found.can_finish) == ("30.00", True, False)
    assert "2" in found.reasons[0]
    assert at(bank, MONDAY).can_finish
    with pytest.raises(ReconciliationNotFinished):
        finish(bank, WEDNESDAY)


def test_a_day_that_no_statement_has_reached_is_not_finished(bank: BankAccount) -> None:
    said(bank, ("10.00", "A", MONDAY))
    found = at(bank, FRIDAY)
    assert (found.bank_balance, found.is_tied, found.can_finish) == ("10.00", True, False)
    assert str(MONDAY) in found.reasons[0]


def test_without_any_statement_there_is_no_balance_of_the_bank(bank: BankAccount) -> None:
    sold(bank, "5.00", day=MONDAY)
    found = at(bank, MONDAY)
    assert (found.bank_balance, found.unexplained, found.is_tied, found.can_finish) == (None, None, False, False)


def test_a_gap_between_statements_leaves_something_unexplained(bank: BankAccount) -> None:
    from tests.statements.banking import a_statement_file, imported

    said(bank, ("10.00", "A", MONDAY))
    later = a_statement_file(("1.00", "C", WEDNESDAY), opening="25.00")
    imported(bank.entity, bank, later, allow_gap=True)
    between = at(bank, TUESDAY)  # the bank's balance of Monday, whatever it was in truth
    assert (between.is_tied, between.can_finish) == (True, False)
    assert "Statement 2 does not go on from statement 1" in between.reasons[0]
    assert at(bank, MONDAY).can_finish
    ran(bank)
    found = at(bank, WEDNESDAY)
    assert (found.unexplained, found.is_tied) == ("15.00", False)
    assert any("continuity" in reason for reason in found.reasons)


def test_exceptions_by_age_and_rules(bank: BankAccount) -> None:
    sold(bank, "100.00", "INV-2026-0001", MONDAY)
    said(bank, ("100.00", "INV-2026-0001", MONDAY), ("-3.00", "FEE-77777", MONDAY), ("-4.00", "FEE-88888", FRIDAY))
    ran(bank)
    found = at(bank, FRIDAY)
    assert {age.age: age.count for age in found.exceptions if age.count} == {"0-1": 1, "2-7": 1}
    assert [(one.rule, one.lines, one.amount, one.share) for one in found.rules] == [
        ("", 2, "7.00", "66.6"), ("reference", 1, "100.00", "33.3"),
    ]  # fmt: skip


def test_all_bank_accounts_at_once_or_one(bank: BankAccount) -> None:
    from tests.statements.banking import a_bank_account

    a_bank_account(bank.entity, "TILL")
    assert [one.account for one in recon_report(bank.entity_id, MONDAY).statements] == ["BANK", "TILL"]
    assert [one.account for one in recon_report(bank.entity_id, MONDAY, "TILL").statements] == ["TILL"]
    with pytest.raises(NotFound):
        recon_report(bank.entity_id, MONDAY, "NONE")
    with pytest.raises(FutureDate):
        recon_report(bank.entity_id, FRIDAY + timedelta(days=1))


def test_what_was_finished_is_kept_as_it_was(bank: BankAccount) -> None:
    sold(bank, "100.00", "INV-2026-0001", MONDAY)
    said(bank, ("100.00", "INV-2026-0001", MONDAY))
    ran(bank)
    key = uuid4().hex
    first = finish(bank, MONDAY, key)
    again = finish(bank, MONDAY, key)
    assert (first.is_replayed, again.is_replayed, again.run.pk) == (False, True, first.run.pk)
    with pytest.raises(IdempotencyKeyReused):
        finish(bank, TODAY + timedelta(days=1), key)
    sold(bank, "7.00", day=MONDAY)
    kept = report_of(run_in(bank.entity_id, first.run.pk)).statements[0]
    assert (kept.book_balance, at(bank, MONDAY).book_balance) == ("100.00", "107.00")
    assert first.run.bank_balance == Decimal("100.00")
    assert verify_books(bank.entity_id) == []


def test_a_run_of_other_books_is_not_there(bank: BankAccount) -> None:
    for one in (uuid7(),):
        with pytest.raises(NotFound):
            run_in(bank.entity_id, one)
