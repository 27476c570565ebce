"""Proof of the books: clean books are proven, and of wrong ones the wrong row is named.

Each test changes the rows behind the guards' back, in a transaction that nobody commits, and verifies inside it.
"""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command

from journals.proof.ledger import verify, verify_books, verify_in
from ledgerflow.books.faults import Fault, same
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import NotFound
from tests.attacks import connect
from tests.builders import an_account, an_entity
from tests.eventful import faults_after


def test_eventful_books_are_proven(entity: Entity) -> None:
    verified = verify(entity.id)
    assert [str(fault) for fault in verified.faults] == []
    newest = entity.events.order_by("-sequence")[0]
    assert (verified.events, verified.head) == (newest.sequence, bytes(newest.hash))
    assert (verified.journals, verified.postings) == (6, 15)


def test_empty_books_are_proven() -> None:
    assert verify_books(an_entity().id) == []


def test_unknown_books_are_not() -> None:
    with pytest.raises(NotFound):
        verify_books(uuid4())


CASH = "(SELECT id FROM accounts_account WHERE entity_id = %(entity)s AND code = 'cash')"
WALLET = CASH.replace("cash", "wallet")
FIRST = "(SELECT id FROM journals_journal WHERE entity_id = %(entity)s AND number = 1)"
EVENT = "entity_id = %(entity)s AND sequence = (SELECT max(sequence) - 2 FROM books_event WHERE entity_id = %(entity)s)"


