"""What makes a journal whole: lines of its own books, an event that tells of it, a kind that there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connections

from journals.days.closing import cutoff_records
from journals.drafts import MAX_LINES
from journals.kinds import populate_kinds
from journals.proof.ledger import verify_books
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.writing import write
from ledgerflow.core.plugins import JournalKindSpec, Registry, registry
from tests.attacks import TODAY, Attack, Books, connect, refused_by
from tests.builders import a_transfer, posted

pytestmark = pytest.mark.every_server

SignIn = Callable[..., psycopg.Connection[Any]]
# What a kind that passes the cut-off has to be part of, by the constraint that says so.
JUSTIFIED_BY = {"fx_revaluation": "fx_revaluation_of_run"}
COMMIT = "SET CONSTRAINTS ALL IMMEDIATE"


@pytest.fixture
def attack(books: Books, sign_in: SignIn) -> Attack:
    """As the application's role, with its grants."""
    return Attack(sign_in(), books)


def test_two_sessions_do_not_make_one_journal_of_two_entities(sign_in: SignIn) -> None:
    """The second names a journal that is not there yet: what it refers to is looked at when it commits."""
    ours, theirs, journal = Books(), Books(), uuid4()
    first, second = sign_in(), sign_in()
    Attack(second, theirs).line(journal, 3, theirs.cash, "1000000.00")
    attack = Attack(first, ours)
    attack.line(journal, 1, ours.cash, "5.00")
    attack.line(journal, 2, ours.capital, "-5.00")
    attack.head(journal)
    first.commit()
    with refused_by("posting_of_journal"):
        second.commit()


def test_a_line_of_another_entitys_journal_is_found_on_both_sides() -> None:
    """Were the key not there, or the line brought in by a superuser."""
    ours, theirs = Books(), Books()
    journal = posted(ours.entity, a_transfer("cash", "capital", "1.00")).journal
    assert journal
    with connect() as connection:
        attack = Attack(connection, theirs)
        attack.run("SET LOCAL session_replication_role = replica")
        attack.line(newest(attack, ours.id), 3, theirs.cash, "1000000.00")
        connection.commit()
    assert "journals_posting" in {fault.table for fault in verify_books(ours.id)}
    assert "journals_posting" in {fault.table for fault in verify_books(theirs.id)}


def test_a_line_without_a_journal_is_found() -> None:
    books = Books()
    with connect() as connection:
        attack = Attack(connection, books)
        attack.run("SET LOCAL session_replication_role = replica")
        attack.line(UUID(int=7), 1, books.cash, "1.00")
        connection.commit()
    (fault,) = [fault for fault in verify_books(books.id) if fault.table == "journals_posting"]
    assert fault.key == f"{UUID(int=7)}/1"


def newest(attack: Attack, entity_id: UUID) -> UUID:
    found = "SELECT id FROM journals_journal WHERE entity_id = %s ORDER BY number DESC LIMIT 1"
    return UUID(str(attack.value(found, entity_id)))


def test_a_journal_is_of_one_entity(attack: Attack) -> None:
    """The keys of its rows lean on "journal_of_entity", which is there as long as they are."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attack.run("ALTER TABLE journals_journal DROP CONSTRAINT journal_of_entity CASCADE")


def test_what_belongs_to_a_journal_is_of_its_books(attack: Attack, books: Books) -> None:
    stranger = newest(attack, Books().id)
    attack.journal(reverses_id=stranger)
    with refused_by("reversal_of_journal"):
        attack.run(COMMIT)
    attack.connection.rollback()
    attack.insert(
        "schedules_scheduledreversal", journal_id=stranger, entity_id=books.id, due_on=TODAY, event_sequence=1
    )
    with refused_by("scheduled_reversal_of_journal"):
        attack.run(COMMIT)


def test_a_journal_needs_its_event(attack: Attack) -> None:
    journal = attack.pair()
    with refused_by("journal_has_event"):
        attack.head(journal, with_event=False)


def test_a_journal_needs_the_key_that_its_event_names(attack: Attack) -> None:
    journal = attack.pair()
    with refused_by("journal_has_key"), attack.connection.transaction():
        attack.head(journal, with_key=False)
    attack.head(journal)
    attack.connection.rollback()


def test_the_key_of_another_event_is_not_its_key(attack: Attack, books: Books) -> None:
    journal = attack.pair(event_sequence=books.last_sequence + 2)
    attack.event()
    named = {"type": "journal.posted", "subject": str(journal), "data": '{"idempotency_key":"k"}'}
    attack.event(sequence=books.last_sequence + 2, **named)
    attack.key("k")
    with refused_by("journal_has_key"):
        attack.head(journal, event_sequence=books.last_sequence + 2)


@pytest.mark.parametrize("key", ['a"b', "a\\b", '{"idempotency_key":"x"}'])
def test_a_key_may_have_any_visible_character(key: str) -> None:
    books = Books()
    assert posted(books.entity, a_transfer("cash", "capital", "1.00", key=key)).status == "posted"
    assert posted(books.entity, a_transfer("cash", "capital", "1.00", key=key)).status == "replayed"


@pytest.mark.parametrize("sequence", [0, 1, 10**9], ids=["none", "an old event", "one to come"])
def test_a_key_is_bound_to_an_event_of_its_transaction(attack: Attack, sequence: int) -> None:
    """Or else whoever sends that key next is answered with somebody else's event."""
    with refused_by("idempotency_key_of_its_event"):
        attack.key("next-order", event_sequence=sequence)


