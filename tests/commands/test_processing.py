"""The processor: batches, poison, what is tried again, what another processor has done, and a process that dies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.conf import settings

from journals import drafts, posting
from journals.api import commands as journal_commands
from journals.drafts import Draft
from journals.models import Journal
from ledgerflow.books.connections import writer_connection
from ledgerflow.books.errors import WriterBusy
from ledgerflow.books.idempotency import claim_of
from ledgerflow.books.models import Entity
from ledgerflow.events.commands import processing
from ledgerflow.events.commands.checking import new_command
from ledgerflow.events.commands.doors import accept
from ledgerflow.events.commands.ending import (
    CommandEnding,
    PendingCommand,
    one_by_one,
)
from ledgerflow.events.commands.models import Command
from ledgerflow.events.commands.processing import MAX_TRIES, Processor
from ledgerflow.events.commands.rows import DUE
from tests.client import ApiClient
from tests.commands.commanding import a_kind, a_shop_with_cash, outcome, process, sale, sent, statuses

pytestmark = pytest.mark.every_server


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed unexpectedly is tried again without a pause, and so are books that could not be written to."""
    monkeypatch.setattr(processing, "FIRST_PAUSE_SECONDS", 0)
    monkeypatch.setattr(processing, "FIRST_REST_SECONDS", 0)


def journals_of(entity: Entity) -> int:
    return Journal.objects.filter(entity=entity).count()


def due_in(entity: Entity) -> list[Any]:
    with writer_connection() as connection:
        return connection.execute(DUE, (entity.id, 1_000)).fetchall()