@pytest.mark.parametrize(
    "change, table, what",
    [
        # The log itself
        (f"UPDATE books_event SET actor = 'another' WHERE {EVENT}", "books_event", "hash"),
        (f"UPDATE books_event SET type = 'x' WHERE {EVENT}", "books_event", "hash"),
        (f"UPDATE books_event SET subject = 'x' WHERE {EVENT}", "books_event", "hash"),
        (f"UPDATE books_event SET data = '{{}}' WHERE {EVENT}", "books_event", "hash"),
        (f"UPDATE books_event SET id = gen_random_uuid() WHERE {EVENT}", "books_event", "hash"),
        (f"UPDATE books_event SET hash = sha256('x') WHERE {EVENT}", "books_event", "hash"),
        (f"UPDATE books_event SET recorded_at = recorded_at + interval '1 us' WHERE {EVENT}", "books_event", "hash"),
        (f"DELETE FROM books_event WHERE {EVENT}", "books_event", "sequence"),
        (f"UPDATE books_event SET recorded_at = '2020-01-01' WHERE {EVENT}", "books_event", "recorded_at"),
        # Journals
        (f"UPDATE journals_journal SET description = 'x' WHERE id = {FIRST}", "journals_journal", "description"),
        (f"UPDATE journals_journal SET external_reference = 'x' WHERE id = {FIRST}", "journals_journal", "external_reference"),
        (f"UPDATE journals_journal SET actor = 'x' WHERE id = {FIRST}", "journals_journal", "actor"),
        (f"UPDATE journals_journal SET kind = 'x' WHERE id = {FIRST}", "journals_journal", "kind"),
        (f"UPDATE journals_journal SET layer = 'closing' WHERE id = {FIRST}", "journals_journal", "layer"),
        (f"UPDATE journals_journal SET metadata = '{{}}' WHERE id = {FIRST}", "journals_journal", "metadata"),
        (f"UPDATE journals_journal SET effective_date = '2026-03-01' WHERE id = {FIRST}", "journals_journal", "effective_date"),
        (f"UPDATE journals_journal SET recorded_at = recorded_at - interval '1 us' WHERE id = {FIRST}", "journals_journal", "recorded_at"),
        (f"UPDATE journals_journal SET number = 100 WHERE id = {FIRST}", "journals_journal", "journal of event"),
        (f"UPDATE journals_journal SET event_sequence = 1 WHERE id = {FIRST}", "journals_journal", "journal of event"),
        (f"UPDATE journals_journal SET event_sequence = 9999 WHERE id = {FIRST}", "journals_journal", "journal of event"),
        ("UPDATE journals_journal SET reverses_id = NULL WHERE reverses_id IS NOT NULL AND entity_id = %(entity)s", "journals_journal", "reverses_id"),
        (f"UPDATE journals_journal SET id = gen_random_uuid() WHERE id = {FIRST}", "journals_journal", "id"),
        # Postings
        (f"UPDATE journals_posting SET amount = amount * 2 WHERE journal_id = {FIRST}", "journals_posting", "amount"),
        (f"UPDATE journals_posting SET amount = -amount WHERE journal_id = {FIRST}", "journals_posting", "amount"),
        (f"UPDATE journals_posting SET account_id = {WALLET}, account_version = 99 WHERE journal_id = {FIRST} AND line = 1", "journals_posting", "account_id"),
        (f"UPDATE journals_posting SET effective_date = '2026-03-01' WHERE journal_id = {FIRST}", "journals_posting", "effective_date"),
        (f"UPDATE journals_posting SET account_version = 99 WHERE journal_id = {FIRST} AND line = 1", "journals_posting", "account_version"),
        (f"UPDATE journals_posting SET balance_after = 1 WHERE journal_id = {FIRST} AND line = 1", "journals_posting", "balance_after"),
        (f"UPDATE journals_posting SET event_sequence = 1 WHERE journal_id = {FIRST}", "journals_posting", "event_sequence"),
        (f"UPDATE journals_posting SET description = 'x' WHERE journal_id = {FIRST}", "journals_posting", "description"),
        (f"UPDATE journals_posting SET dimensions = '{{\"project\": \"y\"}}' WHERE journal_id = {FIRST}", "journals_posting", "dimensions"),
        (f"UPDATE journals_posting SET line = 3 WHERE journal_id = {FIRST} AND line = 1", "journals_posting", "line"),
        (f"DELETE FROM journals_posting WHERE journal_id = {FIRST} AND line = 2", "journals_posting", "line"),
        (f"INSERT INTO journals_posting (journal_id, line, amount, effective_date, entity_id, currency, account_version, balance_after, event_sequence, description, account_id) SELECT journal_id, 3, amount, effective_date, entity_id, currency, 77, balance_after, event_sequence, description, account_id FROM journals_posting WHERE journal_id = {FIRST} AND line = 2", "journals_posting", "line"),
        # Keys
        ("UPDATE books_idempotencykey SET fingerprint = 'x' WHERE key = 'first' AND entity_id = %(entity)s", "books_idempotencykey", "fingerprint"),
        ("UPDATE books_idempotencykey SET event_sequence = 2 WHERE key = 'first' AND entity_id = %(entity)s", "books_idempotencykey", "key of event"),
        ("UPDATE books_idempotencykey SET event_sequence = 0 WHERE key = 'first' AND entity_id = %(entity)s", "books_idempotencykey", "key of event"),
        ("UPDATE books_idempotencykey SET key = 'other' WHERE key = 'first' AND entity_id = %(entity)s", "books_idempotencykey", "key of event"),
        ("UPDATE books_idempotencykey SET issuer = 'openings' WHERE key = 'first' AND entity_id = %(entity)s", "books_idempotencykey", "key of event"),
        ("DELETE FROM books_idempotencykey WHERE key = 'first' AND entity_id = %(entity)s", "books_idempotencykey", "key of event"),
        ("INSERT INTO books_idempotencykey (entity_id, issuer, key, fingerprint, event_sequence) VALUES (%(entity)s, 'client', 'extra', 'x', 9999)", "books_idempotencykey", "key of event"),
        # Balances
        (f"UPDATE accounts_balance SET debits = debits + 1 WHERE account_id = {CASH}", "accounts_balance", "debits"),
        (f"UPDATE accounts_balance SET credits = credits + 1 WHERE account_id = {CASH}", "accounts_balance", "credits"),
        (f"UPDATE accounts_balance SET held = 1 WHERE account_id = {CASH}", "accounts_balance", "held"),
        (f"UPDATE accounts_balance SET version = version + 1 WHERE account_id = {CASH}", "accounts_balance", "version"),
        (f"UPDATE accounts_balance SET normal_sign = -1 WHERE account_id = {CASH}", "accounts_balance", "normal_sign"),
        (f"UPDATE accounts_balance SET min_balance = -1 WHERE account_id = {CASH}", "accounts_balance", "min_balance"),
        (f"UPDATE accounts_balance SET max_balance = NULL WHERE account_id = {WALLET}", "accounts_balance", "max_balance"),
        (f"DELETE FROM accounts_balance WHERE account_id = {CASH}", "accounts_balance", "balance"),
        # Day totals
        (f"UPDATE journals_daytotal SET debits = debits + 1 WHERE account_id = {CASH}", "journals_daytotal", "debits"),
        (f"UPDATE journals_daytotal SET credits = credits + 1 WHERE account_id = {CASH}", "journals_daytotal", "credits"),
        (f"UPDATE journals_daytotal SET count = count + 1 WHERE account_id = {CASH}", "journals_daytotal", "count"),
        (f"UPDATE journals_daytotal SET layer = 'closing' WHERE account_id = {CASH}", "journals_daytotal", "row"),
        (f"UPDATE journals_daytotal SET part = 7 WHERE account_id = {CASH}", "journals_daytotal", "row"),
        (f"DELETE FROM journals_daytotal WHERE account_id = {CASH}", "journals_daytotal", "row"),
        # Accounts
        (f"UPDATE accounts_account SET name = 'x' WHERE id = {CASH}", "accounts_account", "name"),
        (f"UPDATE accounts_account SET code = 'x' WHERE id = {CASH}", "accounts_account", "code"),
        (f"UPDATE accounts_account SET metadata = '{{}}' WHERE id = {CASH}", "accounts_account", "metadata"),
        (f"UPDATE accounts_account SET role = '' WHERE id = {CASH}", "accounts_account", "role"),
        (f"UPDATE accounts_account SET cash_flow = 'cash' WHERE id = {CASH}", "accounts_account", "cash_flow"),
        (f"UPDATE accounts_account SET term = 'current' WHERE id = {CASH}", "accounts_account", "term"),
        (f"UPDATE accounts_account SET owner_id = 'x' WHERE id = {CASH}", "accounts_account", "owner_id"),
        (f"UPDATE accounts_account SET monetary = false WHERE id = {CASH}", "accounts_account", "monetary"),
        (f"UPDATE accounts_account SET normal_side = 'credit' WHERE id = {CASH}", "accounts_account", "normal_side"),
        (f"UPDATE accounts_account SET parent_id = NULL WHERE id = {CASH}", "accounts_account", "parent"),
        (f"UPDATE accounts_account SET inflow_frozen = true WHERE id = {CASH}", "accounts_account", "inflow_frozen"),
        (f"UPDATE accounts_account SET outflow_frozen = true WHERE id = {CASH}", "accounts_account", "outflow_frozen"),
        (f"UPDATE accounts_account SET closed_at = now() WHERE id = {CASH}", "accounts_account", "closed_at"),
        (f"UPDATE accounts_account SET opened_at = now() WHERE id = {CASH}", "accounts_account", "opened_at"),
        (f"UPDATE accounts_account SET revision = 1 WHERE id = {CASH}", "accounts_account", "revision"),
        ("UPDATE accounts_account SET closed_at = NULL WHERE code = 'old' AND entity_id = %(entity)s", "accounts_account", "closed_at"),
        # The entity and its currencies
        ("UPDATE books_entity SET business_date = business_date + 1 WHERE id = %(entity)s", "books_entity", "business_date"),
        ("UPDATE books_entity SET base_currency = 'USD' WHERE id = %(entity)s", "books_entity", "base_currency"),
        ("UPDATE books_entity SET first_business_date = '2020-01-01' WHERE id = %(entity)s", "books_entity", "first_business_date"),
        ("UPDATE books_entity SET dimensions = '[]' WHERE id = %(entity)s", "books_entity", "dimensions"),
        ("UPDATE books_entity SET code = 'renamed' WHERE id = %(entity)s", "books_entity", "code"),
        ("UPDATE accounts_currency SET minor_units = 17 WHERE code = 'ETH' AND entity_id = %(entity)s", "accounts_currency", "minor_units"),
        ("INSERT INTO accounts_currency (id, entity_id, code, name, minor_units, is_custom) VALUES (gen_random_uuid(), %(entity)s, 'QQQ', '', 2, true)", "accounts_currency", "row"),
        ("UPDATE accounts_currency SET minor_units = 3 WHERE code = 'EUR' AND entity_id = %(entity)s", "accounts_currency", "minor_units"),
        ("UPDATE accounts_currency SET is_custom = true WHERE code = 'EUR' AND entity_id = %(entity)s", "accounts_currency", "is_custom"),
        ("UPDATE accounts_currency SET is_money = false WHERE code = 'ETH' AND entity_id = %(entity)s", "accounts_currency", "is_money"),
        ("UPDATE books_entity SET name = 'other' WHERE id = %(entity)s", "books_entity", "name"),
        ("UPDATE books_entity SET time_zone = 'Asia/Tokyo' WHERE id = %(entity)s", "books_entity", "time_zone"),
        (f"UPDATE accounts_balance SET overridden = true WHERE account_id = {CASH}", "accounts_balance", "overridden"),
    ],
)  # fmt: skip
def test_the_first_wrong_row_is_named(
    unguarded: psycopg.Connection[Any], entity: Entity, change: str, table: str, what: str
) -> None:
    unguarded.execute("ALTER TABLE journals_posting DROP CONSTRAINT posting_account")
    unguarded.execute("ALTER TABLE journals_posting DROP CONSTRAINT posting_of_journal")
    faults = faults_after(unguarded, entity, change)
    assert faults, "tampered books were proven"
    first = faults[0]
    assert first.table == table
    assert first.what.startswith(what), faults


