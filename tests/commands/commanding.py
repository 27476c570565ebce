"""Commands for tests: sent through the API, carried out step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import CommandKind, registry
from ledgerflow.events.commands.ending import PendingCommand
from ledgerflow.events.commands.models import Command
from ledgerflow.events.commands.processing import Processor
from tests.builders import an_account, an_entity
from tests.client import ApiClient, Reply

SALE = {"debit_account": "cash", "credit_account": "sales", "amount": "5.00"}
Work = Callable[[PendingCommand], int]


def a_shop_with_cash(**given: Any) -> Entity:
    """Books with cash, which cannot be overdrawn, and sales."""
    entity = an_entity(**given)
    an_account(entity, "cash", min_balance="0")
    an_account(entity, "sales", "income")
    return entity


def sent(client: ApiClient, type_: str, payload: dict[str, Any], key: str | None = None) -> str:
    """The id of a command that was accepted."""
    reply = client.post("/api/commands", {"type": type_, "payload": payload}, key=key)
    assert reply.status == 202, reply.json
    return str(reply.json["id"])


def sale(client: ApiClient, amount: str = "5.00", key: str | None = None, **given: Any) -> str:
    """The id of a command that sells something for cash."""
    return sent(client, "TRANSFER_MONEY", SALE | {"amount": amount} | given, key)


def process(entity: Entity, processor: Processor | None = None) -> None:
    """Carry out what is due in these books."""
    processor = processor or Processor(only={entity.id})
    while processor.step():
        pass


def some_commands(entity: Entity, words: str = "words") -> dict[str, str]:
    """Three commands that are completed, which made items, and one that failed; what routes take in their paths."""
    client = ApiClient(entity)
    items = [client.post("/items", {"name": words, "description": words}).json["id"] for _ in range(3)]
    nowhere = {"debit_account": "nowhere", "credit_account": "elsewhere", "amount": "1.00", "description": words}
    sent(client, "TRANSFER_MONEY", nowhere)
    process(entity)
    return {"command_id": items[0], "item_id": items[0]}


def outcome(client: ApiClient, command_id: str) -> dict[str, Any]:
    """A command as it stands."""
    reply = client.get(f"/api/commands/{command_id}")
    assert reply.status == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def statuses(entity: Entity) -> list[str]:
    """How the commands of these books stand, in the order in which they came."""
    return list(Command.objects.filter(entity=entity).order_by("number").values_list("status", flat=True))


def refusal(reply: Reply) -> tuple[int, str, list[str]]:
    return reply.status, reply.code, reply.pointers


@contextmanager
def a_kind(
    monkeypatch: pytest.MonkeyPatch, name: str, carry_out: Callable[[UUID, Sequence[PendingCommand], Any], None]
) -> Any:
    """A kind of command of the test's own, whose payload is any object."""
    with monkeypatch.context() as patch:
        kind = CommandKind(name, dict[str, Any], "post", lambda body: [name, body], carry_out)
        patch.setitem(registry.command_kinds, name, kind)
        yield
