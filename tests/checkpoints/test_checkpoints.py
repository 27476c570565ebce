"""Making checkpoints: what is signed, what is kept of it, when one is due, and what is never signed."""

from __future__ import annotations

from base64 import b64decode
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from journals.proof.ledger import verify_books
from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.writing import write
from ledgerflow.core.errors import NotFound, TryAgain
from ledgerflow.events.checkpoints import reading, use_cases
from ledgerflow.events.checkpoints.errors import ConsistencyBackwards, LogEmpty, LogRewritten, NotInCheckpoint
from ledgerflow.events.checkpoints.keys import origin_of, verifier_keys
from ledgerflow.events.checkpoints.merkle import Frontier, is_consistent, leaf_hash, root_by_inclusion
from ledgerflow.events.checkpoints.models import Checkpoint, Tile
from ledgerflow.events.checkpoints.notes import TreeHead, opened
from ledgerflow.events.checkpoints.reading import consistency_of, inclusion_of
from ledgerflow.events.checkpoints.use_cases import entities_due, make_checkpoint
from ledgerflow.ops.jobs import Came
from tests.builders import unguarded
from tests.checkpoints.logs import a_checkpoint, a_log, cut_off, grow, hashes_of, rewrite
from tests.concurrency.races import Race
from tests.jobs import tick_for

pytestmark = pytest.mark.every_server

JOB = "make_checkpoints"
FOR_EVER = 10**9  # seconds: longer than any clock of a test goes back


def root_of(hashes: list[bytes]) -> bytes:
    tree = Frontier()
    for one in hashes:
        tree.append(one)
    return tree.root


def test_a_checkpoint_says_what_the_log_is() -> None:
    entity = a_log(journals=2)
    made = make_checkpoint(entity.id)
    hashes = hashes_of(entity)
    head = TreeHead.read(opened(made.note, verifier_keys(origin_of(entity.code))))
    assert head == TreeHead(
        f"ledgerflow/{entity.code}", len(hashes), root_of(hashes), entity.id, hashes[-1], made.created_at
    )
    assert (made.number, made.size, bytes(made.root)) == (1, len(hashes), head.root)
    assert b64decode(made.note.split("\n")[2]) == head.root


def test_nothing_new_is_nothing_to_sign() -> None:
    entity = a_log()
    first = make_checkpoint(entity.id)
    assert make_checkpoint(entity.id) == first
    assert a_checkpoint(entity, journals=1).number == 2
    assert Checkpoint.objects.filter(entity=entity).count() == 2


def test_what_grew_over_several_blocks_is_proven_event_by_event() -> None:
    entity = a_log()
    made = [a_checkpoint(entity, journals=count) for count in (0, 7, 247, 1, 300)]
    assert [one.size for one in made] == [3, 10, 257, 258, 558]
    hashes = hashes_of(entity)
    for checkpoint in made:
        assert bytes(checkpoint.root) == root_of(hashes[: checkpoint.size])
        for sequence in {1, 2, 9, 256, 257, 300, checkpoint.size}:
            if sequence <= checkpoint.size:
                found = inclusion_of(entity.id, sequence, checkpoint.size)
                assert (found.leaf_index, found.hash) == (sequence - 1, hashes[sequence - 1])
                assert found.previous_hash == (hashes[sequence - 2] if sequence > 1 else bytes(32))
                leaf = leaf_hash(found.hash)
                assert root_by_inclusion(leaf, sequence - 1, checkpoint.size, found.path) == bytes(checkpoint.root)
    for old in made:
        path = consistency_of(entity.id, old.size, made[-1].size).path
        assert is_consistent(old.size, made[-1].size, bytes(old.root), bytes(made[-1].root), path)
    assert verify_books(entity.id) == []


def test_a_long_log_is_signed_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_cases, "AT_ONCE", 5)
    entity = a_log(journals=9)
    assert make_checkpoint(entity.id).size == 12
    assert list(Checkpoint.objects.filter(entity=entity).order_by("number").values_list("size", flat=True)) == [
        5,
        10,
        12,
    ]
    assert verify_books(entity.id) == []


def test_unknown_books_and_books_without_events() -> None:
    with pytest.raises(NotFound):
        make_checkpoint(uuid4())
    entity = a_log()
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM books_event WHERE entity_id = %s", [entity.id])
    with pytest.raises(LogEmpty):
        make_checkpoint(entity.id)


def test_an_event_that_is_in_no_checkpoint_yet() -> None:
    entity = a_log()
    with pytest.raises(NotInCheckpoint) as refusal:
        inclusion_of(entity.id, 1)
    assert refusal.value.data == {"sequence": 1, "size": 0}
    first = make_checkpoint(entity.id)
    grow(entity)
    for size in (None, first.size):
        with pytest.raises(NotInCheckpoint):
            inclusion_of(entity.id, first.size + 1, size)
    with pytest.raises(NotFound):
        inclusion_of(entity.id, 1, first.size + 1)


