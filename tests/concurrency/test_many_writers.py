"""Many threads, many books: everybody gets his own answer, nobody anybody else's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connections

from journals import posting
from journals.drafts import Draft
from journals.events import read_fact
from journals.models import Journal
from journals.posting import post, post_many
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import serialization_retries
from tests.builders import a_transfer, an_account, an_entity, balance_of
from tests.concurrency.races import PATIENCE_SECONDS, post_elsewhere

pytestmark = pytest.mark.every_server


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all at the same time; their outcomes in their order."""
    start = Barrier(len(works))
    outcomes: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            outcomes[number] = works[number]()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,), daemon=True) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "somebody waits for ever"
    return outcomes


@pytest.fixture
def entity() -> Entity:
    return books()


def books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "wallet", "liability", min_balance="0")
    return entity


def test_many_threads_through_one_queue(entity: Entity) -> None:
    drafts = [a_transfer("cash", "wallet", f"{number}.00", description=f"no {number}") for number in range(1, 21)]
    answers = at_once(*(lambda draft=draft: post(entity.id, draft) for draft in drafts))
    for draft, answer in zip(drafts, answers, strict=True):
        fact = read_fact(answer.journal)
        assert (fact.idempotency_key, fact.description) == (draft.key, draft.description)
    assert sorted(read_fact(answer.journal).number for answer in answers) == list(range(1, 21))
    assert balance_of(entity, "wallet") == sum(range(1, 21))
    assert verify_books(entity.id) == []


def test_one_key_from_many_threads_posts_once(entity: Entity) -> None:
    """Through the queue of one process and past it, as from others."""
    draft = a_transfer("cash", "wallet", "7.00", key="once")
    inside = [lambda: post(entity.id, draft)] * 8
    outside = [lambda: post_elsewhere(entity, draft)[0]] * 4
    answers = at_once(*inside, *outside)
    assert sorted(answer.status for answer in answers) == ["posted"] + ["replayed"] * 11
    assert len({answer.journal for answer in answers}) == 1
    assert balance_of(entity, "wallet") == 7
    assert verify_books(entity.id) == []


def test_one_key_with_two_contents_posts_one(entity: Entity) -> None:
    drafts = [a_transfer("cash", "wallet", f"{amount}.00", key="mine") for amount in (1, 2)]
    answers = at_once(*(lambda draft=draft: post_elsewhere(entity, draft)[0] for draft in drafts))
    assert sorted(answer.status for answer in answers) == ["posted", "refused"]
    assert [answer.refusal.code for answer in answers if answer.refusal] == ["idempotency_key_reused"]


def test_four_entities_at_once_do_not_meet() -> None:
    """No retries, no mixing: each has exactly its own."""
    entities = [books() for _ in range(4)]
    before = serialization_retries.value

    def fill(entity: Entity) -> list[Any]:
        return [
            answer
            for _ in range(5)
            for answer in post_many(
                entity.id, [a_transfer("cash", "wallet", "1.00", description=entity.code) for _ in range(20)]
            )
        ]

    outcomes = at_once(*(lambda entity=entity: fill(entity) for entity in entities))
    assert serialization_retries.value == before
    for entity, answers in zip(entities, outcomes, strict=True):
        assert [answer.status for answer in answers] == ["posted"] * 100
        assert {read_fact(answer.journal).description for answer in answers} == {entity.code}
        assert set(Journal.objects.filter(entity=entity).values_list("description", flat=True)) == {entity.code}
        assert Journal.objects.filter(entity=entity).count() == 100
        assert balance_of(entity, "wallet") == 100
        assert verify_books(entity.id) == []


def what_only_the_database_refuses() -> Draft:
    """A description that is too long for its column; the form check, which would have said so, is gone past."""
    return a_transfer("cash", "wallet", "1.00", description="x" * 501)


