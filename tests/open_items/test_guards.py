"""Open items are history that comes with its event, and nothing is allocated beyond its amount, whoever writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from ledgerflow.books.models import Entity
from recon.open_items.keeping import keep_open_items
from recon.open_items.use_cases import undo_allocation
from tests.approving import go_on_to
from tests.attacks import Attack, connect, refused_by
from tests.builders import an_entity
from tests.concurrency.races import Racer
from tests.open_items.invoicing import (
    a_key,
    allocated,
    booked,
    chart_of_trade,
    invoice,
    payment,
    reversed_,
    some_items,
)

pytestmark = pytest.mark.every_server

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 6)
STRANGER = UUID("0190a000-0000-7000-8000-000000000000")
TABLES = ("itemaccount", "duedate", "allocation", "allocationundo")
GUARDS = ("item_account_guard", "due_date_guard", "allocation_guard", "allocation_undo_guard")


@pytest.fixture(scope="module")
def house() -> Entity:
    """Invoices of 10.00 that are paid, one of 100.00 and its payment of 60.00 that are not, one that was reversed."""
    entity = an_entity(dimensions=["party"])
    made = some_items(entity)
    chart_of_trade(entity)
    go_on_to(entity, LAST)
    invoice(entity, "100.00", reference="BIG", day=FIRST)
    payment(entity, "60.00", reference="PAID", day=FIRST)
    reversed_(entity, invoice(entity, "5.00", reference="BACK", day=FIRST))
    undo_allocation(entity.id, made["undone_allocation_id"], day=date(2026, 3, 4), key=a_key(), actor="test")
    booked(entity, "BANK", "SALES", "1.00", reference="NONE", day=FIRST)
    return entity


@pytest.fixture
def forge(house: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, house)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def row_of(forge: Attack, table: str) -> dict[str, Any]:
    cursor = forge.connection.cursor(row_factory=dict_row)
    sql = f"SELECT * FROM open_items_{table} WHERE entity_id = %s ORDER BY event_sequence DESC LIMIT 1"
    found = cursor.execute(sql.encode(), (forge.books.id,)).fetchone()
    assert found is not None
    return found


def copy_of(forge: Attack, table: str, **changes: Any) -> None:
    forge.insert(f"open_items_{table}", **row_of(forge, table) | changes)


def without(forge: Attack, *triggers: str) -> None:
    """With these out of the way, what is under attack is what answers."""
    for name in triggers:
        table = forge.value("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", name)
        forge.run(f"ALTER TABLE {table} DISABLE TRIGGER {name}")


def posting(forge: Attack, reference: str, account: str = "DEBTORS") -> tuple[UUID, int, UUID]:
    """The account, the version and the journal of an item."""
    row = forge.run(
        """
        SELECT p.account_id, p.account_version, p.journal_id
        FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
        JOIN accounts_account a ON a.id = p.account_id
        WHERE j.entity_id = %s AND j.external_reference = %s AND a.code = %s
        """, forge.books.id, reference, account,
    ).fetchone()  # fmt: skip
    assert row is not None
    return row[0], row[1], row[2]


def allocate(forge: Attack, amount: str, debit: str = "BIG", credit: str = "PAID", **changes: Any) -> None:
    """An allocation as the books would make one, but for its event and the changes."""
    account, version, _ = posting(forge, debit)
    other = posting(forge, credit)[1]
    row = {"account_id": account, "debit_version": version, "credit_version": other, "amount": amount, "id": uuid4()}
    copy_of(forge, "allocation", **row | {"event_sequence": 1, "allocated_on": FIRST} | changes)


def test_nothing_is_allocated_beyond_its_amount(forge: Attack) -> None:
    allocate(forge, "60.00")
    with refused_by("allocation_within_amounts"):
        allocate(forge, "0.01", place=2)


def test_two_at_once_wait_for_each_other(forge: Attack) -> None:
    """Who allocates holds the lock of the books until he is done, so that the second sees what the first took."""
    allocate(forge, "60.00")
    with connect() as connection:
        connection.execute("SET lock_timeout = '1ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            allocate(Attack(connection, forge.books), "60.00", id=uuid4(), place=2)
        connection.rollback()


def test_people_allocate_once_however_many_they_are(house: Entity) -> None:
    one, paid = invoice(house, "100.00", day=FIRST), payment(house, "100.00", day=FIRST)
    racers = [Racer(lambda: allocated(house, one, paid, "60.00")) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(type(racer.outcome).__name__ for racer in racers) == ["Allocated", *["OverAllocated"] * 3]


def test_what_was_undone_counts_for_the_days_between(forge: Attack) -> None:
    undone = forge.value(
        "SELECT allocation_id FROM open_items_allocationundo WHERE entity_id = %s LIMIT 1", forge.books.id
    )
    cursor = forge.connection.cursor(row_factory=dict_row)
    row = cursor.execute("SELECT * FROM open_items_allocation WHERE id = %s", (undone,)).fetchone()
    assert row is not None
    again = row | {"id": uuid4(), "place": 2}
    with refused_by("allocation_within_amounts"), forge.connection.transaction():
        forge.insert("open_items_allocation", **again)
    forge.insert("open_items_allocation", **again | {"allocated_on": date(2026, 3, 4)})


def test_both_sides_are_items_that_are_there(forge: Attack) -> None:
    cases: list[dict[str, Any]] = [
        {"debit": "BACK", "allocated_on": date(2026, 12, 31)}, {"debit": "PAID"}, {"credit": "BIG"}, {"allocated_on": date(2026, 3, 1)},
        {"debit_version": 99}, {"account_id": posting(forge, "NONE", "BANK")[0]}, {"account_id": STRANGER},
    ]  # fmt: skip
    for changes in cases:
        with refused_by("allocation_of_items"), forge.connection.transaction():
            allocate(forge, "1.00", **changes)
    with refused_by("entity_exists"):
        allocate(forge, "1.00", entity_id=STRANGER)


def test_an_amount_is_above_zero_and_comes_from_somewhere(forge: Attack) -> None:
    with refused_by("allocation_positive"), forge.connection.transaction():
        allocate(forge, "0")
    with refused_by("allocation_source_known"), forge.connection.transaction():
        allocate(forge, "1.00", source="x")
    with refused_by("open_items_allocation_place_check"):
        allocate(forge, "1.00", place=-1)


def test_an_allocation_is_undone_after_it(forge: Attack) -> None:
    row = row_of(forge, "allocation")
    for changes in ({"allocation_id": STRANGER}, {"allocation_id": row["id"], "undone_on": date(2026, 3, 1)}):
        with refused_by("allocation_undone_after_it"), forge.connection.transaction():
            copy_of(forge, "allocationundo", **changes)


def test_items_begin_with_the_first_or_the_next_posting(forge: Attack) -> None:
    account = posting(forge, "BIG")[0]
    next_version = forge.value("SELECT version + 1 FROM accounts_balance WHERE account_id = %s", account)
    good = {"account_id": account, "number": 2, "first_version": next_version}
    for changes in ({"number": 3}, {"first_version": 1}, {"first_version": next_version + 1}):
        with refused_by("item_account_goes_on"), forge.connection.transaction():
            copy_of(forge, "itemaccount", **good | changes)
    sales = forge.value("SELECT id FROM accounts_account WHERE entity_id = %s AND code = 'SALES'", forge.books.id)
    for other in (sales, STRANGER):
        with refused_by("item_account_is_asset_or_liability"), forge.connection.transaction():
            copy_of(forge, "itemaccount", account_id=other, number=1, first_version=1)
    copy_of(forge, "itemaccount", **good)


def test_terms_and_numbers_have_bounds(forge: Attack) -> None:
    without(forge, *GUARDS)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("item_account_terms", "itemaccount", {"number": 9, "terms_days": 3651}),
        ("item_account_counts_from_one", "itemaccount", {"number": 0}),
        ("item_account_counts_from_one", "itemaccount", {"number": 9, "first_version": 0}),
        ("open_items_itemaccount_terms_days_check", "itemaccount", {"number": 9, "terms_days": -1}),
        ("due_date_counts_from_one", "duedate", {"number": 0, "event_sequence": 1}),
    ]
    for name, table, changes in cases:
        with refused_by(name), forge.connection.transaction():
            copy_of(forge, table, **changes)


def test_a_due_date_is_of_a_journal_with_an_item(forge: Attack) -> None:
    big, none = posting(forge, "BIG")[2], posting(forge, "NONE", "BANK")[2]
    for changes in ({"journal_id": none, "number": 1}, {"journal_id": STRANGER, "number": 1},
                    {"journal_id": big, "number": 2}):  # fmt: skip
        with refused_by("due_date_of_item"), forge.connection.transaction():
            copy_of(forge, "duedate", **{"event_sequence": 1} | changes)
    copy_of(forge, "duedate", journal_id=big, number=1, event_sequence=1)


def test_each_comes_with_its_event(forge: Attack) -> None:
    without(forge, *GUARDS)
    names = {"itemaccount": "item_account_has_event", "duedate": "due_date_has_event",
             "allocation": "allocation_has_event", "allocationundo": "allocation_undo_has_event"}  # fmt: skip
    changes: dict[str, dict[str, Any]] = {
        "itemaccount": {"number": 9}, "duedate": {"number": 9, "event_sequence": 1}, "allocation": {"id": uuid4(), "place": 9},
        "allocationundo": {"allocation_id": row_of(forge, "allocation")["id"]},
    }  # fmt: skip
    for table, name in names.items():
        with refused_by(name), forge.connection.transaction():
            copy_of(forge, table, **changes[table])
            forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")


def test_keys_are_used_once(forge: Attack) -> None:
    without(forge, *GUARDS)
    for table in TABLES:
        with refused_by(f"open_items_{table}_pkey"), forge.connection.transaction():
            copy_of(forge, table, **{"event_sequence": 1} if table in {"duedate", "allocation"} else {})
    for name, table, changes in (
        ("due_date_of_one_event", "duedate", {"number": 9}),
        ("allocation_place_once", "allocation", {"id": uuid4()}),
    ):
        with refused_by(name), forge.connection.transaction():
            copy_of(forge, table, **changes)
    assert {"open_items_itemaccount_pkey", "open_items_duedate_pkey", "open_items_allocation_pkey",
            "open_items_allocationundo_pkey"}  # fmt: skip


@pytest.mark.parametrize(
    "table, name",
    [
        ("itemaccount", "item_account_immutable"),
        ("duedate", "due_date_immutable"),
        ("allocation", "allocation_immutable"),
        ("allocationundo", "allocation_undo_immutable"),
    ],
)
def test_rows_are_written_once(forge: Attack, table: str, name: str) -> None:
    assert (
        forge.value("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", name) == f"open_items_{table}"
    )
    for statement in ("UPDATE open_items_{} SET actor = 'x'", "DELETE FROM open_items_{}"):
        with pytest.raises(Exception, match=r"history|never|change"), forge.connection.transaction():
            forge.run(statement.format(table))


def test_other_terms_are_for_later_postings(house: Entity) -> None:
    kept = keep_open_items(house.id, "CREDITORS", 7, actor="test")
    assert (kept.number, kept.first_version) == (2, 1)
