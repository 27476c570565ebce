"""What plain SQL cannot do to commands."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ledgerflow.events.commands.models import Command
from tests.attacks import Attack, refused_by
from tests.client import ApiClient
from tests.commands.commanding import a_shop_with_cash, sale

pytestmark = pytest.mark.every_server


def accept(attack: Attack, **changes: Any) -> UUID:
    """A command that would be one, but for `changes`."""
    row = {
        "id": uuid4(), "entity_id": attack.books.id, "number": 1, "type": "X", "payload": "{}", "key": "k",
        "fingerprint": bytes(33), "actor": "key:1", "received_at": "2026-03-02T12:00:00Z", "status": "accepted",
        "tries": 0, "error": "",
    } | changes  # fmt: skip
    attack.insert("commands_command", **row)
    command: UUID = row["id"]  # type: ignore[assignment]
    return command


def test_an_id_is_used_once(attack: Attack) -> None:
    one = accept(attack)
    with refused_by("commands_command_pkey"):
        accept(attack, id=one)


ENDED = {"event_sequence": 2, "finished_at": "2026-03-02T12:00:00Z"}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "other"}, {"status": "completed"}, {"status": "failed"}, {"event_sequence": 2},
        {"status": "accepted", **ENDED}, {"status": "completed", **ENDED}, {"status": "failed", **ENDED},
        {"status": "completed", "result_sequence": 1, "error": "x", **ENDED},
        {"status": "failed", "result_sequence": 1, "error": "x", **ENDED},
        {"status": "completed", "result_sequence": 1, "event_sequence": 2},
    ],
    ids=str,
)  # fmt: skip
def test_a_status_has_what_belongs_to_it(attack: Attack, changes: dict[str, Any]) -> None:
    with refused_by("command_status_consistent"):
        accept(attack, **changes)


@pytest.mark.parametrize(
    "changes",
    [{}, {"status": "completed", "result_sequence": 1, **ENDED}, {"status": "failed", "error": "{}", **ENDED}],
    ids=str,
)
def test_an_honest_command_goes_in(attack: Attack, changes: dict[str, Any]) -> None:
    command = accept(attack, **changes)
    found = attack.value("SELECT status FROM commands_command WHERE id = %s", command)
    assert found == changes.get("status", "accepted")


def test_the_application_neither_deletes_a_command_nor_changes_what_was_asked_for(
    as_role: psycopg.Connection[Any],
) -> None:
    """Its id is the memory of its key."""
    entity = a_shop_with_cash()
    sale(ApiClient(entity), key="k")
    command = Command.objects.get(entity=entity)
    for statement in (
        "DELETE FROM commands_command WHERE id = %s",
        "UPDATE commands_command SET payload = '{}' WHERE id = %s",
        "UPDATE commands_command SET actor = 'key:other' WHERE id = %s",
        "UPDATE commands_command SET entity_id = gen_random_uuid() WHERE id = %s",
        "UPDATE commands_command SET key = 'other' WHERE id = %s",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), as_role.transaction():
            as_role.execute(statement.encode(), (command.id,))


def test_the_application_may_do_what_it_does(as_role: psycopg.Connection[Any]) -> None:
    from tests.commands.commanding import process, statuses

    entity = a_shop_with_cash()
    sale(ApiClient(entity))
    process(entity)
    assert statuses(entity) == ["completed"]
