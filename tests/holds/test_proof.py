"""Proof of holds: clean ones are proven, and of wrong ones the wrong row or event is named."""

from __future__ import annotations

import pytest

from journals.proof.ledger import verify_books, verify_in
from ledgerflow.books.models import Event
from tests.attacks import connect
from tests.holding import a_busy_wallet


def test_busy_holds_are_proven() -> None:
    assert verify_books(a_busy_wallet().id) == []


HOLD = "(SELECT id FROM holds_hold WHERE entity_id = %(entity)s ORDER BY event_sequence OFFSET 1 LIMIT 1)"
LATER = '"2095-01-01T00:00:00.000000Z"'
OTHERS = ("holds_hold", "holds_holdentry", "books_event", "accounts_balance", "books_idempotencykey")


@pytest.mark.parametrize(
    "statement, table, what",
    [
        (f"UPDATE holds_hold SET remaining = 1, status = 'active' WHERE id = {HOLD}", "holds_hold", "remaining"),
        (f"UPDATE holds_hold SET captured = 54 WHERE id = {HOLD}", "holds_hold", "captured"),
        (f"UPDATE holds_hold SET description = 'Motel' WHERE id = {HOLD}", "holds_hold", "description"),
        (
            "UPDATE holds_hold SET expires_at = NULL WHERE entity_id = %(entity)s AND expires_at IS NOT NULL",
            "holds_hold",
            "expires_at",
        ),
        (
            "UPDATE holds_holdentry SET expires_at = '2097-01-01Z' WHERE entity_id = %(entity)s AND action = 'extended'",
            "holds_holdentry",
            "expires_at",
        ),
        (f"UPDATE holds_hold SET metadata = '{{}}' WHERE id = {HOLD}", "holds_hold", "metadata"),
        (f"UPDATE holds_hold SET event_sequence = 1 WHERE id = {HOLD}", "holds_hold", "hold"),
        (f"UPDATE holds_holdentry SET amount = 1 WHERE hold_id = {HOLD} AND number = 2", "holds_holdentry", "amount"),
        (
            f"UPDATE holds_holdentry SET effective_date = '2026-03-03' WHERE hold_id = {HOLD} AND number = 2",
            "holds_holdentry",
            "effective_date",
        ),
        (f"DELETE FROM holds_holdentry WHERE hold_id = {HOLD} AND number = 2", "holds_holdentry", "entry of event"),
        (
            f"UPDATE holds_holdentry SET event_sequence = 3 WHERE hold_id = {HOLD} AND number = 2",
            "holds_holdentry",
            "entry of event 3",
        ),
        (
            """UPDATE accounts_balance SET held = 3 WHERE account_id =
               (SELECT id FROM accounts_account WHERE entity_id = %(entity)s AND code = 'wallet')""",
            "accounts_balance",
            "held",
        ),
        (
            f"""DELETE FROM books_idempotencykey WHERE entity_id = %(entity)s AND event_sequence =
                (SELECT event_sequence FROM holds_hold WHERE id = {HOLD})""",
            "books_idempotencykey",
            "key of event",
        ),
    ],
    ids=[
        "revived", "captured", "described", "extended", "extension", "metadata", "no placing", "amount", "date", "no entry", "extra entry", "held",
        "key",
    ],
)  # fmt: skip
def test_a_wrong_row_of_a_hold_is_named(statement: str, table: str, what: str) -> None:
    entity = a_busy_wallet()
    with connect() as connection:
        for name in OTHERS:
            connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER".encode())
        assert connection.execute(statement.encode(), {"entity": entity.id}).rowcount == 1
        faults = verify_in(connection, entity.id).faults
        connection.rollback()
    assert any(fault.table == table and fault.what.startswith(what) for fault in faults), faults


@pytest.mark.parametrize(
    "type_, replace, what",
    [
        ("hold.placed", ('"moved":"60.00"', '"moved":"61.00"'), "held of wallet"),
        ("hold.placed", ('"status":"active"', '"status":"captured"'), "status"),
        ("hold.captured", ('"moved":"25.00"', '"moved":"26.00"'), "captured"),
        ("hold.captured", ('"remaining":"35.00"', '"remaining":"36.00"'), "remaining"),
        ("hold.captured", ('"number":2', '"number":3'), "number"),
        ("hold.extended", ('"moved":"0.00"', '"moved":"0.10"'), "moved"),
        ("hold.extended", ('"number":2', f'"expired_before":{LATER},"number":2'), "expired_before"),
        ("hold.captured", ('"effective_date"', f'"expires_at":{LATER},"effective_date"'), "expires_at"),
        ("hold.released", ('"status":', '"state":'), "data"),
        ("hold.placed", ('"account":"wallet","amount"', '"account":"wall","amount"'), "account of the hold"),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else value,
)
def test_a_forged_event_of_a_hold_is_named(type_: str, replace: tuple[str, str], what: str) -> None:
    """Its hash is wrong too; what it says is found to be wrong by itself."""
    entity = a_busy_wallet()
    event = Event.objects.filter(entity=entity, type=type_, data__contains=replace[0]).order_by("sequence")[0]
    with connect() as connection:
        connection.execute(b"ALTER TABLE books_event DISABLE TRIGGER USER")
        connection.execute(
            b"UPDATE books_event SET data = replace(data, %s, %s) WHERE entity_id = %s AND sequence = %s",
            (*replace, entity.id, event.sequence),
        )
        faults = verify_in(connection, entity.id).faults
        connection.rollback()
    assert what in {fault.what for fault in faults if fault.key == str(event.sequence)}, faults


def test_a_step_of_a_hold_that_was_never_placed() -> None:
    """Its placing was renamed behind the guards' back."""
    entity = a_busy_wallet()
    with connect() as connection:
        connection.execute(b"ALTER TABLE books_event DISABLE TRIGGER USER")
        connection.execute(
            b"UPDATE books_event SET type = 'held.placed' WHERE entity_id = %s AND type = 'hold.placed'", (entity.id,)
        )
        faults = verify_in(connection, entity.id).faults
        connection.rollback()
    assert ("books_event", "hold") in {(fault.table, fault.what) for fault in faults}
    assert ("holds_hold", "hold") in {(fault.table, fault.what) for fault in faults}
