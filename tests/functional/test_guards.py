"""Base amounts and own rates are history that comes with its event, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from fx.functional.own_rates import carry_at
from journals.events import read_fact
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect, refused_by
from tests.functional.worksheets import a_rate, books, closed, moved

pytestmark = pytest.mark.every_server

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
STRANGER = "0190a000-0000-7000-8000-000000000000"
OF_ENTITY = {
    "functional_basesnapshot": "account_id IN (SELECT id FROM accounts_account WHERE entity_id = %s)",
}


@pytest.fixture(scope="module")
def house() -> Entity:
    """A measured Monday, and a journal of Tuesday with a rate of its own."""
    entity = books(MONDAY)
    a_rate(entity, MONDAY, "0.80")
    moved(entity, "BANK-USD", "SALES-USD", "1000.00")
    moved(entity, "BANK", "CAPITAL", "1.00")
    closed(entity, MONDAY)
    journal = moved(entity, "BANK-USD", "SALES-USD", "10.00")
    carry_at(entity.id, journal.id, "0.90", key="k", actor="test")
    moved(entity, "BANK-USD", "SALES-USD", "20.00")
    return entity


@pytest.fixture
def forge(house: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, house)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def copy_of(forge: Attack, table: str, **changes: Any) -> None:
    """The first row of a table again, with these changes."""
    cursor = forge.connection.cursor(row_factory=dict_row)
    where = OF_ENTITY.get(table, "entity_id = %s")
    found = cursor.execute(f"SELECT * FROM {table} WHERE {where} LIMIT 1".encode(), (forge.books.id,)).fetchone()
    assert found is not None
    row = found | ({"id": uuid4()} if "id" in found else {}) | changes
    forge.insert(table, **{name: Jsonb(value) if name == "chain" else value for name, value in row.items()})


def without(forge: Attack, *triggers: str) -> None:
    """With these out of the way, what is under attack is what answers."""
    for name in triggers:
        table = forge.value("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", name)
        forge.run(f"ALTER TABLE {table} DISABLE TRIGGER {name}")


def under_way(forge: Attack) -> int:
    """The number of a run that closes Tuesday."""
    number = forge.value("SELECT max(number) + 1 FROM days_daycutoff WHERE entity_id = %s", forge.books.id)
    without(forge, "day_cut_off_order", "day_record_guard", "day_run_guard", "day_calendar_guard")
    forge.cut_off_record(number, "cut_off", TUESDAY, MONDAY)
    forge.insert(
        "days_dayclose", id=uuid4(), entity_id=forge.books.id, day=TUESDAY, version=1, number=number, actor="x",
        previous_day=MONDAY, event_sequence=1, started_at="2026-03-03T00:00:00Z",
    )  # fmt: skip
    return int(number)


def test_nothing_is_measured_later(forge: Attack) -> None:
    with refused_by("functional_measure_of_its_close"):
        copy_of(forge, "functional_basemeasure", currency="GBP")


def test_what_a_close_measures_has_its_event(forge: Attack) -> None:
    copy_of(forge, "functional_basemeasure", day=TUESDAY, number=under_way(forge), since=MONDAY)
    with refused_by("functional_measure_has_event"):
        forge.run("SET CONSTRAINTS functional_measure_has_event IMMEDIATE")


@pytest.mark.parametrize("table", ["functional_basesnapshot", "functional_measuredrate"])
def test_rows_come_with_the_measuring(forge: Attack, table: str) -> None:
    with refused_by("functional_row_of_measuring"), forge.connection.transaction():
        copy_of(forge, table, day=TUESDAY)
    number = under_way(forge)
    copy_of(forge, "functional_basemeasure", day=TUESDAY, number=number, since=MONDAY)
    copy_of(forge, table, day=TUESDAY, number=number)


def test_a_snapshot_is_of_an_account(forge: Attack) -> None:
    copy_of(forge, "functional_basemeasure", day=TUESDAY, number=under_way(forge), since=MONDAY)
    with refused_by("functional_row_of_measuring"):
        copy_of(forge, "functional_basesnapshot", day=TUESDAY, number=99, account_id=STRANGER)


def test_keys_are_used_once(forge: Attack) -> None:
    without(
        forge, "functional_measure_guard", "functional_own_rate_guard", "functional_carried_line_guard",
    )  # fmt: skip
    for key in (
        "functional_basemeasure_pkey", "functional_measuredrate_pkey", "functional_basesnapshot_pkey",
        "functional_carriedline_pkey",
    ):  # fmt: skip
        with refused_by(key), forge.connection.transaction():
            copy_of(forge, key.removesuffix("_pkey"))
    mine = forge.value("SELECT id FROM functional_ownrate WHERE entity_id = %s", forge.books.id)
    with refused_by("functional_ownrate_pkey"), forge.connection.transaction():
        copy_of(forge, "functional_ownrate", id=mine)
    with refused_by("functional_own_rate_once"), forge.connection.transaction():
        copy_of(forge, "functional_ownrate")


def test_a_reversal_has_no_rate_beside_that_of_its_original(forge: Attack) -> None:
    back = reverse_journal(
        forge.books.id, forge.value("SELECT journal_id FROM functional_ownrate WHERE entity_id = %s", forge.books.id),
        key=uuid4().hex, actor="t",
    )  # fmt: skip
    with refused_by("functional_own_rate_in_time"):
        copy_of(forge, "functional_ownrate", journal_id=read_fact(back.journal).id)


def test_a_measuring_goes_forward(forge: Attack) -> None:
    with refused_by("functional_measure_forward"):
        copy_of(forge, "functional_basemeasure", day=TUESDAY, number=under_way(forge), since=TUESDAY)


def test_accounts_are_counted(forge: Attack) -> None:
    with refused_by("functional_basemeasure_accounts_check"):
        copy_of(forge, "functional_basemeasure", day=TUESDAY, number=under_way(forge), accounts=-1)


def other_journal(forge: Attack) -> Any:
    return forge.value(
        "SELECT id FROM journals_journal WHERE entity_id = %s AND effective_date = %s AND reverses_id IS NULL"
        " ORDER BY number DESC LIMIT 1",
        forge.books.id, TUESDAY,
    )  # fmt: skip


def test_a_rate_of_its_own_has_its_event(forge: Attack) -> None:
    copy_of(forge, "functional_ownrate", journal_id=other_journal(forge))
    with refused_by("functional_own_rate_has_event"):
        forge.run("SET CONSTRAINTS functional_own_rate_has_event IMMEDIATE")


def test_a_closed_day_takes_no_rate(forge: Attack) -> None:
    closed_journal = forge.value(
        "SELECT id FROM journals_journal WHERE entity_id = %s AND effective_date = %s ORDER BY number LIMIT 1",
        forge.books.id, MONDAY,
    )  # fmt: skip
    for journal, day in ((closed_journal, MONDAY), (closed_journal, TUESDAY), (STRANGER, TUESDAY)):
        with refused_by("functional_own_rate_in_time"), forge.connection.transaction():
            copy_of(forge, "functional_ownrate", journal_id=journal, effective_date=day)


def test_a_rate_is_more_than_nothing(forge: Attack) -> None:
    with refused_by("functional_own_rate_positive"):
        copy_of(forge, "functional_ownrate", journal_id=other_journal(forge), rate="0")


def test_a_carried_line_comes_with_its_rate(forge: Attack) -> None:
    journal = other_journal(forge)
    with refused_by("functional_carried_line_of_rate"), forge.connection.transaction():
        copy_of(forge, "functional_carriedline", journal_id=journal, amount="20.00")
    copy_of(forge, "functional_ownrate", journal_id=journal)
    with refused_by("functional_carried_line_of_rate"):
        copy_of(forge, "functional_carriedline", journal_id=journal, amount="21.00")


@pytest.mark.parametrize(
    "table, column, name",
    [
        ("functional_basemeasure", "entity_id", "functional_basemeasure_entity_id_6fbb5d1d_fk_books_entity_id"),
        ("functional_measuredrate", "entity_id", "functional_measuredrate_entity_id_a19aa810_fk_books_entity_id"),
        ("functional_ownrate", "entity_id", "functional_ownrate_entity_id_e3890208_fk_books_entity_id"),
        ("functional_carriedline", "entity_id", "functional_carriedline_entity_id_8eb42cea_fk_books_entity_id"),
        ("functional_carriedline", "account_id", "functional_carriedli_account_id_55ec704a_fk_accounts_"),
    ],
    ids=lambda value: value if "_fk_" not in value else "",
)
def test_what_they_refer_to_is_there(forge: Attack, table: str, column: str, name: str) -> None:
    without(
        forge, "functional_measure_guard", "functional_own_rate_guard", "functional_carried_line_guard",
        "functional_pinned_rate_guard",
    )  # fmt: skip
    changes: dict[str, Any] = {column: STRANGER}
    if table in {"functional_ownrate", "functional_carriedline"}:
        changes["journal_id"] = other_journal(forge)  # the key of the row is used
    with refused_by(name):
        copy_of(forge, table, **changes)
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")
