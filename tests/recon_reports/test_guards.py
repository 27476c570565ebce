"""Finished reconciliations by plain SQL: they are written once, of a bank account of their books, with their event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledgerflow.books.faults import Fault
from recon.reports.finishing import finish_reconciliation
from recon.reports.proof import check_runs
from recon.statements.models import BankAccount
from tests.attacks import Attack, connect, refused_by
from tests.builders import TODAY
from tests.cases.reconciling import BANK, books_with_a_bank, said

pytestmark = pytest.mark.every_server


@pytest.fixture(scope="module")
def bank(_database: None) -> BankAccount:
    found = books_with_a_bank()
    said(found, ("-3.00", "FEE-77"))
    finish_reconciliation(found.entity_id, BANK, TODAY, key="first", actor="ann")
    return found


@pytest.fixture
def attack(bank: BankAccount) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, bank)  # type: ignore[arg-type]
        connection.rollback()


def a_row(bank: BankAccount, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(), "entity_id": bank.entity_id, "bank_account_id": bank.pk, "number": 2, "day": TODAY,
        "book_balance": 0, "bank_balance": 0, "known": 1, "content": "{}", "sha256": "x", "event_sequence": 99,
        "recorded_at": "2026-03-02T12:00:00Z", "actor": "attacker",
    } | changes  # fmt: skip


def test_a_run_has_its_event(attack: Attack, bank: BankAccount) -> None:
    attack.insert("recon_reports_reconrun", **a_row(bank))
    with refused_by("recon_run_has_event"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_numbers_and_events_are_there_once(attack: Attack, bank: BankAccount) -> None:
    event = bank.entity.events.get(type="reconciliation.finished").sequence
    for changes, constraint in (
        ({"number": 1}, "recon_run_number_unique"),
        ({"id": bank.runs.get().pk}, "recon_reports_reconrun_pkey"),
        ({"event_sequence": event}, "recon_run_event_unique"),
        ({"bank_account_id": books_with_a_bank().pk}, "recon_run_of_bank_account"),
    ):
        with attack.connection.transaction(force_rollback=True), refused_by(constraint):
            attack.insert("recon_reports_reconrun", **a_row(bank, **changes))


@pytest.mark.parametrize(
    "statement", ["UPDATE recon_reports_reconrun SET content = '{}'", "DELETE FROM recon_reports_reconrun"]
)
def test_what_was_finished_stays(attack: Attack, statement: str) -> None:
    assert attack.value("SELECT count(*) FROM pg_trigger WHERE tgname = %s", "recon_run_immutable") == 1
    with refused_by("history_is_immutable"):
        attack.run(statement)


@pytest.mark.parametrize(
    "change",
    [
        "content = content || ' '", "sha256 = 'x'", "book_balance = 1", "bank_balance = 1", "day = day - 1",
        "number = 7", "known = 7", "actor = 'me'", "recorded_at = now()", "event_sequence = 1",
        "bank_account_id = gen_random_uuid()", "id = gen_random_uuid()",
    ],
)  # fmt: skip
def test_the_proof_finds_whatever_is_changed(attack: Attack, bank: BankAccount, change: str) -> None:
    assert faults(attack.connection, bank) == []
    attack.run("SET session_replication_role = replica")
    attack.run(f"UPDATE recon_reports_reconrun SET {change} WHERE bank_account_id = %s", bank.pk)
    assert {fault.table for fault in faults(attack.connection, bank)} == {"recon_reports_reconrun"}


def faults(connection: psycopg.Connection[Any], bank: BankAccount) -> list[Fault]:
    return list(check_runs(connection, bank.entity_id))
