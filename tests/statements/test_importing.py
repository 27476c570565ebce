"""Importing files: what is new, what was there already, what goes on from what, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from recon.statements.errors import (
    StatementDiscontinuous,
    StatementFileKnown,
    StatementOfOther,
)
from recon.statements.importing import preview
from recon.statements.models import Statement
from tests.builders import an_entity
from tests.statements.banking import IBAN, a_bank_account, a_statement_file, imported, lines_stored

MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)


def test_a_file_comes_in_with_its_statement_and_lines() -> None:
    entity = an_entity()
    bank = a_bank_account(entity, identifier=IBAN)
    data = a_statement_file(("50.25", "INV-7", MONDAY), ("-0.25", "", MONDAY), opening="100.00")
    answer = imported(entity, bank, data)
    assert (answer.status, answer.format, answer.new_count, answer.seen_count) == ("imported", "mt940", 2, 0)
    statement = Statement.objects.get(bank_account=bank)
    assert (statement.number, statement.is_proven) == (1, True)
    assert (statement.opening_balance, statement.closing_balance) == (Decimal("100.00"), Decimal("150.00"))
    assert [(str(line.amount), line.customer_reference) for line in lines_stored(bank)] == [
        ("50.25", "INV-7"), ("-0.25", ""),
    ]  # fmt: skip


def test_the_same_file_twice_is_refused_by_its_hash() -> None:
    entity = an_entity()
    bank = a_bank_account(entity)
    data = a_statement_file(("1.00", "A"))
    imported(entity, bank, data)
    with pytest.raises(StatementFileKnown) as refusal:
        imported(entity, bank, data)
    assert refusal.value.data == {"number": 1}
    assert preview(entity.id, bank.pk, data, "again").problems[0].code == "statement_file_known"


def test_a_key_answers_again() -> None:
    entity = an_entity()
    bank = a_bank_account(entity)
    data = a_statement_file(("1.00", "A"))
    first = imported(entity, bank, data, key="k-1")
    again = imported(entity, bank, data, key="k-1")
    assert (again.status, again.statements[0].id) == ("replayed", first.statements[0].id)


def test_two_equal_charges_come_in_and_a_file_that_overlaps_brings_only_what_is_new() -> None:
    entity = an_entity()
    bank = a_bank_account(entity)
    fee = ("-2.00", "", MONDAY, "", "fee")
    imported(entity, bank, a_statement_file(fee, fee, ("10.00", "A", MONDAY), opening="100.00"))
    later = a_statement_file(fee, fee, ("10.00", "A", MONDAY), ("5.00", "B", TUESDAY), opening="100.00")
    answer = imported(entity, bank, later)
    assert (answer.new_count, answer.seen_count, answer.statements[0].seen) == (1, 3, [1, 2, 3])
    assert [str(line.amount) for line in lines_stored(bank)] == ["-2.00", "-2.00", "10.00", "5.00"]
    statement = Statement.objects.get(bank_account=bank, number=2)
    assert (statement.line_count, statement.lines_total, statement.seen_total) == (4, Decimal("11.00"), Decimal("6.00"))


def test_a_line_of_zero_is_left_out() -> None:
    entity = an_entity()
    bank = a_bank_account(entity)
    imported(entity, bank, a_statement_file(("0.00", "NOTE", MONDAY), ("1.00", "A", MONDAY), opening="5.00"))
    assert [(line.number, str(line.amount)) for line in lines_stored(bank)] == [(2, "1.00")]
    assert Statement.objects.get(bank_account=bank).line_count == 1
    imported(entity, bank, a_statement_file(("0.00", "NOTE", TUESDAY), opening="6.00"))
    assert len(lines_stored(bank)) == 1


def test_a_gap_is_refused_unless_it_is_allowed() -> None:
    entity = an_entity()
    bank = a_bank_account(entity)
    imported(entity, bank, a_statement_file(("10.00", "A", MONDAY)))
    later = a_statement_file(("1.00", "C", date(2026, 3, 9)), opening="25.00")
    with pytest.raises(StatementDiscontinuous) as refusal:
        imported(entity, bank, later)
    assert refusal.value.data["difference"] == "15.00"
    answer = imported(entity, bank, later, allow_gap=True)
    assert [(one.kind, one.statement) for one in answer.statements[0].breaks] == [("gap", 1)]
    # What was missing fits on both sides.
    imported(entity, bank, a_statement_file(("15.00", "B", TUESDAY), opening="10.00"))


def test_a_file_of_another_account_or_currency_is_refused() -> None:
    entity = an_entity()
    bank = a_bank_account(entity, identifier="DE02120300000000202051")
    with pytest.raises(StatementOfOther):
        imported(entity, bank, a_statement_file(("1.00",)))
    dollars = a_bank_account(entity, "DOLLARS", currency="USD")
    with pytest.raises(StatementOfOther) as refusal:
        imported(entity, dollars, a_statement_file(("1.00",)))
    assert refusal.value.data["what"] == "currency"
    assert not Statement.objects.filter(entity=entity).exists()
