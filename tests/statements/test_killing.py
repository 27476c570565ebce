"""Imports at the same moment, and imports that end in the middle: all of a file or nothing, and no line twice."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from recon.statements import importing, rows
from recon.statements.models import BankAccount, Statement, StatementLine
from tests.builders import an_entity
from tests.concurrency.races import Race, without_lock
from tests.statements.banking import a_bank_account, a_statement_file, imported, lines_stored

pytestmark = pytest.mark.every_server
FIRST, LATER = ("1.00", "A"), ("2.00", "B")


@pytest.fixture
def entity() -> Entity:
    return an_entity()


@pytest.fixture
def bank(entity: Entity) -> BankAccount:
    return a_bank_account(entity)


def at_once(monkeypatch: pytest.MonkeyPatch, entity: Entity, bank: BankAccount, *files: bytes) -> list[str]:
    """Import files at once: each stops between what it planned and what it writes."""
    run = Race(*(lambda data=data: imported(entity, bank, data) for data in files))
    insert = rows.insert_statement

    def stopping(*args: Any) -> None:
        run.stop_here()
        insert(*args)

    monkeypatch.setattr(importing, "insert_statement", stopping)
    run.start()
    return [outcome_of(one) for one in run.finish()]


def outcome_of(found: Any) -> str:
    if isinstance(found, LedgerError):
        return found.code
    return found.status if not isinstance(found, BaseException) else type(found).__name__


def test_the_same_file_at_once_comes_in_once(
    monkeypatch: pytest.MonkeyPatch, entity: Entity, bank: BankAccount
) -> None:
    data = a_statement_file(FIRST, LATER)
    assert sorted(at_once(monkeypatch, entity, bank, data, data)) == ["imported", "statement_file_known"]
    assert len(lines_stored(bank)) == 2


def test_files_that_overlap_bring_each_line_once(
    monkeypatch: pytest.MonkeyPatch, entity: Entity, bank: BankAccount
) -> None:
    files = a_statement_file(FIRST), a_statement_file(FIRST, LATER)
    outcomes = at_once(monkeypatch, entity, bank, *files)
    assert outcomes[1] == "imported"
    assert sorted(str(line.amount) for line in lines_stored(bank)) == ["1.00", "2.00"]


def test_without_the_lock_both_plan_by_what_was_there_before(
    monkeypatch: pytest.MonkeyPatch, entity: Entity, bank: BankAccount
) -> None:
    """The second would store a line again; only the keys of the tables refuse it, as a fault and not as a refusal."""
    without_lock(monkeypatch)
    outcomes = at_once(monkeypatch, entity, bank, a_statement_file(FIRST), a_statement_file(FIRST, LATER))
    assert sorted(outcomes) == ["UniqueViolation", "imported"]


class Killed(BaseException):
    """What ends a process in the middle."""


@pytest.mark.parametrize("name", ["insert_statement", "copy_lines"])
def test_an_import_that_ends_in_the_middle_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, entity: Entity, bank: BankAccount, name: str
) -> None:
    one = a_statement_file(FIRST, label="1/1")
    data = one + a_statement_file(LATER, opening="1.00", label="2/1")
    write, calls = getattr(importing, name), []

    def killed(*args: Any) -> None:
        write(*args)
        calls.append(name)
        if len(calls) == 2:
            raise Killed

    monkeypatch.setattr(importing, name, killed)
    with pytest.raises(Killed):
        imported(entity, bank, data)
    assert not Statement.objects.filter(entity=entity).exists()
    assert not StatementLine.objects.filter(entity=entity).exists()
    assert imported(entity, bank, data).new_count == 2


def test_a_connection_that_is_lost_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, entity: Entity, bank: BankAccount
) -> None:
    copy, calls = rows.copy_lines, []

    def losing(tx: Any, lines: Any) -> None:
        copy(tx, lines)
        calls.append(len(lines))
        if len(calls) == 1:
            with psycopg.connect(tx.connection.info.dsn, password=tx.connection.info.password) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (tx.connection.info.backend_pid,))

    monkeypatch.setattr(importing, "copy_lines", losing)
    assert imported(entity, bank, a_statement_file(FIRST), key="k").status == "imported"
    assert (len(calls), len(lines_stored(bank))) == (2, 1)
