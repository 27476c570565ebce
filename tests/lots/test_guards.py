"""Lots by plain SQL: what their rows can hold, that what is left moves with entries alone, and pins with holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from journals.lots.models import Lot
from journals.posting import post
from ledgerflow.books.models import Entity
from tests.attacks import connect, refused_by
from tests.builders import an_entity
from tests.lots.granting import credit_books, sale, spend
from tests.lots.test_lots import hold

pytestmark = pytest.mark.every_server

UPDATE = "UPDATE lots_lot SET {} WHERE id = %(lot)s"
ENTRY = (
    "INSERT INTO lots_lotentry (lot_id, number, entity_id, account_id, journal_id, place, action, amount, remaining, "
    "cost, effective_date, event_sequence, recorded_at) SELECT lot_id, {number}, entity_id, {account}, {journal}, 9, "
    "'{action}', {amount}, 0, 0, effective_date, {sequence}, recorded_at FROM lots_lotentry WHERE lot_id = %(lot)s "
    "AND number = 2"
)
AS_IT_IS = {"number": 3, "account": "account_id", "journal": "journal_id", "action": "spent", "amount": 1,
            "sequence": "event_sequence"}  # fmt: skip
LOT = (
    "INSERT INTO lots_lot (id, entity_id, account_id, currency, journal_id, line, event_sequence, arrival, amount, "
    "remaining, pinned, entries, priority, valid_from, expires_on, paid, cost, cost_left, cost_currency, "
    "expiry_account, deferred_account, income_account, breakage_account) SELECT gen_random_uuid(), {entity}, {account}, "
    "{currency}, journal_id, 1, event_sequence, {arrival}, 5, 5, 0, 0, 0, valid_from, expires_on, paid, 0, 0, '', "
    "expiry_account, '', '', '' FROM lots_lot WHERE id = %(lot)s"
)
PIN = (
    "INSERT INTO lots_pin (hold_id, lot_id, account_id, entity_id, amount) SELECT {}, account_id, entity_id, 1 "
    "FROM lots_pin WHERE lot_id = %(lot)s"
)
NEW = {"entity": "entity_id", "account": "account_id", "currency": "currency", "arrival": 9}


def entry(**changes: object) -> str:
    return ENTRY.format(**AS_IT_IS | changes)


def lot(**changes: object) -> str:
    return LOT.format(**NEW | changes)


ATTACKS = [
    ("lot_amounts_sane", UPDATE.format("remaining = -1")),
    ("lot_amounts_sane", UPDATE.format("remaining = 11")),
    ("lot_amounts_sane", UPDATE.format("pinned = 9")),
    ("lot_cost_sane", UPDATE.format("cost_left = 2")),
    ("lot_made_by_entries", UPDATE.format("remaining = 5")),
    ("lot_made_by_entries", UPDATE.format("cost_left = 0.5")),
    ("lot_made_by_entries", UPDATE.format("entries = 3, remaining = 5")),
    ("lot_entries_only_grow", UPDATE.format("entries = 1")),
    ("lot_pinned_by_holds", UPDATE.format("pinned = 1")),
    ("lot_pinned_by_holds", "UPDATE lots_pin SET amount = 1 WHERE lot_id = %(lot)s"),
    ("lot_pin_amount_sane", "UPDATE lots_pin SET amount = -1 WHERE lot_id = %(lot)s"),
    ("pin_only_shrinks", "UPDATE lots_pin SET amount = 3 WHERE lot_id = %(lot)s"),
    ("pin_only_shrinks", "DELETE FROM lots_pin WHERE lot_id = %(lot)s"),
    ("lot_is_kept", "DELETE FROM lots_lot WHERE id = %(lot)s"),
    ("lot_identity_is_fixed", UPDATE.format("expires_on = expires_on + 30")),
    ("lot_identity_is_fixed", UPDATE.format("cost = cost + 1")),
    ("lot_identity_is_fixed", UPDATE.format("usable_for = '[]'")),
    ("lot_expiry_sane", lot().replace("valid_from, expires_on,", "expires_on, valid_from,", 1)),
    ("lot_priority_sane", lot().replace(" 0, 0, 0, valid_from", " 0, 0, -1, valid_from")),
    ("lot_arrival_unique", lot(arrival=1)),
    ("lots_lot_pkey", lot().replace("gen_random_uuid()", "id")),
    ("lots_lotentry_pkey", entry(number=2)),
    ("lots_pin_pkey", PIN.format("hold_id, lot_id")),
    ("lot_made_by_entries", lot()),
    ("lot_account_of_entity", lot(currency="'EUR'")),
    ("lot_account_of_entity", lot(entity="%(stranger)s::uuid")),
    ("lot_of_account_that_keeps_them", lot(account="%(used)s::uuid").replace(" 5, 5, 0", " 5, 0, 0")),
    ("lot_entry_counted", entry()),
    ("lot_entry_amounts_sane", entry(amount=0)),
    ("lot_entry_action_known", entry(action="granted")),
    ("lot_entry_of_lot", entry(account="%(used)s::uuid")),
    ("lot_entry_of_journal", entry(journal="gen_random_uuid()")),
    (
        "lot_entry_has_event",
        f"WITH made AS ({entry(sequence='event_sequence + 100')} RETURNING 1) "
        + UPDATE.format("remaining = 7, entries = 2 + (SELECT count(*) FROM made)"),
    ),
    ("history_is_immutable", "UPDATE lots_lotentry SET amount = 1"),
    ("lot_entry_place_unique", entry().replace(" 9, ", " 0, ")),
    ("pin_of_hold", PIN.format("gen_random_uuid(), lot_id")),
    ("pin_of_lot", PIN.format("hold_id, gen_random_uuid()")),
    ("account_lots_are_fixed", "UPDATE accounts_account SET keeps_lots = false WHERE code = 'wallet'"),
    ("account_lots_of_no_header", "UPDATE accounts_account SET keeps_lots = true, is_header = true WHERE id = %(empty)s"),
]  # fmt: skip


@pytest.fixture(scope="module")
def books(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Entity, dict[str, object]]]:
    with django_db_blocker.unblock():
        entity = credit_books()
        post(entity.id, sale("10", "1.00", expires_on=3, usable_for=()))
        post(entity.id, spend("2"))
        hold(entity, "2")
        row = Lot.objects.get(entity=entity)
        used = entity.accounts.get(code="used").id
        yield (
            entity,
            {"lot": row.id, "used": used, "stranger": an_entity().id, "empty": entity.accounts.get(code="other").id},
        )


@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=lambda number: f"{number}-{ATTACKS[number][0]}")
def test_lots_are_guarded(books: tuple[Entity, dict[str, object]], number: int) -> None:
    constraint, statement = ATTACKS[number]
    with connect() as connection, refused_by(constraint):
        connection.execute(statement.encode(), books[1])
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_lot_is_there_once_for_its_account(books: tuple[Entity, dict[str, object]]) -> None:
    """Each of the two keys alone refuses the second row."""
    with connect() as connection, refused_by("lot_account_unique"):
        connection.execute("ALTER TABLE lots_lot DROP CONSTRAINT lots_lot_pkey CASCADE")
        connection.execute(lot().replace("gen_random_uuid()", "id").encode(), books[1])
