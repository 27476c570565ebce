"""Dead letters: an event is given again or gone without, each decision is an event, and a dry run keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from journals.proof.ledger import verify_books
from ledgerflow.books.errors import DatabaseAway
from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import registry
from ledgerflow.events.consuming.dead_letters import use_cases
from ledgerflow.events.consuming.dead_letters.use_cases import LetterRange, discard, replay, replay_many
from ledgerflow.events.consuming.errors import (
    ConsumerUnknown,
    DeadLetterDecided,
    DeadLetterNotFirst,
    DeadLetterNotFound,
    DeadLetterReason,
)
from ledgerflow.events.consuming.home_checks import open_dead_letters
from ledgerflow.events.consuming.models import Cause, DeadLetter, Position, State
from ledgerflow.events.read_models.schemas import ensure_beside_books
from tests.attacks import connect
from tests.builders import an_entity
from tests.consuming.fake_kafka import FakeTopic, log_of
from tests.consuming.toys import Toy, a_dead_letter, books_with, more, registered

BY: dict[str, Any] = {"actor": "user:1"}


@pytest.fixture
def toy() -> Iterator[Toy]:
    made = Toy("park")
    with registered(made):
        yield made


@pytest.fixture
def entity(toy: Toy) -> Entity:
    """Books of seven events, the fifth of which the toy cannot take."""
    entity = books_with(7)
    a_dead_letter(toy, entity, 5)
    return entity


def decisions(entity: Entity) -> list[tuple[str, str, dict[str, Any]]]:
    found = entity.events.filter(type__startswith="dead_letter.").order_by("sequence")
    return [(event.type, event.actor, msgspec.json.decode(event.data)) for event in found]


def went_on(toy: Toy, entity: Entity) -> list[int]:
    """What was applied when the consumer has gone on, but for the events of decisions."""
    toy.runner(entity).drain()
    return [sequence for sequence in toy.taken(entity) if sequence <= 7]


def test_what_failed_is_replayed_and_the_rest_follows(toy: Toy, entity: Entity) -> None:
    (letter,) = toy.letters()
    assert went_on(toy, entity) == [1, 2, 3, 4]
    toy.poison = set()
    came = replay(entity.id, letter.pk, reason="mended", **BY)
    assert (came.applied, came.letter.status, came.letter.decided_by) == (True, "replayed", "user:1")
    assert toy.taken(entity) == [1, 2, 3, 4, 5]
    told = {
        "id": str(letter.pk), "consumer": toy.consumer.name, "database": "books", "sequence": 5,
        "event": str(letter.event_id), "reason": "mended",
    }  # fmt: skip
    assert decisions(entity) == [("dead_letter.replayed", "user:1", told)]
    assert went_on(toy, entity) == [1, 2, 3, 4, 5, 6, 7]
    assert verify_books(entity.id) == []


def test_what_fails_again_stays_with_its_last_error(toy: Toy, entity: Entity) -> None:
    (letter,) = toy.letters()
    toy.ill = [ValueError("another fault")]
    toy.poison = set()
    came = replay(entity.id, letter.pk, **BY)
    assert (came.applied, came.error, came.letter.attempts) == (False, "ValueError: another fault", 4)
    assert came.letter.last_failed_at > came.letter.first_failed_at
    assert (went_on(toy, entity), decisions(entity)) == ([1, 2, 3, 4], [])


def test_a_dry_run_says_what_would_be_and_keeps_nothing(toy: Toy, entity: Entity) -> None:
    (letter,) = toy.letters()
    came = replay(entity.id, letter.pk, dry_run=True, **BY)
    assert (came.applied, came.error, came.letter.attempts) == (False, "PoisonError: event 5 is poison", 3)
    toy.poison = set()
    assert replay(entity.id, letter.pk, dry_run=True, **BY).applied
    assert toy.letters() == [letter]
    assert toy.letters()[0].status == "open"
    assert (went_on(toy, entity), decisions(entity)) == ([1, 2, 3, 4], [])


def test_a_discarded_event_is_left_out_and_no_other(toy: Toy, entity: Entity) -> None:
    (letter,) = toy.letters()
    (on_home,) = open_dead_letters(entity.id).entries
    assert (on_home.figures["place"], on_home.figures["error"]) == ("event 5", "PoisonError: event 5 is poison")
    assert on_home.cures[0].row == letter.pk
    assert discard(entity.id, letter.pk, reason="a test run", **BY).status == "discarded"
    ((kind, actor, told),) = decisions(entity)
    assert (kind, actor, told["sequence"], told["reason"]) == ("dead_letter.discarded", "user:1", 5, "a test run")
    assert open_dead_letters(entity.id).entries == []
    assert went_on(toy, entity) == [1, 2, 3, 4, 6, 7]
    assert verify_books(entity.id) == []


def test_a_decision_is_the_last_word(toy: Toy, entity: Entity) -> None:
    (letter,) = toy.letters()
    discard(entity.id, letter.pk, reason="x", **BY)
    for decide in (discard, replay):
        with pytest.raises(DeadLetterDecided) as refused:
            decide(entity.id, letter.pk, reason="y", **BY)
        assert refused.value.data == {"status": "discarded"}
    assert len(decisions(entity)) == 1


@pytest.mark.parametrize("reason", ["", " \n"])
def test_discarding_takes_a_reason(toy: Toy, entity: Entity, reason: str) -> None:
    with pytest.raises(DeadLetterReason):
        discard(entity.id, toy.letters()[0].pk, reason=reason, **BY)


def test_nobody_decides_about_the_books_of_others(toy: Toy, entity: Entity) -> None:
    (letter,) = toy.letters()
    for decide in (discard, replay):
        with pytest.raises(DeadLetterNotFound):
            decide(an_entity().id, letter.pk, reason="x", **BY)


def test_a_consumer_that_is_gone_can_only_be_discarded(entity: Entity) -> None:
    gone = Toy()
    a_dead_letter(gone, entity, 2)
    (letter,) = gone.letters()
    with pytest.raises(ConsumerUnknown):
        replay(entity.id, letter.pk, **BY)
    assert discard(entity.id, letter.pk, reason="it is gone", **BY).status == "discarded"


def test_a_decision_that_cannot_be_told_is_not_carried_out(
    toy: Toy, entity: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseAway

    toy.poison = set()
    monkeypatch.setattr(use_cases, "write", away)
    for decide in (discard, replay):
        with pytest.raises(DatabaseAway):
            decide(entity.id, toy.letters()[0].pk, reason="x", **BY)
    assert (toy.letters()[0].status, toy.taken(entity)) == ("open", [1, 2, 3, 4])


def test_one_that_the_consumer_is_past_is_replayed_as_it_is(toy: Toy, entity: Entity) -> None:
    """As after a rebuild: the position is beyond the letter, so there is nothing left to apply."""
    (letter,) = toy.letters()
    Position.objects.filter(consumer=toy.consumer.name).update(
        sequence=6, hash=log_of(entity)[5].hash, state=State.FOLLOWING, cause="", stopped_at=None
    )
    assert replay(entity.id, letter.pk, **BY).applied
    assert went_on(toy, entity) == [1, 2, 3, 4, 7]


def test_several_are_replayed_together(toy: Toy, entity: Entity) -> None:
    other = Toy()
    with registered(other):
        for sequence, consumer in ((3, other), (4, Toy())):
            a_dead_letter(consumer, entity, sequence)
        toy.poison = set()
        names = {toy.consumer.name, other.consumer.name}
        with pytest.raises(ConsumerUnknown):
            replay_many(entity.id, LetterRange(), dry_run=True, **BY)
        DeadLetter.objects.filter(entity_id=entity.id).exclude(consumer__in=names).delete()
        wanted = LetterRange(from_sequence=3, to_sequence=4)
        assert [one.letter.sequence for one in replay_many(entity.id, wanted, dry_run=True, **BY)] == [3]
        assert [one.applied for one in replay_many(entity.id, LetterRange(), **BY)] == [True, False]
        assert [one.letter.sequence for one in replay_many(entity.id, LetterRange(), dry_run=True, **BY)] == [3]
    own = other.letters()[0].pk
    assert replay_many(entity.id, LetterRange(to_id=toy.letters()[0].pk), **BY) == []
    assert replay_many(entity.id, LetterRange(consumer=toy.consumer.name, from_id=own), **BY) == []


# Gaps, broken histories and messages that are none


def test_a_gap_is_filled_from_the_books(toy: Toy) -> None:
    entity, topic = books_with(6), FakeTopic()
    topic.put_log(entity, 1, 2, 5, 6)
    runner = toy.runner(entity, source="kafka", client=topic.client)
    runner.drain()
    (letter,) = toy.letters()
    with pytest.raises(DeadLetterNotFirst) as refused:
        discard(entity.id, letter.pk, reason="x", **BY)
    assert refused.value.data == {"position": 2, "sequence": 5}
    came = replay(entity.id, letter.pk, **BY)
    assert (came.applied, came.letter.decided_by) == (True, "user:1")
    source: Any = runner._source
    source._read_passed_over()
    assert runner.step() == 1
    assert toy.taken(entity) == [1, 2, 3, 4, 5, 6]


def test_a_forged_message_is_discarded_and_the_true_one_follows(toy: Toy) -> None:
    entity, topic = books_with(5), FakeTopic()
    topic.put_log(entity, 1, 2)
    topic.put(log_of(entity)[1]._replace(hash=bytes(32)))  # at the position
    topic.put_log(entity, 3, 4, 5)
    runner = toy.runner(entity, source="kafka", client=topic.client)
    runner.drain()
    (letter,) = toy.letters()
    assert (letter.cause, letter.sequence, letter.kafka_offset) == (Cause.BROKEN, 2, 2)
    assert not replay(entity.id, letter.pk, **BY).applied
    discard(entity.id, letter.pk, reason="forged", **BY)
    source: Any = runner._source
    source._read_passed_over()
    assert runner.step() == 3
    assert toy.taken(entity) == [1, 2, 3, 4, 5]


def test_a_malformed_message_is_read_anew_or_discarded(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    entity, topic = books_with(4), FakeTopic()
    topic.put_log(entity, 1)
    topic.put_raw([("ce_id", b"x")], b"{}")
    topic.put_raw(None, b"nothing")
    topic.put_log(entity, 3, 4)
    runner = toy.runner(entity, source="kafka", client=topic.client)
    runner.drain()
    first, second, gap = toy.letters()
    came = replay(None, first.pk, **BY)
    assert (came.applied, "no event" in came.error) == (False, True)
    monkeypatch.setattr(use_cases, "event_of", lambda *_: log_of(entity)[1])  # a release that can read it
    assert replay(None, first.pk, **BY).applied
    assert toy.taken(entity) == [1, 2]
    gap.refresh_from_db()
    assert gap.status == "replayed"
    assert discard(None, second.pk, reason="no event", **BY).decided_by == "user:1"
    source: Any = runner._source
    source._read_passed_over()
    assert runner.step() == 2
    assert decisions(entity) == []


# In the other database


def test_consumers_beside_read_models_have_the_same(entity: Entity) -> None:
    ensure_beside_books()
    toy = Toy(database="read_models")
    toy.poison = {(entity.id, 4)}
    with registered(toy):
        runner = toy.runner(entity)
        runner.drain()
        runner.close()
        assert toy.letters() == []
        (letter,) = DeadLetter.objects.using("read_models").filter(consumer=toy.consumer.name)
        toy.poison = set()
        assert replay(entity.id, letter.pk, **BY).applied
    ((_, _, told),) = decisions(entity)
    assert (told["database"], told["sequence"]) == ("read_models", 4)
    assert went_on(toy, entity) == [1, 2, 3, 4, 5, 6, 7]
    assert not Position.objects.filter(consumer=toy.consumer.name).exists()
    assert verify_books(entity.id) == []


# The proof


@pytest.mark.parametrize(
    "change",
    [
        "decided_by = 'user:2'", "reason = 'other'", "status = 'replayed'", "sequence = 6", "consumer = 'x'",
        "event_id = gen_random_uuid()", "decided_at = decided_at + interval '1 second'", "entity_id = gen_random_uuid()",
    ],
)  # fmt: skip
def test_a_decision_that_was_changed_is_found(toy: Toy, entity: Entity, change: str) -> None:
    (letter,) = toy.letters()
    discard(entity.id, letter.pk, reason="x", **BY)
    with connect() as connection:
        connection.execute(f"UPDATE consuming_deadletter SET {change} WHERE id = %s".encode(), (letter.pk,))
    faults = verify_books(entity.id)
    assert {fault.table for fault in faults} == {"consuming_deadletter"}


def test_a_decision_without_an_event_and_one_without_a_row_are_found(toy: Toy, entity: Entity) -> None:
    (letter,) = toy.letters()
    DeadLetter.objects.filter(pk=letter.pk).update(
        status="discarded", decided_by="user:1", decided_at="2026-03-02T12:00Z"
    )
    assert [(one.key, one.found) for one in verify_books(entity.id)] == [(str(letter.pk), "a row")]
    DeadLetter.objects.filter(pk=letter.pk).update(status="open", decided_by="", decided_at=None)
    more(entity, 1)
    discard(entity.id, letter.pk, reason="x", **BY)
    DeadLetter.objects.filter(pk=letter.pk).delete()
    assert [(one.key, one.found) for one in verify_books(entity.id)] == [(str(letter.pk), "absent")]


def test_toys_are_gone_afterwards() -> None:
    assert not any(name.startswith("toy") for name in registry.consumers)
