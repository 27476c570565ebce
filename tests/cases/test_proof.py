"""The proof finds an exception that is other than its events say, one that is gone, and one that no event tells of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ledgerflow.books.faults import Fault
from recon.cases.proof import check_exceptions
from recon.statements.models import BankAccount
from tests.attacks import connect
from tests.cases.reconciling import acted, books_with_a_bank, ran, said, sold, the_case


@pytest.fixture(scope="module")
def bank(_database: None) -> BankAccount:
    found = books_with_a_bank()
    sold(found, "70.00", "INV-2026-0003")
    said(found, ("70.01", "INV-2026-0003"), ("-4.00", "FEE-78"), ("-5.00", "FEE-79"))
    ran(found)
    acted(the_case(found, amount=-4), "resolve", "accepted", note="small")
    acted(the_case(found, kind="amount"), "assign", "user:7", comment="yours")
    return found


@pytest.fixture
def forger() -> Iterator[psycopg.Connection[Any]]:
    with connect() as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection
        connection.rollback()


def test_what_is_right_has_no_fault(forger: psycopg.Connection[Any], bank: BankAccount) -> None:
    assert list(check_exceptions(forger, bank.entity_id)) == []


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'date'", "status = 'checking'", "owner = 'me'", "reason = 'x'", "note = 'x'", "day = day - 1",
        "amount = amount + 1", "explanation = 'x'", "related = '[\"x\"]'", "line_id = NULL", "account_version = 9",
        "account_id = NULL, account_version = NULL", "entries = 9", "number = 9", "event_sequence = 1", "changed_sequence = 1",
        "opened_at = now()", "statement_id = gen_random_uuid()", "bank_account_id = gen_random_uuid()",
    ],
)  # fmt: skip
def test_whatever_is_changed_is_found(forger: psycopg.Connection[Any], bank: BankAccount, change: str) -> None:
    faults = after(forger, bank, f"UPDATE cases_reconexception SET {change}")
    assert {fault.table for fault in faults} == {"cases_reconexception"}


def test_one_that_is_gone_is_found(forger: psycopg.Connection[Any], bank: BankAccount) -> None:
    (fault,) = after(forger, bank, "DELETE FROM cases_reconexception")
    assert (fault.what, fault.found) == ("row", "absent")


def test_one_that_no_event_tells_of_is_found(forger: psycopg.Connection[Any], bank: BankAccount) -> None:
    (fault,) = after(forger, bank, "UPDATE cases_reconexception SET id = gen_random_uuid()")[:1]
    assert fault.what == "row"


def test_an_event_that_is_left_out_is_found(forger: psycopg.Connection[Any], bank: BankAccount) -> None:
    forger.execute(
        "DELETE FROM books_event WHERE entity_id = %s AND type = 'exception.opened' AND subject = %s",
        (bank.entity_id, str(the_case(bank, kind="amount").pk)),
    )
    assert "books_event" in {fault.table for fault in check_exceptions(forger, bank.entity_id)}


def after(forger: psycopg.Connection[Any], bank: BankAccount, statement: str) -> list[Fault]:
    done = forger.execute(f"{statement} WHERE entity_id = %s AND kind = 'amount'".encode(), (bank.entity_id,))
    assert done.rowcount == 1
    return list(check_exceptions(forger, bank.entity_id))