def test_many_keys_are_all_bound_to_events_of_their_transaction(attack: Attack, books: Books) -> None:
    attack.event()
    with refused_by("idempotency_key_of_its_event"):
        attack.run(
            """INSERT INTO books_idempotencykey (entity_id, issuer, key, fingerprint, event_sequence)
               SELECT %s, 'client', 'k' || n, sha256('') || '\\x00', n FROM unnest(%s::bigint[]) AS n""",
            books.id, [1, books.last_sequence + 1],
        )  # fmt: skip


@pytest.mark.parametrize("changes", [{"type": "account.opened"}, {"subject": str(UUID(int=9))}], ids=str)
def test_another_event_is_not_its_event(attack: Attack, books: Books, changes: dict[str, str]) -> None:
    journal = attack.pair()
    attack.event(**{"type": "journal.posted", "subject": str(journal)} | changes)
    with refused_by("journal_has_event"):
        attack.head(journal)


def test_an_old_event_is_not_its_event(attack: Attack, books: Books) -> None:
    journal = attack.pair(event_sequence=books.last_sequence)
    with refused_by("journal_has_event"):
        attack.head(journal, event_sequence=books.last_sequence)


def test_a_journal_of_more_than_its_lines_is_refused(attack: Attack, books: Books) -> None:
    with refused_by("posting_line_in_range"), attack.connection.transaction():
        attack.line(uuid4(), MAX_LINES + 1, books.cash, "5.00")
    with refused_by("posting_line_in_range"):
        attack.line(uuid4(), 0, books.cash, "5.00")


def test_a_kind_that_no_room_declares_is_refused(attack: Attack) -> None:
    with refused_by("journal_kind_known"):
        attack.journal(kind="gift")


def test_the_kinds_are_those_of_the_rooms() -> None:
    with connect() as connection:
        stored = connection.execute("SELECT name, passes_freeze, into_closing_day FROM journals_journalkind").fetchall()
    assert {(one.name, one.passes_freeze, one.into_closing_day) for one in registry.journal_kinds.values()} == set(
        stored
    )
    assert any(into_closing_day for _, _, into_closing_day in stored)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO journals_journalkind VALUES ('gift', true, true)",
        "UPDATE journals_journalkind SET into_closing_day = true",
        "DELETE FROM journals_journalkind",
        "TRUNCATE journals_journalkind",
    ],
)
def test_the_kinds_are_out_of_the_roles_reach(attack: Attack, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attack.run(statement)


def test_the_kinds_do_not_change() -> None:
    with connect() as owner, refused_by("history_is_immutable"):  # the trigger "journal_kind_immutable"
        owner.execute("UPDATE journals_journalkind SET into_closing_day = true")
    with connect() as owner, refused_by("journals_journalkind_pkey"):
        owner.execute("INSERT INTO journals_journalkind VALUES ('transfer', true, true)")


def test_a_kind_with_other_flags_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = Registry()
    changed.journal_kinds["transfer"] = JournalKindSpec("transfer", "Transfer", into_closing_day=True)
    monkeypatch.setattr("journals.kinds.registry", changed)
    with pytest.raises(ValueError, match="transfer are in the database"):
        populate_kinds(using=connections["default"].alias)


@pytest.mark.parametrize("kind", [one.name for one in registry.journal_kinds.values() if one.into_closing_day])
def test_a_kind_that_passes_the_cut_off_has_a_reason_for_it(sign_in: SignIn, kind: str) -> None:
    """Nobody dates a journal into a day that is closing by what he calls it."""
    books = Books()
    advance_business_date(books.entity, TODAY + timedelta(days=3), actor="t")
    write(books.id, lambda tx, _: cutoff_records.cut_off(tx, TODAY, "t"))
    attack = Attack(sign_in(), books)
    attack.catch_up()
    attack.journal(kind=kind)
    with refused_by(JUSTIFIED_BY[kind]):
        attack.connection.commit()


def test_a_settlement_by_name_alone_is_refused(attack: Attack) -> None:
    attack.journal(kind="fx_settlement")
    with refused_by("fx_settlement_of_journal"):
        attack.run(COMMIT)


def test_a_journal_by_sql_that_leaves_the_balance_behind_is_named(sign_in: SignIn) -> None:
    """The next posting cannot go on from the stored balance, and says which account it is and where to look."""
    books = Books()
    attack = Attack(sign_in(), books)
    attack.journal()
    attack.connection.commit()
    refusal = posted_after(books)
    assert refusal.code == "balance_behind"
    assert str(books.cash) in refusal.message
    assert "verify_ledger" in refusal.message


def posted_after(books: Books) -> Any:
    from journals.drafts import Draft, transfer_lines
    from journals.posting import post_many

    draft = Draft("k", transfer_lines("cash", "capital", Decimal("1.00")), kind="transfer", actor="t")
    (answer,) = post_many(books.id, [draft])
    return answer.refusal
