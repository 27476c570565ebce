"""Holds by plain SQL: what their rows can hold, what of them can change, and that their steps never do."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.attacks import TODAY, Attack, Books, refused_by
from tests.builders import an_account, an_entity

pytestmark = pytest.mark.every_server

MOMENT = "2026-03-02T12:00:00Z"


def a_row(books: Books, **changes: Any) -> dict[str, Any]:
    """A hold that would fit into the books."""
    return {
        "id": uuid4(), "entity_id": books.id, "account_id": books.cash, "currency": "EUR", "amount": 10, "captured": 0,
        "remaining": 10, "status": "active", "entries": 1, "description": "", "external_reference": "",
        "actor": "attacker", "placed_at": MOMENT, "event_sequence": books.last_sequence + 1,
    } | changes  # fmt: skip


def an_entry(books: Books, hold: UUID, **changes: Any) -> dict[str, Any]:
    """Its first step."""
    return {
        "hold_id": hold, "number": 1, "entity_id": books.id, "account_id": books.cash, "action": "placed", "amount": 10,
        "held_after": 10, "account_version": 1, "effective_date": TODAY, "event_sequence": books.last_sequence + 1,
        "recorded_at": MOMENT, "actor": "attacker",
    } | changes  # fmt: skip


@pytest.fixture
def hold(attack: Attack, books: Books) -> UUID:
    """A hold with its first step."""
    row = a_row(books)
    attack.insert("holds_hold", **row)
    attack.insert("holds_holdentry", **an_entry(books, row["id"]))
    attack.event(type="hold.placed", subject=str(row["id"]))
    attack.run("SET CONSTRAINTS ALL IMMEDIATE")
    attack.run("SET CONSTRAINTS ALL DEFERRED")
    return UUID(str(row["id"]))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0, "remaining": 0, "status": "released"},
        {"amount": -1, "remaining": -1},
        {"amount": "NaN", "remaining": 1},
        {"amount": 10**45},
        {"captured": -1},
        {"captured": 1},
        {"remaining": 11},
        {"captured": "NaN"},
    ],
)
def test_amounts_of_a_hold(attack: Attack, books: Books, changes: dict[str, Any]) -> None:
    with refused_by("hold_amounts_sane"):
        attack.insert("holds_hold", **a_row(books, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"remaining": 0},
        {"status": "released"},
        {"status": "expired", "remaining": 1},
        {"status": "captured", "remaining": 0},
        {"status": "lost", "remaining": 0},
    ],
)
def test_the_status_of_a_hold_says_what_is_left(attack: Attack, books: Books, changes: dict[str, Any]) -> None:
    with refused_by("hold_status_consistent"):
        attack.insert("holds_hold", **a_row(books, **changes))


def test_a_hold_is_on_an_account_of_its_entity_in_its_currency(attack: Attack, books: Books) -> None:
    stranger = an_account(an_entity(), "cash").id
    for changes in ({"account_id": stranger}, {"currency": "USD"}, {"account_id": books.assets}):
        with refused_by("hold_account_of_entity"), attack.connection.transaction():
            attack.insert("holds_hold", **a_row(books, **changes))


@pytest.mark.parametrize(
    "column, value",
    [
        ("amount", 11),
        ("currency", "USD"),
        ("account_id", uuid4()),
        ("entity_id", uuid4()),
        ("description", "other"),
        ("external_reference", "other"),
        ("metadata", "{}"),
        ("actor", "other"),
        ("placed_at", "2020-01-01T00:00:00Z"),
        ("event_sequence", 1),
        ("id", uuid4()),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)
def test_what_a_hold_is_never_changes(attack: Attack, hold: UUID, column: str, value: object) -> None:
    with refused_by("hold_identity_is_fixed"):
        attack.run(f"UPDATE holds_hold SET {column} = %s, remaining = 5, entries = 2 WHERE id = %s", value, hold)


@pytest.mark.parametrize(
    "change",
    [
        "remaining = 10, entries = 2",
        "captured = 3, remaining = 10, entries = 2",
        "remaining = 5",
        "captured = 6, remaining = 5, entries = 2",
    ],
)
def test_a_hold_only_gets_smaller(attack: Attack, books: Books, hold: UUID, change: str) -> None:
    attack.run("UPDATE holds_hold SET captured = 1, remaining = 6, entries = 2 WHERE id = %s", hold)
    change = change.replace("entries = 2", "entries = 3")
    with refused_by("hold_only_shrinks"):
        attack.run(f"UPDATE holds_hold SET {change} WHERE id = %s", hold)


@pytest.mark.parametrize(
    "change",
    [
        "entries = 2, remaining = 5",
        "entries = 2, captured = 1, remaining = 9",
        "entries = 1",
        "entries = 3, remaining = 0, status = 'released'",
    ],
)
def test_a_hold_is_extended_by_itself(attack: Attack, hold: UUID, change: str) -> None:
    with refused_by("hold_extended_by_itself"):
        attack.run(f"UPDATE holds_hold SET expires_at = '2096-01-01Z', {change} WHERE id = %s", hold)


def test_a_hold_that_has_ended_is_not_extended(attack: Attack, hold: UUID) -> None:
    attack.run("UPDATE holds_hold SET remaining = 0, status = 'expired', entries = 2 WHERE id = %s", hold)
    with refused_by("hold_extended_by_itself"):
        attack.run("UPDATE holds_hold SET expires_at = '2096-01-01Z', entries = 3 WHERE id = %s", hold)


@pytest.mark.parametrize(
    "said, from_, until",
    [("2096-01-01Z", None, "2096-01-02Z"), ("2096-01-01Z", "2095-01-01Z", "2096-01-01Z"), ("2096-01-01Z", None, None)],
    ids=["another moment", "from another moment", "the hold is left as it was"],
)
def test_a_hold_expires_when_its_extension_says(
    attack: Attack, books: Books, hold: UUID, said: str, from_: str | None, until: str | None
) -> None:
    sequence = books.last_sequence
    step = EXTENSION | {"expires_at": said, "expired_before": from_, "event_sequence": sequence + 2}
    attack.insert("holds_holdentry", **an_entry(books, hold, **step))
    change = "entries = 2"
    if until is None:  # what changes nothing of a hold is no step of it
        step = {"action": "released", "number": 3, "amount": 1, "event_sequence": sequence + 3}
        attack.insert("holds_holdentry", **an_entry(books, hold, **step))
        change = "entries = 3, remaining = 9"
    attack.run(f"UPDATE holds_hold SET expires_at = %s, {change} WHERE id = %s", until, hold)
    with refused_by("hold_extended_by_step"):
        attack.run("SET CONSTRAINTS hold_steps_guard IMMEDIATE")


EXTENSION = {"number": 2, "action": "extended", "amount": 0}
NEXT_WEEK, THEN = "2026-03-09T12:00:00Z", "2026-03-16T12:00:00Z"


@pytest.mark.parametrize(
    "changes",
    [
        EXTENSION,
        EXTENSION | {"expires_at": MOMENT},
        EXTENSION | {"expired_before": MOMENT},
        EXTENSION | {"expired_before": MOMENT, "expires_at": THEN},
        EXTENSION | {"expired_before": NEXT_WEEK, "expires_at": NEXT_WEEK},
        {"action": "released", "number": 2, "expires_at": THEN},
        {"expired_before": THEN},
    ],
    ids=[
        "from never to never", "over at once", "over already", "over before", "to the same", "no extension", "placed",
    ],
)  # fmt: skip
def test_an_extension_leads_from_a_moment_to_come_to_another(
    attack: Attack, books: Books, changes: dict[str, Any]
) -> None:
    with refused_by("hold_entry_extension_sane"):
        attack.insert("holds_holdentry", **an_entry(books, uuid4(), **changes))


def test_a_hold_that_has_ended_does_not_come_back(attack: Attack, hold: UUID) -> None:
    attack.run("UPDATE holds_hold SET remaining = 0, status = 'expired', entries = 2 WHERE id = %s", hold)
    for change in ("remaining = 5, status = 'active'", "status = 'released'"):
        with refused_by("hold_only_shrinks"), attack.connection.transaction():
            attack.run(f"UPDATE holds_hold SET {change}, entries = 3 WHERE id = %s", hold)


def test_a_hold_is_not_deleted(attack: Attack, hold: UUID) -> None:
    with refused_by("hold_is_kept"):
        attack.run("DELETE FROM holds_hold WHERE id = %s", hold)


def test_a_hold_has_an_event_of_its_own(attack: Attack, books: Books, hold: UUID) -> None:
    with refused_by("hold_event_unique"), attack.connection.transaction():
        attack.insert("holds_hold", **a_row(books))
    for constraint in ("holds_hold_pkey", "hold_account_unique"):
        others = {"holds_hold_pkey", "hold_account_unique"} - {constraint}
        with refused_by(constraint), attack.connection.transaction():
            for other in others:
                attack.run(f"ALTER TABLE holds_hold DROP CONSTRAINT {other} CASCADE")
            attack.insert("holds_hold", **a_row(books, id=hold, event_sequence=books.last_sequence + 2))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": 1, "action": "extended", "number": 2, "expires_at": "2096-01-01Z"},
        {"amount": "NaN"},
        {"held_after": -1},
        {"held_after": "NaN"},
        {"account_version": -1},
    ],
)
def test_amounts_of_a_step(attack: Attack, books: Books, changes: dict[str, Any]) -> None:
    with refused_by("hold_entry_amounts_sane"):
        attack.insert("holds_holdentry", **an_entry(books, uuid4(), **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 2},
        {"action": "lost", "number": 2},
        {"action": "captured", "number": 2},
        {"action": "released"},
        {"action": "expired"},
        {"action": "extended", "amount": 0, "expires_at": THEN},
        {"journal_id": uuid4()},
        {"action": "expired", "number": 2, "journal_id": uuid4()},
    ],
    ids=[
        "placed twice", "of no kind", "captured without a journal", "released first", "expired first", "extended first",
        "placed by a journal", "expired by a journal",
    ],
)  # fmt: skip
def test_what_a_step_can_be(attack: Attack, books: Books, changes: dict[str, Any]) -> None:
    with refused_by("hold_entry_action_consistent"):
        attack.insert("holds_holdentry", **an_entry(books, uuid4(), **changes))


def test_a_step_belongs_to_its_hold_and_account(attack: Attack, books: Books, hold: UUID) -> None:
    row = {"action": "released", "number": 2, "event_sequence": books.last_sequence + 2}
    for changes in ({"hold_id": uuid4()}, {"account_id": books.capital}, {"entity_id": uuid4()}):
        with refused_by("hold_entry_of_hold"), attack.connection.transaction():
            attack.insert("holds_holdentry", **(an_entry(books, hold, **row) | changes))


def test_a_capture_names_a_journal_that_is_there(attack: Attack, books: Books, hold: UUID) -> None:
    row = {"action": "captured", "number": 2, "event_sequence": books.last_sequence + 2, "journal_id": uuid4()}
    with refused_by("hold_entry_of_journal"):
        attack.insert("holds_holdentry", **an_entry(books, hold, **row))
        attack.run("SET CONSTRAINTS hold_entry_of_journal IMMEDIATE")


def test_a_step_is_numbered_and_has_an_event_of_its_own(attack: Attack, books: Books, hold: UUID) -> None:
    again = {"event_sequence": books.last_sequence + 2}
    with refused_by("holds_holdentry_pkey"), attack.connection.transaction():
        attack.insert("holds_holdentry", **an_entry(books, hold, **again))
    with refused_by("hold_entry_event_unique"):
        attack.insert("holds_holdentry", **an_entry(books, hold, number=2, action="released"))