def test_a_changed_amount_is_one_fault_and_says_all(unguarded: psycopg.Connection[Any], entity: Entity) -> None:
    """The row that was changed, and the day total that no longer adds up: not every row after it."""
    change = f"UPDATE journals_posting SET amount = 99.00 WHERE journal_id = {FIRST} AND line = 1"
    first, *others = faults_after(unguarded, entity, change)
    assert first.table == "journals_posting"
    assert first.key.endswith("/1")
    assert (first.what, first.expected, first.found) == ("amount", "100.00", "99.00")
    assert [fault.table for fault in others] == ["journals_daytotal"]
    assert str(first) == f"journals_posting {first.key}: amount should be 100.00, is 99.00"


def test_the_scale_of_an_amount_does_not_matter(unguarded: psycopg.Connection[Any], entity: Entity) -> None:
    change = f"UPDATE journals_posting SET amount = trim_scale(amount), balance_after = trim_scale(balance_after) WHERE journal_id = {FIRST}"
    assert faults_after(unguarded, entity, change) == []


def test_a_journal_that_vanished_is_one_journal(unguarded: psycopg.Connection[Any], entity: Entity) -> None:
    faults = faults_after(
        unguarded,
        entity,
        f"DELETE FROM journals_posting WHERE journal_id = {FIRST}",
        "DELETE FROM journals_journal WHERE entity_id = %(entity)s AND number = 1",
    )
    assert (faults[0].table, faults[0].expected, faults[0].found) == ("journals_journal", "a row", "absent")
    assert {fault.table for fault in faults[1:]} == {"journals_daytotal"}


