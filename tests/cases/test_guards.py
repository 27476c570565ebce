"""Exceptions by plain SQL: what their rows can hold, what of them can change, and that each change has its event."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from recon.statements.models import BankAccount
from tests.attacks import Attack, connect, refused_by
from tests.cases.reconciling import books_with_a_bank, ran, said, sold

pytestmark = pytest.mark.every_server
MOMENT = "2026-03-02T12:00:00Z"


@pytest.fixture(scope="module")
def bank(_database: None) -> BankAccount:
    found = books_with_a_bank()
    sold(found, "70.00", "INV-2026-0003")
    said(found, ("-3.00", "FEE-77"), ("-4.00", "FEE-78"))
    ran(found)
    return found


@pytest.fixture
def attack(bank: BankAccount) -> Any:
    class TheBooks:
        id = bank.entity_id
        last_sequence = bank.entity.events.count()

    with connect() as connection:
        found = Attack(connection, TheBooks())  # type: ignore[arg-type]
        yield found
        connection.rollback()


def a_row(bank: BankAccount, **changes: Any) -> dict[str, Any]:
    """An exception that would fit into the books, about the second line."""
    return {
        "id": uuid4(), "entity_id": bank.entity_id, "bank_account_id": bank.pk, "number": 99, "kind": "amount",
        "status": "resolved", "resolution": "accepted", "line_id": line_of(bank), "day": "2026-03-02", "amount": -4,
        "related": "[]", "explanation": "", "owner": "", "reason": "", "note": "", "entries": 1,
        "event_sequence": bank.entity.events.count() + 1, "changed_sequence": bank.entity.events.count() + 1,
        "opened_at": MOMENT,
    } | changes  # fmt: skip


def line_of(bank: BankAccount) -> UUID:
    return UUID(str(bank.lines.get(amount=-4).pk))


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"kind": "odd"}, "recon_exception_kind_known"),
        ({"status": "odd", "resolution": ""}, "recon_exception_status_known"),
        ({"resolution": ""}, "recon_exception_resolution_known"),
        ({"resolution": "odd"}, "recon_exception_resolution_known"),
        ({"status": "open"}, "recon_exception_resolution_known"),
        ({"account_version": 1}, "recon_exception_posting_whole"),
        ({"line_id": None}, "recon_exception_about_something"),
        ({"number": 1}, "recon_exception_number_unique"),
        ({"status": "open", "resolution": ""}, "recon_exception_of_line_once"),
    ],
)
def test_what_a_row_can_hold(attack: Attack, bank: BankAccount, changes: dict[str, Any], constraint: str) -> None:
    with refused_by(constraint):
        attack.insert("cases_reconexception", **a_row(bank, **changes))


def test_a_posting_has_one_that_is_open(attack: Attack, bank: BankAccount) -> None:
    posting = {"account_id": bank.account_id, "account_version": 1, "line_id": None}
    with refused_by("recon_exception_of_posting_once"):
        attack.insert("cases_reconexception", **a_row(bank, status="open", resolution="", **posting))


def test_a_statement_has_one_that_is_open(attack: Attack, bank: BankAccount) -> None:
    given = {"statement_id": bank.statements.get().pk, "line_id": None, "status": "open", "resolution": ""}
    attack.insert("cases_reconexception", **a_row(bank, **given))
    with refused_by("recon_exception_of_statement_once"):
        attack.insert("cases_reconexception", **a_row(bank, number=100, **given))


def test_what_it_refers_to_is_there_and_of_its_bank_account(attack: Attack, bank: BankAccount) -> None:
    other = books_with_a_bank()
    said(other, ("-4.00", "FEE-78"))
    for changes, constraint in (
        ({"bank_account_id": other.pk, "line_id": line_of(other)}, "recon_exception_of_bank_account"),
        ({"line_id": line_of(other)}, "recon_exception_of_bank_line"),
        ({"account_id": bank.account_id, "account_version": 7}, "recon_exception_of_our_posting"),
        ({"statement_id": uuid4()}, "recon_exception_of_statement"),
        ({"id": bank.exceptions.get(number=1).pk}, "cases_reconexception_pkey"),
    ):
        with attack.connection.transaction(force_rollback=True), refused_by(constraint):
            attack.insert("cases_reconexception", **a_row(bank, **changes))


def test_a_row_has_its_event(attack: Attack, bank: BankAccount) -> None:
    attack.insert("cases_reconexception", **a_row(bank))
    with refused_by("recon_exception_has_event"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_change_has_its_event(attack: Attack, bank: BankAccount) -> None:
    attack.run(
        "UPDATE cases_reconexception SET owner = 'me', entries = 2, changed_sequence = changed_sequence + 99"
        " WHERE bank_account_id = %s AND number = 1",
        bank.pk,
    )
    with refused_by("recon_exception_has_event"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "change, constraint",
    [
        ("owner = 'me'", "recon_exception_entries_rise"),
        ("owner = 'me', entries = entries + 1", "recon_exception_entries_rise"),
        ("entries = entries + 1, changed_sequence = 99, number = 77", "recon_exception_identity_is_fixed"),
        ("entries = entries + 1, changed_sequence = 99, opened_at = now()", "recon_exception_identity_is_fixed"),
    ],
)
def test_what_of_it_can_change(attack: Attack, bank: BankAccount, change: str, constraint: str) -> None:
    with refused_by(constraint):
        attack.run(f"UPDATE cases_reconexception SET {change} WHERE bank_account_id = %s", bank.pk)


def test_none_is_deleted(attack: Attack, bank: BankAccount) -> None:
    with refused_by("recon_exception_is_kept"):
        attack.run("DELETE FROM cases_reconexception WHERE bank_account_id = %s", bank.pk)


GUARDS = ("recon_exception_guard", "recon_exception_has_event")


def test_the_guards_are_there(attack: Attack) -> None:
    for name in GUARDS:
        assert attack.value("SELECT count(*) FROM pg_trigger WHERE tgname = %s", name) == 1


def test_nobody_is_let_in_by_another_spelling(attack: Attack, bank: BankAccount) -> None:
    with pytest.raises(psycopg.Error):
        attack.insert("cases_reconexception", **a_row(bank, amount="NaN"))
