"""The proof names each command whose end is not what its event says."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from ledgerflow.books.models import Entity
from ledgerflow.events.commands.models import Command
from ledgerflow.events.commands.proof import check_commands
from tests.client import ApiClient
from tests.commands.commanding import a_shop_with_cash, process, sale

TABLE = "commands_command"


@pytest.fixture(scope="module")
def entity(_database: None) -> Entity:
    """Books with a completed and a failed command, and one that waits."""
    entity = a_shop_with_cash()
    client = ApiClient(entity)
    sale(client, key="good")
    sale(client, key="bad", credit_account="nowhere")
    process(entity)
    sale(client, key="waits")
    return entity


@pytest.fixture
def forger(forger: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    forger.execute("SET TIME ZONE 'UTC'")
    return forger


def proven(connection: psycopg.Connection[Any], entity: Entity) -> list[tuple[str, str, str]]:
    return [fault[:3] for fault in check_commands(connection, entity.id)]


def the(entity: Entity, key: str) -> Command:
    return Command.objects.get(entity=entity, key=key)


def test_honest_commands_are_proven(forger: psycopg.Connection[Any], entity: Entity) -> None:
    assert proven(forger, entity) == []


@pytest.mark.parametrize(
    "key, column, value",
    [
        (key, column, value)
        for key in ("good", "bad")
        for column, value in (
            ("type", "POST_JOURNAL"), ("actor", "key:other"), ("finished_at", "2020-01-01T00:00:00Z"), ("key", "other"),
            ("payload", '{"debit_account":"cash","credit_account":"sales","amount":"6.00"}'), ("payload", "{"),
            ("fingerprint", bytes(33)),
        )
    ] + [("good", "result_sequence", 1), ("bad", "error", '{"code":"x"}')],
)  # fmt: skip
def test_a_rewritten_column_is_named(
    forger: psycopg.Connection[Any], entity: Entity, key: str, column: str, value: Any
) -> None:
    command = the(entity, key)
    statement = sql.SQL("UPDATE commands_command SET {} = %s WHERE id = %s").format(sql.Identifier(column))
    forger.execute(statement, (value, command.id))
    assert (TABLE, str(command.id), column) in proven(forger, entity)


def test_a_status_that_no_event_tells_is_named(forger: psycopg.Connection[Any], entity: Entity) -> None:
    good, waits = the(entity, "good"), the(entity, "waits")
    forger.execute(
        "UPDATE commands_command SET status = 'failed', result_sequence = NULL, error = '{}' WHERE id = %s", (good.id,)
    )
    forger.execute(
        "UPDATE commands_command SET status = 'completed', event_sequence = 1, result_sequence = 1,"
        " finished_at = received_at WHERE id = %s",
        (waits.id,),
    )
    found = proven(forger, entity)
    assert (TABLE, str(waits.id), "end by event 1") in found
    assert (TABLE, str(good.id), "status") in found


def test_a_command_that_is_said_to_wait_again_is_named(forger: psycopg.Connection[Any], entity: Entity) -> None:
    good = the(entity, "good")
    forger.execute(
        "UPDATE commands_command SET status = 'accepted', result_sequence = NULL, event_sequence = NULL,"
        " finished_at = NULL WHERE id = %s",
        (good.id,),
    )
    assert proven(forger, entity) == [(TABLE, str(good.id), f"end by event {good.event_sequence}")]


def test_a_command_that_is_gone_is_missed(forger: psycopg.Connection[Any], entity: Entity) -> None:
    good = the(entity, "good")
    forger.execute("DELETE FROM commands_command WHERE id = %s", (good.id,))
    assert proven(forger, entity) == [(TABLE, str(good.id), f"end by event {good.event_sequence}")]


def test_an_answer_that_is_no_event_of_the_books_is_named(forger: psycopg.Connection[Any], entity: Entity) -> None:
    good = the(entity, "good")
    data = f'{{"fingerprint":"{bytes(good.fingerprint).hex()}","id":"{good.id}","result":99,"type":"{good.type}"}}'
    forger.execute(
        "UPDATE books_event SET data = %s WHERE entity_id = %s AND sequence = %s",
        (data, entity.id, good.event_sequence),
    )
    forger.execute("UPDATE commands_command SET result_sequence = 99 WHERE id = %s", (good.id,))
    assert proven(forger, entity) == [(TABLE, str(good.id), "answer")]


def test_an_event_whose_data_is_no_end_is_named(forger: psycopg.Connection[Any], entity: Entity) -> None:
    good = the(entity, "good")
    forger.execute(
        "UPDATE books_event SET data = '[]' WHERE entity_id = %s AND sequence = %s", (entity.id, good.event_sequence)
    )
    assert proven(forger, entity) == [("books_event", str(good.event_sequence), "data")]


def test_a_kind_that_is_no_more_is_not_looked_into(
    forger: psycopg.Connection[Any], entity: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledgerflow.core.plugins import registry

    monkeypatch.delitem(registry.command_kinds, "TRANSFER_MONEY")
    assert proven(forger, entity) == []


def test_ids_of_other_books_are_not_mixed_up(forger: psycopg.Connection[Any], entity: Entity) -> None:
    good = the(entity, "good")
    forger.execute("UPDATE commands_command SET entity_id = %s WHERE id = %s", (uuid4(), good.id))
    assert proven(forger, entity) == [(TABLE, str(good.id), f"end by event {good.event_sequence}")]
