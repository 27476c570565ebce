"""Two processors at once, and one that dies: nothing is done twice, and nothing is lost."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from django.db import connections

from journals.models import Journal
from journals.proof.ledger import verify_books
from ledgerflow.books.connections import writer_connection
from ledgerflow.books.models import Entity, Event
from ledgerflow.events.commands import processing
from ledgerflow.events.commands.ending import (
    CommandEnding,
    CommandOutcome,
    EndedElsewhereError,
    PendingCommand,
)
from ledgerflow.events.commands.models import Command
from ledgerflow.events.commands.processing import Processor
from ledgerflow.events.commands.rows import DUE
from tests.attacks import connect
from tests.builders import balance_of
from tests.client import ApiClient
from tests.commands.commanding import a_shop_with_cash, outcome, process, sale, sent, statuses


def journals_of(entity: Entity) -> int:
    return Journal.objects.filter(entity=entity).count()


def due_in(entity: Entity) -> list[Any]:
    with writer_connection() as connection:
        return connection.execute(DUE, (entity.id, 1_000)).fetchall()


def test_two_processors_share_the_entities_and_do_nothing_twice() -> None:
    shops = [a_shop_with_cash() for _ in range(4)]
    for shop in shops:
        client = ApiClient(shop)
        items = [
            {"type": "TRANSFER_MONEY", "idempotency_key": f"k{number}",
             "payload": {"debit_account": "cash", "credit_account": "sales", "amount": "1.00"}}
            for number in range(200)
        ]  # fmt: skip
        assert client.post("/api/commands/batch", {"items": items}).json["accepted"] == 200
    ids = {shop.id for shop in shops}

    def work() -> None:
        try:
            processor = Processor(only=ids)
            for _ in range(1_000):
                processor.step()
                if not Command.objects.filter(entity__in=shops, status="accepted").exists():
                    return
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for shop in shops:
        assert statuses(shop) == ["completed"] * 200
        assert journals_of(shop) == 200
        assert Event.objects.filter(entity=shop, type="command.completed").count() == 200
        assert verify_books(shop.id) == []


def test_a_processor_that_lost_its_lock_ends_nothing_twice(entity: Entity, client: ApiClient) -> None:
    """It read a batch that another one has carried out meanwhile: by one call, one by one, and in part."""
    commands = [sale(client), sent(client, "PLACE_HOLD", {"account": "cash", "amount": "1.00"}), sale(client)]
    batch = due_in(entity)
    assert len(batch) == 3
    processing.carry_out(entity.id, batch[:2])
    events = Event.objects.filter(entity=entity).count()
    for part in (batch, batch[:1], batch[1:2]):
        with pytest.raises(EndedElsewhereError):
            processing.carry_out(entity.id, part)
    assert Event.objects.filter(entity=entity).count() == events
    process(entity)
    assert [outcome(client, one)["status"] for one in commands] == ["completed"] * 3
    assert journals_of(entity) == 2


def test_without_looking_whether_it_ended_a_command_would_end_twice(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: what it would do without the look."""
    from ledgerflow.events.commands import ending

    sale(client)
    batch = due_in(entity)
    processing.carry_out(entity.id, batch)
    with monkeypatch.context() as patch:
        patch.setattr(ending, "EndedElsewhereError", _NoError)
        with pytest.raises(_NoError):
            processing.carry_out(entity.id, batch)
    assert Event.objects.filter(entity=entity, type="command.completed").count() == 1


class _NoError(BaseException):
    pass


def test_only_one_processor_at_a_time_works_on_an_entity(entity: Entity, client: ApiClient) -> None:
    sale(client)
    with connect() as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"commands {entity.id}",))
        assert Processor(only={entity.id}).step() == 0
    assert statuses(entity) == ["accepted"]
    process(entity)


# A process that dies


@pytest.mark.parametrize("type_", ["TRANSFER_MONEY", "PLACE_HOLD", "CREATE_ITEM", "REVERSE_JOURNAL"])
def test_what_was_done_before_the_process_died_is_not_done_again(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch, type_: str
) -> None:
    """It died before it could say so; the next one finds the answer by the key."""
    first = sale(client)
    process(entity)
    journal = outcome(client, first)["result"]["subject"]
    payload: dict[str, Any] = {
        "TRANSFER_MONEY": {"debit_account": "cash", "credit_account": "sales", "amount": "1.00"},
        "PLACE_HOLD": {"account": "cash", "amount": "1.00"},
        "CREATE_ITEM": {"name": "Chair"},
        "REVERSE_JOURNAL": {"journal": journal},
    }[type_]
    command = sent(client, type_, payload)
    before = Event.objects.filter(entity=entity).count()
    with monkeypatch.context() as patch:
        patch.setattr(CommandEnding, "within", _died)
        with pytest.raises(SystemExit):
            processing.carry_out(entity.id, due_in(entity))
    done = Event.objects.filter(entity=entity).count() - before
    assert done == (0 if type_ == "TRANSFER_MONEY" else 1)  # which ends in the transaction that posts it
    process(entity)
    assert outcome(client, command)["status"] == "completed"
    assert Event.objects.filter(entity=entity).count() - before == 2


def _died(*_: Any) -> None:
    raise SystemExit


def test_an_outcome_without_an_event_is_an_error_of_the_code(entity: Entity, client: ApiClient) -> None:
    command = sale(client)
    (row,) = due_in(entity)
    pending = PendingCommand(row[0], row[1], row[3], bytes(row[4]), row[5], None)
    with pytest.raises(ValueError, match="neither refused"):
        CommandEnding(entity.id).alone([CommandOutcome(pending)])
    assert outcome(client, command)["status"] == "accepted"
    process(entity)
    assert balance_of(entity, "cash") == 5
