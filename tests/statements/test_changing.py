"""Undoing an import, and stating the balances that a file did not have."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from ledgerflow.books.models import Entity
from recon.statements.changing import Balances, state_balances, undo_import
from recon.statements.continuity import breaks_in
from recon.statements.errors import (
    StatedBalancesDisagree,
    StatedDaysReversed,
    StatementDiscontinuous,
    StatementNotFound,
    StatementNotNewest,
    StatementProven,
    StatementUndone,
)
from recon.statements.models import BankAccount, Statement
from recon.statements.rows import fetch_default, spans_of
from tests.builders import an_entity
from tests.statements.banking import (
    CSV_COLUMNS,
    a_bank_account,
    a_csv_file,
    a_statement_file,
    imported,
    lines_stored,
)

MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)


def undo(entity: Entity, statement: Any, key: str | None = None) -> list[Statement]:
    return undo_import(entity.id, statement, reason="the wrong file", key=key or uuid4().hex, actor="test").statements


def state(entity: Entity, statement: Any, opening: str, closing: str, **given: Any) -> Statement:
    balances = Balances(MONDAY, Decimal(opening), given.pop("closing_day", TUESDAY), Decimal(closing))
    return state_balances(entity.id, statement, balances, actor="test", **given)


def an_unproven(entity: Entity) -> tuple[BankAccount, Any]:
    bank = a_bank_account(entity, column_map=CSV_COLUMNS)
    answer = imported(entity, bank, a_csv_file(("10.00", "A", MONDAY), ("-2.50", "B", TUESDAY)), file_name="x.csv")
    return bank, answer.statements[0].id


def test_what_is_undone_may_come_again() -> None:
    entity = an_entity()
    bank = a_bank_account(entity)
    data = a_statement_file(("1.00", "A"), ("2.00", "B"))
    first = imported(entity, bank, data).statements[0].id
    (undone,) = undo(entity, first)
    assert (undone.status, lines_stored(bank)) == ("undone", [])
    again = imported(entity, bank, data)
    assert (again.statements[0].number, again.new_count) == (2, 2)


def test_undoing_twice_is_refused_and_with_the_same_key_answered_again() -> None:
    entity = an_entity()
    statement = imported(entity, a_bank_account(entity), a_statement_file(("1.00",))).statements[0].id
    undo(entity, statement, key="u-1")
    assert [one.status for one in undo(entity, statement, key="u-1")] == ["undone"]
    with pytest.raises(StatementUndone):
        undo(entity, statement)
    with pytest.raises(StatementNotFound):
        undo(entity, uuid4())


def test_the_newest_import_goes_first() -> None:
    entity = an_entity()
    bank = a_bank_account(entity)
    first = imported(entity, bank, a_statement_file(("1.00", "A", MONDAY)))
    imported(entity, bank, a_statement_file(("1.00", "A", MONDAY), ("2.00", "B", TUESDAY)))
    with pytest.raises(StatementNotNewest) as refusal:
        undo(entity, first.statements[0].id)
    assert refusal.value.data == {"newest": 2}


def test_all_statements_of_a_file_are_undone() -> None:
    entity = an_entity()
    bank = a_bank_account(entity)
    one = a_statement_file(("1.00", "A", MONDAY), label="1/1")
    two = a_statement_file(("2.00", "B", TUESDAY), opening="1.00", label="2/1")
    answer = imported(entity, bank, one + two)
    assert [statement.number for statement in answer.statements] == [1, 2]
    assert [statement.status for statement in undo(entity, answer.statements[0].id)] == ["undone", "undone"]


def test_stated_balances_prove_a_statement_without() -> None:
    entity = an_entity()
    bank, statement = an_unproven(entity)
    assert not Statement.objects.get(pk=statement).is_proven
    with pytest.raises(StatedBalancesDisagree) as refusal:
        state(entity, statement, "100.00", "107.51")
    assert (refusal.value.data["computed"], refusal.value.data["difference"]) == ("107.50", "0.01")
    with pytest.raises(StatedDaysReversed):
        state(entity, statement, "100.00", "107.50", closing_day=date(2026, 3, 1))
    stated = state(entity, statement, "100.00", "107.50")
    assert (stated.is_proven, stated.closing_balance) == (True, Decimal("107.50"))
    assert state(entity, statement, "100.00", "107.50").changed_sequence == stated.changed_sequence
    with pytest.raises(StatementProven):
        state(entity, statement, "0.00", "7.50")
    imported(entity, bank, a_csv_file(("1.00", "C", TUESDAY)), file_name="y.csv")
    undo(entity, Statement.objects.get(bank_account=bank, number=2).pk)
    undo(entity, statement)
    with pytest.raises(StatementUndone):
        state(entity, statement, "100.00", "107.50")


def test_stated_balances_go_on_from_the_statement_before() -> None:
    entity = an_entity()
    bank = a_bank_account(entity, column_map=CSV_COLUMNS)
    imported(entity, bank, a_statement_file(("10.00", "A", MONDAY)))
    answer = imported(entity, bank, a_csv_file(("5.00", "B", TUESDAY)), file_name="x.csv")
    statement = answer.statements[0].id
    assert breaks_in(spans_of(fetch_default, bank.pk)) == []
    with pytest.raises(StatementDiscontinuous):
        state(entity, statement, "11.00", "16.00")
    state(entity, statement, "11.00", "16.00", allow_gap=True)
    ((span, broken),) = breaks_in(spans_of(fetch_default, bank.pk))
    assert (span.number, broken.statement, broken.difference) == (2, 1, "1.00")