def test_two_journals_that_changed_places(unguarded: psycopg.Connection[Any], entity: Entity) -> None:
    faults = faults_after(
        unguarded,
        entity,
        "UPDATE journals_journal SET number = -number WHERE entity_id = %(entity)s AND number <= 2",
        "UPDATE journals_journal SET number = 3 + number WHERE entity_id = %(entity)s AND number < 0",
    )
    assert faults[0].table == "journals_journal"


def test_a_balance_out_of_range_without_its_mark(unguarded: psycopg.Connection[Any], entity: Entity) -> None:
    for name in ("balance_min", "balance_max"):
        unguarded.execute(f"ALTER TABLE accounts_balance DROP CONSTRAINT {name}".encode())
    low, *_ = faults_after(
        unguarded, entity, f"UPDATE accounts_balance SET overridden = false WHERE account_id = {WALLET}"
    )
    assert (low.table, low.key, low.what, low.expected) == ("accounts_balance", "wallet", "available", "at least 0.00")
    faults = faults_after(
        unguarded, entity, f"UPDATE accounts_balance SET max_balance = -60 WHERE account_id = {WALLET}"
    )
    assert "at most -60" in {fault.expected for fault in faults}


def test_books_without_a_beginning(unguarded: psycopg.Connection[Any], entity: Entity) -> None:
    faults = faults_after(unguarded, entity, "DELETE FROM books_event WHERE entity_id = %(entity)s AND sequence = 1")
    assert (faults[0].table, faults[0].key, faults[0].what) == ("books_event", "2", "sequence")
    assert Fault("books_event", "1", "type", "entity.created", "absent") in faults


