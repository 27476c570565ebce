"""The opening balance: what explains it, what comes later beside it, and that no line is matched with what it explains."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from journals.reversal import reverse_journal
from recon.matching.models import Match
from recon.reports.shapes import ReconStatement
from recon.reports.statement import recon_report
from recon.statements.models import BankAccount
from tests.builders import TODAY
from tests.cases.reconciling import BANK, acted, books_with_a_bank, open_cases, ran, said, sold, the_case
from tests.statements.banking import a_statement_file, imported

FEBRUARY = date(2026, 2, 1)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def bank() -> BankAccount:
    return books_with_a_bank()


def at(bank: BankAccount, day: date = TODAY) -> ReconStatement:
    return recon_report(bank.entity_id, day, BANK).statements[0]


def outstanding(bank: BankAccount, day: date = TODAY) -> list[str]:
    found = at(bank, day)
    assert found.is_tied, found.reasons
    return [one.effect for one in (*found.outstanding_books, *found.outstanding_bank)]


def test_what_is_dated_back_later_is_an_item_of_its_own(bank: BankAccount) -> None:
    sold(bank, "900.00", day=FEBRUARY)
    sold(bank, "100.00", day=FEBRUARY)
    said(bank, ("-3.00", "FEE-77777"), opening="1000.00")
    sold(bank, "50.00", "FORGOTTEN-50", FEBRUARY)
    ran(bank)
    assert open_cases(bank) == [("missing_in_bank", "50.00"), ("missing_in_books", "-3.00")]
    assert outstanding(bank) == ["-50.00", "-3.00"]


def test_so_is_the_reversal_of_what_was_there(bank: BankAccount) -> None:
    journal = sold(bank, "1000.00", day=FEBRUARY)
    said(bank, ("-3.00", "FEE-77777"), opening="1000.00")
    reverse_journal(bank.entity_id, journal, key="back", actor="test")
    ran(bank)
    assert open_cases(bank) == [("missing_in_bank", "-1000.00"), ("missing_in_books", "-3.00")]
    assert outstanding(bank) == ["1000.00", "-3.00"]


def test_the_books_may_be_brought_up_after_the_first_statement(bank: BankAccount) -> None:
    said(bank, ("-3.00", "FEE-77777"), opening="1000.00")
    assert not at(bank).is_tied
    sold(bank, "1000.00", day=FEBRUARY)
    ran(bank)
    assert outstanding(bank) == ["-3.00"]


def test_no_line_is_matched_with_what_the_opening_balance_explains(bank: BankAccount) -> None:
    """The line has the amount of yesterday's posting, which the bank had yesterday already."""
    sold(bank, "900.00", day=FEBRUARY)
    sold(bank, "100.00", day=YESTERDAY)
    said(bank, ("100.00", ""), opening="1000.00")
    ran(bank)
    assert open_cases(bank) == [("missing_in_books", "100.00")]
    assert outstanding(bank) == ["100.00"]


def test_nor_with_what_a_person_has_called_so(bank: BankAccount) -> None:
    sold(bank, "900.00", day=YESTERDAY)
    sold(bank, "100.00", "CHEQUE-000777", day=YESTERDAY)
    said(bank, ("-3.00", "FEE-77777"), opening="900.00")
    ran(bank)
    acted(the_case(bank, amount=900), "resolve", "opening")
    assert at(bank).is_tied
    acted(the_case(bank, amount=900), "reopen")
    assert not at(bank).is_tied
    acted(the_case(bank, amount=900), "resolve", "opening")
    said(bank, ("900.00", ""), ("100.00", "CHEQUE-000777"), opening="897.00")
    ran(bank)
    assert open_cases(bank) == [("missing_in_books", "-3.00"), ("missing_in_books", "900.00")]
    assert Match.objects.get(bank_account=bank).rule == "reference"
    assert outstanding(bank) == ["-3.00", "900.00"]


def test_an_earlier_statement_that_comes_in_afterwards(bank: BankAccount) -> None:
    sold(bank, "400.00", day=FEBRUARY)
    sold(bank, "600.00", "INV-2026-0600", day=YESTERDAY)
    said(bank, ("-3.00", "FEE-77777"), opening="1000.00")
    ran(bank)
    assert outstanding(bank) == ["-3.00"]
    said(bank, ("600.00", "INV-2026-0600", YESTERDAY), opening="400.00")
    assert at(bank).is_tied
    ran(bank)
    assert outstanding(bank) == ["-3.00"]
    assert at(bank).opening_books == "400.00"


def test_the_first_statement_is_the_one_that_begins_first(bank: BankAccount) -> None:
    """One that came later, begins before it and ends after it, has the days of both."""
    sold(bank, "1000.00", day=FEBRUARY)
    middle = ("20.00", "B", YESTERDAY)
    said(bank, middle, opening="1010.00")
    whole = a_statement_file(("10.00", "A", YESTERDAY - timedelta(days=1)), middle, ("40.00", "C"), opening="1000.00")
    imported(bank.entity, bank, whole, allow_gap=True)
    assert outstanding(bank) == ["10.00", "20.00", "40.00"]