def test_one_call_posts_many_commands_and_a_kind_in_between_parts_them(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    original = posting.post_with_hook

    def counted(entity_id: UUID, given: Sequence[Any], *rest: Any, **more: Any) -> Any:
        calls.append(len(given))
        return original(entity_id, given, *rest, **more)

    monkeypatch.setattr(journal_commands, "post_with_hook", counted)
    for _ in range(3):
        sale(client)
    sent(client, "POST_JOURNAL", {"lines": [
        {"account": "cash", "side": "debit", "amount": "1.00"}, {"account": "sales", "side": "credit", "amount": "1.00"},
    ]})  # fmt: skip
    sent(client, "PLACE_HOLD", {"account": "cash", "amount": "1.00"})
    sale(client)
    process(entity)
    assert calls == [4, 1]
    assert statuses(entity) == ["completed"] * 6


def test_a_batch_has_a_bound_and_a_step_goes_on_with_the_next(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_WRITER_BATCH_LIMIT", 3)
    for _ in range(8):
        sale(client)
    processor = Processor(only={entity.id})
    assert processor.step() == 8
    assert processor.measures.ended == 8
    assert processor.step() == 0


def test_a_processor_that_is_to_stop_begins_no_other_batch(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_WRITER_BATCH_LIMIT", 2)
    for _ in range(6):
        sale(client)
    looks = iter([False, False, True])
    assert Processor(lambda: next(looks, True), only={entity.id}).step() == 2
    assert statuses(entity) == ["completed"] * 2 + ["accepted"] * 4
    assert Processor(lambda: True, only={entity.id}).step() == 0


# Poison


def poisoned(entity_id: UUID, commands: Sequence[PendingCommand], ending: CommandEnding) -> None:
    """A kind whose code breaks by a word in its payload, otherwise does nothing but an event of another command."""

    def work(command: PendingCommand) -> int:
        if "bad" in command.body:
            message = "the code is wrong\x00" + "!" * 500
            raise ZeroDivisionError(message)
        return 1  # the first event of the books

    one_by_one(ending, commands, work)


def test_a_poisoned_command_ends_as_failed_and_the_rest_goes_on(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch, at_once: None
) -> None:
    with a_kind(monkeypatch, "TEST_KIND", poisoned):
        sale(client)
        good = [sent(client, "TEST_KIND", {"number": 1})]
        bad = sent(client, "TEST_KIND", {"bad": True})
        good += [sent(client, "TEST_KIND", {"number": number}) for number in (2, 3, 4)]
        sale(client)
        processor = Processor(only={entity.id})
        processor.step()
        assert statuses(entity) == ["completed"] * 2 + ["accepted"] + ["completed"] * 4
        assert Command.objects.get(pk=bad).tries == 1
        process(entity, processor)
    failed = outcome(client, bad)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "command_poisoned")
    assert failed["error"]["data"]["tries"] == MAX_TRIES
    assert failed["error"]["data"]["reason"].startswith("ZeroDivisionError: the code is wrong")
    assert {outcome(client, one)["status"] for one in good} == {"completed"}


def test_a_posting_that_breaks_the_engine_fails_alone(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch, at_once: None
) -> None:
    """It is found by halving, and the others are posted together."""
    original = posting.post_with_hook

    def breaking(entity_id: UUID, given: Sequence[Any], *rest: Any, **more: Any) -> Any:
        if any(draft.description == "bad" for draft in given):
            raise RuntimeError
        return original(entity_id, given, *rest, **more)

    monkeypatch.setattr(journal_commands, "post_with_hook", breaking)
    for number in range(7):
        sale(client, description="bad" if number == 4 else "")
    process(entity)
    assert statuses(entity) == ["completed"] * 4 + ["failed"] + ["completed"] * 2
    assert journals_of(entity) == 6


def test_what_only_the_database_refuses_fails_alone(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction of all is refused at COMMIT; they are halved, and the culprit ends in one of its own."""
    original = drafts.check

    def as_reversal(draft: Draft) -> Draft:
        """Of a journal that is not there, which only the foreign key knows."""
        return msgspec.structs.replace(original(draft), reverses=uuid4() if draft.description == "bad" else None)

    for number in range(7):
        sale(client, description="bad" if number == 4 else "")
    with monkeypatch.context() as patch:
        patch.setattr(journal_commands, "check", as_reversal)
        process(entity)
    assert statuses(entity) == ["completed"] * 4 + ["failed"] + ["completed"] * 2
    failed = Command.objects.get(entity=entity, status="failed")
    assert outcome(client, str(failed.id))["error"]["code"] == "refused_by_database"


def test_a_type_of_a_later_release_waits_for_it(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_kind(monkeypatch, "TEST_KIND", poisoned):
        later = sent(client, "TEST_KIND", {})
    sold = sale(client)
    process(entity)
    assert [outcome(client, one)["status"] for one in (later, sold)] == ["accepted", "completed"]
    assert due_in(entity) == []
    Command.objects.filter(pk=later).update(due_at=None)
    with a_kind(monkeypatch, "TEST_KIND", poisoned):
        process(entity)
    assert outcome(client, later)["status"] == "completed"


def test_a_payload_that_a_later_rule_refuses_fails(entity: Entity, client: ApiClient) -> None:
    """It was accepted by an earlier release."""
    claim = claim_of("old", ["old"])
    accept([new_command(entity.id, "TRANSFER_MONEY", b'{"debit_account": "cash"}', claim, "key:1")])
    accept([
        new_command(
            entity.id, "TRANSFER_MONEY", b'{"debit_account":"cash","credit_account":"sales","amount":"0"}',
            claim_of("zero", ["zero"]), "key:1",
        )
    ])  # fmt: skip
    process(entity)
    errors = [outcome(client, str(one.id))["error"] for one in Command.objects.filter(entity=entity).order_by("number")]
    assert [error["code"] for error in errors] == ["malformed", "malformed"]
    assert errors[0]["pointer"] == "/payload/credit_account"
    assert errors[1]["pointer"] == "/payload/amount"


# What is tried again


def test_books_that_are_busy_are_tried_again_and_nothing_fails(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch, at_once: None
) -> None:
    original, times = posting.post_with_hook, iter(range(3))

    def busy(*given: Any, **more: Any) -> Any:
        if next(times, None) is not None:
            raise WriterBusy
        return original(*given, **more)

    monkeypatch.setattr(journal_commands, "post_with_hook", busy)
    sale(client)
    other = a_shop_with_cash()
    sale(ApiClient(other))
    processor = Processor(only={entity.id, other.id})
    for _ in range(3):
        processor.step()
    assert "failed" not in statuses(entity)
    process(entity, processor)
    assert statuses(entity) == statuses(other) == ["completed"]
    assert Command.objects.get(entity=entity).tries == 0


def test_books_that_cannot_be_written_to_rest_and_do_not_keep_the_others(
    entity: Entity, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(entity_id: UUID, *_: Any) -> None:
        raise WriterBusy

    other = a_shop_with_cash()
    with a_kind(monkeypatch, "TEST_KIND", busy):
        sent(client, "TEST_KIND", {})
        sale(ApiClient(other))
        processor = Processor(only={entity.id, other.id})
        processor.step()
        assert (statuses(entity), statuses(other)) == (["accepted"], ["completed"])
        assert processor.step() == 0  # it rests
    Command.objects.filter(entity=entity).update(type="TRANSFER_MONEY")
    process(entity)