def test_an_account_without_events_and_events_without_account(
    unguarded: psycopg.Connection[Any], entity: Entity
) -> None:
    faults = faults_after(
        unguarded,
        entity,
        "DELETE FROM accounts_balance WHERE account_id = (SELECT id FROM accounts_account WHERE entity_id = %(entity)s AND code = 'old')",
        "DELETE FROM accounts_account WHERE entity_id = %(entity)s AND code = 'old'",
    )
    assert [(f.table, f.key, f.expected, f.found) for f in faults] == [("accounts_account", "old", "a row", "absent")]
    faults = faults_after(
        unguarded,
        entity,
        """INSERT INTO accounts_account (id, entity_id, code, name, type, currency, normal_side, is_header, monetary,
               owner_id, role, cash_flow, term, metadata, outflow_frozen, inflow_frozen, opened_at, revision)
           VALUES (gen_random_uuid(), %(entity)s, 'ghost', '', 'asset', 'EUR', 'debit', false, true, '', '', '', '', '{}',
               false, false, now(), 1)""",
    )
    assert ("accounts_account", "ghost", "absent") in {(fault.table, fault.key, fault.expected) for fault in faults}


def test_it_stops_when_enough_is_wrong(unguarded: psycopg.Connection[Any], entity: Entity) -> None:
    unguarded.execute("UPDATE journals_posting SET description = 'x' WHERE entity_id = %s", (entity.id,))
    verified = verify_in(unguarded, entity.id, max_faults=3)
    assert len(verified.faults) == 3
    assert verified.journals == 2


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    monkeypatch.setattr("journals.proof.ledger.PROGRESS_EVERY", 10)
    told: list[int] = []
    events = verify(entity.id, progress=told.append).events
    assert told == list(range(10, events + 1, 10))


@pytest.mark.parametrize(
    "one, other, equal",
    [
        (1e300, 10**300, True),
        (1.0, 1, True),
        (True, 1, False),
        (True, True, True),
        ("1", 1, False),
        ([1, {"a": None}], [1, {"a": None}], True),
        ([1], [1, 2], False),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, [1], False),
        (None, 0, False),
        (Decimal("1.50"), Decimal("1.5"), True),
    ],
)
def test_what_counts_as_the_same(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_command_proves_and_sums_up(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = StringIO(), Terminal()
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setattr("journals.proof.ledger.PROGRESS_EVERY", 10)
    call_command("verify_ledger", entity=entity.code, stdout=out, stderr=err)
    head = bytes(entity.events.order_by("-sequence")[0].hash).hex()
    assert out.getvalue() == (
        f"{entity.code}: proven: {entity.events.count()} events, 6 journals, 15 postings, head {head}\n"
    )
    assert f"\r{entity.code}: 10 of {entity.events.count()} events" in err.getvalue()


def test_the_command_fails_on_a_fault_and_on_unknown_books() -> None:
    entity = an_entity()
    an_account(entity, "cash")
    with connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE books_entity SET business_date = business_date + 1 WHERE id = %s", (entity.id,))
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("verify_ledger", entity=entity.code, stdout=out, max_faults=1)
    with connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE books_entity SET business_date = business_date - 1 WHERE id = %s", (entity.id,))
    assert failed.value.returncode == 1
    assert f"{entity.code}: FIRST WRONG ROW: books_entity {entity.code}: business_date should be" in out.getvalue()
    assert f"{entity.code}: stopped after 1 faults" in out.getvalue()
    assert str(failed.value) == "1 of 1 sets of books are wrong."
    with pytest.raises(CommandError) as unknown:
        call_command("verify_ledger", entity="nobody")
    assert unknown.value.returncode == 2


def test_the_command_looks_for_rows_in_no_books_too(monkeypatch: pytest.MonkeyPatch) -> None:
    orphan = Fault("accounts_balance", "7", "account_id", "a row of accounts_account", "7")
    monkeypatch.setattr("journals.proof.management.commands.verify_ledger.find_orphans", lambda _connection: [orphan])
    monkeypatch.setattr(Entity.objects, "order_by", lambda _field: Entity.objects.none())
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 rows are in no books\.$"):
        call_command("verify_ledger", stdout=out)
    assert out.getvalue() == f"in no books: {orphan}\n"


def test_a_check_that_cannot_be_carried_out_is_a_finding_and_ends_nothing(
    unguarded: psycopg.Connection[Any], entity: Entity
) -> None:
    """The table of the holds is gone, and the accounts are looked at all the same."""
    unguarded.execute("DROP TABLE holds_hold CASCADE")
    change = f"UPDATE accounts_account SET name = 'x' WHERE id = {CASH}"
    name, missing = faults_after(unguarded, entity, change)
    assert (name.table, name.what) == ("accounts_account", "name")
    assert (missing.table, missing.key, missing.what) == ("verifier", "holds", "comparison")
    assert "holds_hold" in missing.found