def test_a_proof_of_consistency_goes_forwards_between_two_checkpoints() -> None:
    entity = a_log()
    first, second = a_checkpoint(entity), a_checkpoint(entity, journals=2)
    assert consistency_of(entity.id, second.size, second.size).path == []
    with pytest.raises(ConsistencyBackwards):
        consistency_of(entity.id, second.size, first.size)
    for old, size in ((first.size, first.size + 1), (first.size + 1, second.size)):
        with pytest.raises(NotFound):
            consistency_of(entity.id, old, size)


# What is never signed


def changed_tile(entity_id: Any) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE checkpoints_tile SET hashes = sha256('x') || sha256('y') || sha256('z') WHERE entity_id = %s",
            [entity_id],
        )


def changed_last_event(entity_id: Any) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("UPDATE books_event SET hash = sha256('x') WHERE entity_id = %s AND sequence = 3", [entity_id])


def missing_event(entity_id: Any) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM books_event WHERE entity_id = %s AND sequence = 5", [entity_id])


@pytest.mark.parametrize(
    "change, reason",
    [
        (changed_tile, reading.ANOTHER_ROOT),
        (changed_last_event, use_cases.IS_REWRITTEN),
        (missing_event, use_cases.HAS_GAP),
    ],
)
def test_a_log_that_contradicts_its_checkpoint_gets_no_other(change: Any, reason: str) -> None:
    entity = a_log()
    make_checkpoint(entity.id)
    grow(entity, 3)
    change(entity.id)
    with pytest.raises(LogRewritten) as refusal:
        make_checkpoint(entity.id)
    assert refusal.value.data == {"size": 3, "reason": reason}
    assert Checkpoint.objects.filter(entity=entity).count() == 1


def test_nor_does_one_that_was_hashed_again_or_cut_off() -> None:
    rewritten = a_log(journals=3)
    make_checkpoint(rewritten.id)
    rewrite(rewritten, 2, "Another one")
    grow(rewritten)
    with pytest.raises(LogRewritten, match="another one"):
        make_checkpoint(rewritten.id)
    shorter = a_log(journals=3)
    make_checkpoint(shorter.id)
    cut_off(shorter, 4)
    with pytest.raises(LogRewritten, match="not there"):
        make_checkpoint(shorter.id)


# The job


def is_due(entity_id: Any) -> bool:
    return entity_id in entities_due()


def test_a_checkpoint_is_due_after_so_many_events(settings: Settings) -> None:
    settings.LEDGERFLOW_CHECKPOINT_EVENTS, settings.LEDGERFLOW_CHECKPOINT_SECONDS = 5, 86_400
    entity = a_log(journals=1)
    assert not is_due(entity.id)
    grow(entity)
    assert is_due(entity.id)
    assert tick_for(JOB, entity.id) == Came.DONE
    assert Checkpoint.objects.get(entity=entity).size == 5
    grow(entity, 4)
    assert not is_due(entity.id)
    grow(entity)
    assert is_due(entity.id)


def test_a_checkpoint_is_due_when_an_event_waits_for_long(settings: Settings) -> None:
    settings.LEDGERFLOW_CHECKPOINT_SECONDS = FOR_EVER
    entity = a_log()
    assert not is_due(entity.id)
    settings.LEDGERFLOW_CHECKPOINT_SECONDS = 0
    assert is_due(entity.id)
    tick_for(JOB, entity.id)
    assert not is_due(entity.id)  # nothing waits, however long


def test_the_job_makes_none_that_is_not_due(settings: Settings) -> None:
    settings.LEDGERFLOW_CHECKPOINT_EVENTS, settings.LEDGERFLOW_CHECKPOINT_SECONDS = 5, FOR_EVER
    entity, other = a_log(), a_log(journals=2)
    assert is_due(other.id)  # of each entity its own log counts
    assert tick_for(JOB, entity.id) == Came.DONE
    assert not Checkpoint.objects.filter(entity=entity).exists()


# At once


def test_one_at_a_time() -> None:
    entity = a_log()
    with one_at_a_time(f"checkpoint {entity.id}"), pytest.raises(TryAgain):
        make_checkpoint(entity.id)
    assert make_checkpoint(entity.id).number == 1


@pytest.mark.parametrize("is_locked", [True, False], ids=["as it is", "without the lock"])
def test_two_at_once_make_one(monkeypatch: pytest.MonkeyPatch, *, is_locked: bool) -> None:
    """Without the lock both would write, and the database would have to refuse one of them."""
    entity = a_log()

    def gated(*given: Any) -> Any:
        race.stop_here()  # the log is read and the tree is made
        return write(*given)

    monkeypatch.setattr(use_cases, "write", gated)
    if not is_locked:
        monkeypatch.setattr(use_cases, "one_at_a_time", lambda _name: nullcontext())
    race = Race(lambda: make_checkpoint(entity.id), lambda: make_checkpoint(entity.id))
    race.start()
    outcomes = race.finish()
    refused = [type(one) for one in outcomes if isinstance(one, Exception)]
    assert len(refused) == 1
    assert issubclass(refused[0], TryAgain if is_locked else psycopg.errors.UniqueViolation)
    assert Checkpoint.objects.filter(entity=entity).count() == Tile.objects.filter(entity=entity).count() == 1
    assert verify_books(entity.id) == []