@pytest.mark.parametrize("place", [0, 3, 8])
def test_only_the_culprit_of_a_batch_is_refused(entity: Entity, place: int) -> None:
    drafts = [a_transfer("cash", "wallet", "1.00") for _ in range(9)]
    drafts[place] = what_only_the_database_refuses()
    answers = post_elsewhere(entity, *drafts)
    expected = ["posted"] * 9
    expected[place] = "refused"
    assert [answer.status for answer in answers] == expected
    refusal = answers[place].refusal
    assert refusal is not None
    assert refusal.code == "refused_by_database"
    assert verify_books(entity.id) == []


def test_a_culprit_refuses_its_atomic_request_and_no_other(entity: Entity) -> None:
    requests = [
        posting.PostingRequest([a_transfer("cash", "wallet", "1.00")]),
        posting.PostingRequest([a_transfer("cash", "wallet", "2.00"), what_only_the_database_refuses()], atomic=True),
        posting.PostingRequest([a_transfer("cash", "wallet", "4.00"), what_only_the_database_refuses()]),
        posting.PostingRequest([a_transfer("cash", "wallet", "8.00")]),
    ]
    answers = posting._post_requests(entity.id, requests)
    assert [[answer.status for answer in each] for each in answers] == [
        ["posted"],
        ["refused", "refused"],
        ["posted", "refused"],
        ["posted"],
    ]
    assert balance_of(entity, "wallet") == 13
    assert verify_books(entity.id) == []


def test_a_culprit_in_the_queue_does_not_touch_its_neighbours(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many callers, one batch: the leader is held until all the others stand in the queue."""
    monkeypatch.setattr(posting, "check", lambda draft: draft)
    queue = posting._queues[entity.id]
    leading, go_on = Event(), Event()
    original = queue._process
    batches: list[int] = []

    def held(requests: Sequence[posting.PostingRequest]) -> Any:
        batches.append(len(requests))
        if len(batches) == 1:
            leading.set()
            assert go_on.wait(PATIENCE_SECONDS)
        return original(requests)

    monkeypatch.setattr(queue, "_process", held)
    drafts = [a_transfer("cash", "wallet", "1.00") for _ in range(7)] + [what_only_the_database_refuses()]

    def caller(draft: Draft) -> Callable[[], Any]:
        return lambda: post_many(entity.id, [draft])[0]

    def release() -> None:
        assert leading.wait(PATIENCE_SECONDS)
        breath = Event()
        while len(queue._waiting) < len(drafts) - 1:
            breath.wait(0.001)
        go_on.set()

    *answers, _ = at_once(*map(caller, drafts), release)
    assert batches[0] == 1
    assert sum(batches) == len(drafts)
    statuses = [answer.status for answer in answers]
    assert statuses == ["posted"] * 7 + ["refused"]
    assert balance_of(entity, "wallet") == 7
    assert verify_books(entity.id) == []


def test_a_leader_killed_in_the_middle_loses_nothing(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies after its rows were written and before COMMIT; the same keys then post, each once."""
    killed: list[bool] = []
    original = posting._answer

    def die_once(*args: Any, **kwargs: Any) -> Any:
        if not killed:
            killed.append(True)
            raise SystemExit
        return original(*args, **kwargs)

    monkeypatch.setattr(posting, "_answer", die_once)
    drafts = [a_transfer("cash", "wallet", "1.00") for _ in range(6)]
    outcomes = at_once(*(lambda draft=draft: post(entity.id, draft) for draft in drafts))
    dead = [outcome for outcome in outcomes if isinstance(outcome, SystemExit)]
    assert len(dead) == 1
    assert {
        getattr(outcome, "code", "") for outcome in outcomes if outcome not in dead and isinstance(outcome, Exception)
    } <= {"outcome_unknown"}
    again = [post(entity.id, draft) for draft in drafts]
    assert {answer.status for answer in again} <= {"posted", "replayed"}
    assert balance_of(entity, "wallet") == 6
    assert verify_books(entity.id) == []
