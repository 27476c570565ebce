"""Bringing in at the same moment, and ending in the middle: each posting comes in once, and none is left behind."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from journals.proof.ledger import verify_books
from recon.statements import rows
from recon.statements.mirrors import bringing
from recon.statements.models import BankAccount, Statement
from tests.concurrency.races import Race, without_lock
from tests.mirrors.mirroring import brought, settled, settled_many, two_accounts
from tests.statements.banking import lines_stored

pytestmark = pytest.mark.every_server


@pytest.fixture
def mirror() -> BankAccount:
    found = two_accounts()
    settled_many(found, 5)
    return found


def at_once(monkeypatch: pytest.MonkeyPatch, mirror: BankAccount) -> list[Any]:
    """Two bring in at once: each stops between what it has decided and what it writes."""
    run = Race(*(lambda: brought(mirror) for _ in range(2)))
    insert = rows.insert_statement

    def stopping(*args: Any) -> None:
        run.stop_here()
        insert(*args)

    monkeypatch.setattr(bringing, "insert_statement", stopping)
    run.start()
    return run.finish()


def amounts(mirror: BankAccount) -> list[int]:
    return [int(line.amount) for line in lines_stored(mirror)]


def test_of_two_at_once_each_posting_comes_in_once(monkeypatch: pytest.MonkeyPatch, mirror: BankAccount) -> None:
    monkeypatch.setattr(bringing, "MOST_LINES", 2)
    outcomes = at_once(monkeypatch, mirror)
    assert sum(one.lines for one in outcomes) == 5
    assert amounts(mirror) == [1, 2, 3, 4, 5]
    assert verify_books(mirror.entity_id) == []


def test_without_the_lock_only_the_keys_of_the_tables_are_in_the_way(
    monkeypatch: pytest.MonkeyPatch, mirror: BankAccount
) -> None:
    without_lock(monkeypatch)
    assert sorted(type(one).__name__ for one in at_once(monkeypatch, mirror)) == ["BroughtIn", "UniqueViolation"]


def test_what_is_posted_meanwhile_comes_in_as_well(monkeypatch: pytest.MonkeyPatch, mirror: BankAccount) -> None:
    read = bringing._read

    def posting_behind(*args: Any) -> Any:
        found = read(*args)
        if len(amounts(mirror)) < 5:
            settled(mirror, "6.00")
        return found

    monkeypatch.setattr(bringing, "_read", posting_behind)
    assert brought(mirror) == (2, 6)
    assert amounts(mirror) == [1, 2, 3, 4, 5, 6]


class Killed(BaseException):
    """What ends a process in the middle."""


@pytest.mark.parametrize("name", ["insert_statement", "copy_lines"])
def test_what_was_killed_is_gone_on_with(monkeypatch: pytest.MonkeyPatch, mirror: BankAccount, name: str) -> None:
    monkeypatch.setattr(bringing, "MOST_LINES", 2)
    write, calls = getattr(bringing, name), []

    def killed(*args: Any) -> None:
        write(*args)
        calls.append(name)
        if len(calls) == 2:
            raise Killed

    monkeypatch.setattr(bringing, name, killed)
    with pytest.raises(Killed):
        brought(mirror)
    assert amounts(mirror) == [1, 2]
    assert brought(mirror) == (2, 3)
    assert amounts(mirror) == [1, 2, 3, 4, 5]
    assert verify_books(mirror.entity_id) == []


def test_a_connection_that_is_lost_is_tried_again(monkeypatch: pytest.MonkeyPatch, mirror: BankAccount) -> None:
    copy, calls = rows.copy_lines, []

    def losing(tx: Any, lines: Any) -> None:
        copy(tx, lines)
        calls.append(len(lines))
        if len(calls) == 1:
            with psycopg.connect(tx.connection.info.dsn, password=tx.connection.info.password) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (tx.connection.info.backend_pid,))

    monkeypatch.setattr(bringing, "copy_lines", losing)
    assert brought(mirror) == (1, 5)
    assert (len(calls), Statement.objects.filter(bank_account=mirror).count()) == (2, 1)
