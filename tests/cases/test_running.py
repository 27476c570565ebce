"""Running a reconciliation: what is opened, what changes, what is resolved by itself, and that running again is harmless."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.core.errors import NotFound, TryAgain
from ledgerflow.core.ids import uuid7
from recon.cases.jobs import look_for_reversals, reconcile_all
from recon.cases.models import ReconException
from recon.cases.reading import unreconciled
from recon.cases.recording import MISMATCHES
from recon.cases.running import reconcile
from recon.matching.models import Match
from recon.statements.changing import undo_import
from recon.statements.models import BankAccount, StatementLine
from tests.builders import TODAY
from tests.cases.reconciling import acted, books_with_a_bank, events_of, open_cases, ran, said, sold, the_case
from tests.statements.banking import a_bank_account, a_statement_file, imported

pytestmark = pytest.mark.every_server


@pytest.fixture
def bank() -> BankAccount:
    return books_with_a_bank()


def test_what_agrees_is_matched_and_the_rest_are_exceptions(bank: BankAccount) -> None:
    sold(bank, "100.00", "INV-2026-0001")
    sold(bank, "55.00", "INV-2026-0002")
    sold(bank, "70.00", "INV-2026-0003")
    said(bank, ("100.00", "INV-2026-0001"), ("55.01", "INV-2026-0002"), ("-3.00", "FEE-77"))
    done = ran(bank)
    assert (done.confirmed, done.opened) == (1, {"amount": 1, "missing_in_books": 1, "missing_in_bank": 1})
    assert sorted(open_cases(bank)) == [
        ("amount", "55.01"), ("missing_in_bank", "70.00"), ("missing_in_books", "-3.00"),
    ]  # fmt: skip
    assert verify_books(bank.entity_id) == []


def test_an_exception_of_both_sides_is_one(bank: BankAccount) -> None:
    sold(bank, "55.00", "INV-2026-0002")
    said(bank, ("55.01", "INV-2026-0002"))
    ran(bank)
    case = the_case(bank)
    assert (case.kind, case.line_id is not None, case.account_version) == ("amount", True, 1)
    assert "0.01" in case.explanation


def test_a_second_run_changes_nothing(bank: BankAccount) -> None:
    sold(bank, "70.00", "INV-2026-0003")
    said(bank, ("-3.00", "FEE-77"))
    ran(bank)
    head = bank.entity.events.count()
    done = ran(bank)
    assert (done.confirmed, done.opened, done.changed, done.resolved, done.unchanged) == (0, {}, 0, 0, 2)
    assert bank.entity.events.count() == head


def test_a_dry_run_says_what_it_would_do_and_does_nothing(bank: BankAccount) -> None:
    sold(bank, "70.00", "INV-2026-0003")
    sold(bank, "80.00", "INV-2026-0004")
    said(bank, ("-3.00", "FEE-77"), ("80.00", "INV-2026-0004"))
    head = bank.entity.events.count()
    done = ran(bank, dry_run=True)
    assert (done.dry_run, done.confirmed, done.opened) == (True, 1, {"missing_in_books": 1, "missing_in_bank": 1})
    assert bank.entity.events.count() == head
    assert not ReconException.objects.filter(bank_account=bank).exists()


def test_what_finds_its_match_is_resolved_by_itself(bank: BankAccount) -> None:
    said(bank, ("40.00", "INV-2026-0009"))
    ran(bank)
    case = the_case(bank)
    acted(case, "assign", "user:7")
    sold(bank, "40.00", "INV-2026-0009")
    done = ran(bank)
    assert done.confirmed == 1
    case.refresh_from_db()
    assert (case.status, case.resolution, case.owner) == ("resolved", "matched", "user:7")
    assert Match.objects.get(bank_account=bank).event_sequence == case.changed_sequence - 1
    assert verify_books(bank.entity_id) == []


def test_one_whose_kind_changes_is_changed_and_keeps_its_owner(bank: BankAccount) -> None:
    said(bank, ("40.00", "INV-2026-0009"))
    ran(bank)
    case = the_case(bank)
    acted(case, "assign", "user:7")
    sold(bank, "41.00", "INV-2026-0009")
    done = ran(bank)
    assert (done.changed, done.opened, done.resolved) == (1, {}, 0)
    case.refresh_from_db()
    assert (case.kind, case.account_version, case.owner, case.status) == ("amount", 1, "user:7", "open")
    assert verify_books(bank.entity_id) == []


def test_two_exceptions_that_become_one(bank: BankAccount) -> None:
    """A posting that the bank lacks, then the line comes with another amount: the posting's is gone, the line's is new."""
    sold(bank, "41.00", "INV-2026-0009")
    said(bank, ("-1.00", "FEE-1"))
    ran(bank)
    said(bank, ("40.00", "INV-2026-0009", TODAY + timedelta(days=1)), opening="-1.00")
    ran(bank)
    assert open_cases(bank) == [("missing_in_books", "-1.00"), ("amount", "40.00")]
    assert verify_books(bank.entity_id) == []


def test_what_a_person_has_resolved_is_not_opened_again_unless_it_is_of_another_kind(bank: BankAccount) -> None:
    said(bank, ("40.00", "INV-2026-0009"))
    ran(bank)
    acted(the_case(bank), "resolve", "bank_mistake", note="they will send it back")
    assert ran(bank).opened == {}
    sold(bank, "41.00", "INV-2026-0009")
    assert ran(bank).opened == {"amount": 1}


def test_what_was_undone_is_gone(bank: BankAccount) -> None:
    said(bank, ("40.00", "INV-2026-0009"))
    ran(bank)
    undo_import(bank.entity_id, bank.statements.get().pk, reason="wrong file", key="undo", actor="test")
    assert ran(bank).resolved == 1
    assert the_case(bank).resolution == "gone"


def test_broken_continuity_is_an_exception_of_the_statement(bank: BankAccount) -> None:
    said(bank, ("10.00", "A"))
    later = a_statement_file(("1.00", "C", date(2026, 3, 9)), opening="25.00")
    imported(bank.entity, bank, later, allow_gap=True)
    ran(bank)
    case = the_case(bank, kind="continuity")
    assert (case.amount, case.statement_id) == (Decimal("15.00"), bank.statements.get(number=2).pk)
    assert ran(bank).opened == {}
    assert verify_books(bank.entity_id) == []


def test_a_reversal_of_what_is_matched_opens_an_exception_by_itself(bank: BankAccount) -> None:
    journal = sold(bank, "100.00", "INV-2026-0001")
    said(bank, ("100.00", "INV-2026-0001"))
    ran(bank)
    reverse_journal(bank.entity_id, journal, key="back", actor="test")
    look_for_reversals(bank.entity_id)
    case = the_case(bank)
    assert (case.kind, case.account_version, case.amount) == ("reversed", 1, Decimal("100.00"))
    head = bank.entity.events.count()
    look_for_reversals(bank.entity_id)
    assert bank.entity.events.count() == head
    assert ran(bank).opened == {"missing_in_bank": 1}  # the reversal itself
    assert verify_books(bank.entity_id) == []


def test_a_reversal_that_the_bank_has_too_is_no_exception(bank: BankAccount) -> None:
    journal = sold(bank, "100.00", "INV-2026-0001")
    reverse_journal(bank.entity_id, journal, key="back", description="RETURN-20260009", actor="test")
    said(bank, ("100.00", "INV-2026-0001"), ("-100.00", "RETURN-20260009"))
    assert ran(bank).confirmed == 2
    look_for_reversals(bank.entity_id)
    assert open_cases(bank) == []


def test_a_person_has_the_last_word_on_a_reversal(bank: BankAccount) -> None:
    journal = sold(bank, "100.00", "INV-2026-0001")
    said(bank, ("100.00", "INV-2026-0001"))
    ran(bank)
    reverse_journal(bank.entity_id, journal, key="back", actor="test")
    look_for_reversals(bank.entity_id)
    acted(the_case(bank), "resolve", "our_mistake")
    look_for_reversals(bank.entity_id)
    ran(bank)
    assert [kind for kind, _ in open_cases(bank)] == ["missing_in_bank"]


def test_postings_of_an_opening_balance_that_agrees_are_no_exceptions(bank: BankAccount) -> None:
    sold(bank, "900.00", day=TODAY - timedelta(days=9))
    sold(bank, "100.00", day=TODAY - timedelta(days=8))
    said(bank, ("-3.00", "FEE-77"), opening="1000.00")
    assert ran(bank).opened == {"missing_in_books": 1}


def test_postings_of_an_opening_balance_that_does_not_agree_are(bank: BankAccount) -> None:
    sold(bank, "900.00", day=TODAY - timedelta(days=9))
    said(bank, ("-3.00", "FEE-77"), opening="1000.00")
    assert ran(bank).opened == {"missing_in_books": 1, "missing_in_bank": 1}


def test_only_one_run_at_a_time(bank: BankAccount) -> None:
    with one_at_a_time(f"reconcile:{bank.pk}"), pytest.raises(TryAgain):
        ran(bank)


def test_a_bank_account_of_other_books_is_not_there(bank: BankAccount) -> None:
    other = books_with_a_bank()
    for account in (other.pk, uuid7()):
        with pytest.raises(NotFound):
            reconcile(bank.entity_id, account, actor="test")


def test_many_are_written_some_at_a_time(bank: BankAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recon.cases.running.AT_ONCE", 2)
    said(bank, *((f"-{number}.00", f"FEE-{number}") for number in range(1, 6)))
    assert ran(bank).opened == {"missing_in_books": 5}
    numbers = ReconException.objects.filter(bank_account=bank).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5]


def test_a_run_that_was_killed_is_gone_on_with(bank: BankAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies after the second batch: the next run opens the rest, and nothing twice."""
    from recon.cases import running

    monkeypatch.setattr(running, "AT_ONCE", 2)
    real, calls = running._open, []

    def dying(*given: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_open", dying)
    said(bank, *((f"-{number}.00", f"FEE-{number}") for number in range(1, 6)))
    with pytest.raises(KeyboardInterrupt):
        ran(bank)
    assert len(open_cases(bank)) == 4
    monkeypatch.setattr(running, "_open", real)
    assert ran(bank).opened == {"missing_in_books": 1}
    assert len(open_cases(bank)) == 5
    assert events_of(bank.entity) == ["exception.opened"] * 5
    assert verify_books(bank.entity_id) == []


def test_what_is_opened_is_counted_by_kind(bank: BankAccount) -> None:
    before = MISMATCHES.labels("missing_in_books")._value.get()
    said(bank, ("-3.00", "FEE-77"), ("-4.00", "FEE-78"))
    ran(bank)
    assert MISMATCHES.labels("missing_in_books")._value.get() == before + 2


def test_the_close_is_told_what_is_not_reconciled(bank: BankAccount) -> None:
    assert unreconciled(bank.entity_id, TODAY) == []
    said(bank, ("-3.00", "FEE-77"))
    ran(bank)
    (sentence,) = unreconciled(bank.entity_id, TODAY)
    assert "open exceptions 1, lines without a match 1" in sentence
    assert unreconciled(bank.entity_id, TODAY - timedelta(days=1)) == []


def test_a_line_that_was_matched_meanwhile_gets_no_exception(bank: BankAccount) -> None:
    """What a run has found is older than the lock: under it, the line is looked at again."""
    from recon.cases.findings import AccountOfBank
    from recon.cases.planning import FoundCase, Subject
    from recon.cases.running import _open

    sold(bank, "100.00", "INV-2026-0001")
    said(bank, ("100.00", "INV-2026-0001"))
    ran(bank)
    line = StatementLine.objects.get(bank_account=bank)
    stale = FoundCase("missing_in_books", Subject(line.pk), TODAY, Decimal(100), (), "older than the match")
    account = AccountOfBank(bank.pk, bank.account_id, "BANK")
    assert _open(bank.entity_id, account, [stale], "test").total() == 0


def test_the_scheduler_reconciles_what_came_in_meanwhile(bank: BankAccount) -> None:
    sold(bank, "100.00", "INV-2026-0001")
    said(bank, ("100.00", "INV-2026-0001"), ("-3.00", "FEE-77"))
    reconcile_all(bank.entity_id)
    assert (Match.objects.filter(bank_account=bank).count(), [kind for kind, _ in open_cases(bank)]) == (
        1,
        ["missing_in_books"],
    )
    head = bank.entity.events.count()
    reconcile_all(bank.entity_id)
    assert bank.entity.events.count() == head


def test_a_bank_account_that_is_being_reconciled_does_not_keep_the_scheduler_from_the_others(bank: BankAccount) -> None:
    other = a_bank_account(bank.entity, "OTHER")
    said(bank, ("-3.00", "FEE-77"))
    imported(bank.entity, other, a_statement_file(("-4.00", "FEE-78")))
    with one_at_a_time(f"reconcile:{bank.pk}"):
        reconcile_all(bank.entity_id)
    assert (open_cases(bank), open_cases(other)) == ([], [("missing_in_books", "-4.00")])
