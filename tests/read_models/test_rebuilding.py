"""A rebuild takes the place of what is live while everybody goes on, or leaves it as it was."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from journals.posting import post_many
from ledgerflow.books.models import Entity
from ledgerflow.events.read_models import histories, rebuilding
from ledgerflow.events.read_models import schemas as schemas_of_rebuilds
from ledgerflow.events.read_models.errors import HistoryShortError, RebuildRefusedError
from ledgerflow.events.read_models.histories import KafkaHistory, Positions
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient
from tests.consuming.fake_kafka import FakeTopic, log_of
from tests.eventful import eventful_books
from tests.read_models.projecting import TopicReader, builder, history, project, read_models

PROJECT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("apart")


def rebuild(*entities: Entity, progress: Any = lambda _count: None) -> int:
    with history(*entities) as log:
        return rebuilding.rebuild(log, progress)


def compare(*entities: Entity) -> list[str]:
    with history(*entities) as log:
        return rebuilding.compare(log)


def kafka(topic: FakeTopic, most: int = 1_000) -> KafkaHistory:
    client = TopicReader(topic, most)
    return KafkaHistory(client, client)


def rows() -> list[Any]:
    with read_models() as connection:
        journals = connection.execute("SELECT id, entity_id, event_sequence FROM journals ORDER BY 2, 3").fetchall()
        balances = connection.execute("SELECT * FROM balances ORDER BY entity_id, account").fetchall()
        return [*journals, *balances]


def schemas() -> list[str]:
    with read_models() as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read_models%' ORDER BY 1")
        return [name for (name,) in found]


def positions() -> Positions:
    with read_models() as connection:
        found = connection.execute("SELECT entity_id, sequence FROM consuming_position WHERE consumer = 'read_models'")
        return dict(found.fetchall())


def spoil(statement: str) -> None:
    with read_models() as connection:
        connection.execute(statement.encode())


def test_what_is_wrong_is_found_and_made_right() -> None:
    entity, other = eventful_books(), eventful_books()
    project(entity, other)
    right, heads = rows(), positions()
    assert compare(entity, other) == []
    spoil("UPDATE balances SET debits = 7 WHERE account = 'cash'")
    spoil("DELETE FROM journals WHERE number = 1")
    found = compare(entity, other)
    assert sorted({line.partition(" in ")[0] for line in found}) == ["balances: only", "journals: only"]
    assert len(found) == 6
    assert rows() != right
    assert rebuild(entity, other) == sum(heads.values())
    assert (rows(), positions(), schemas()) == (right, heads, ["read_models"])
    assert compare(entity, other) == []


def test_the_first_build_may_be_a_rebuild() -> None:
    entity = eventful_books()
    rebuild(entity)
    assert project(entity) == 0
    assert compare(entity) == []
    with read_models() as connection:  # the indexes that filling goes without
        assert connection.execute("SELECT to_regclass('journals_by_word') IS NOT NULL").fetchone() == (True,)


def test_entities_that_nobody_has_projected_come_along() -> None:
    entity, new = eventful_books(), eventful_books()
    project(entity)
    rebuild(entity, new)
    assert set(positions()) == {entity.id, new.id}


@pytest.fixture
def busy() -> Iterator[Entity]:
    """Books into which is posted, and whose read models are built, until the test is over."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    stop = Event()

    def work() -> None:
        runner = builder(entity)
        while not stop.is_set():
            post_many(entity.id, [a_transfer("cash", "sales", "1.00") for _ in range(20)])
            runner.step()
        runner.drain()
        runner.close()

    thread = Thread(target=work)
    project(entity)
    thread.start()
    yield entity
    stop.set()
    thread.join()


def test_posting_and_building_go_on_meanwhile(busy: Entity) -> None:
    for _ in range(3):
        rebuild(busy)
    seen = positions()[busy.id]
    with read_models() as connection:  # the builder goes on in what was rebuilt
        for _ in range(3_000):
            if positions()[busy.id] > seen:
                break
            connection.execute("SELECT pg_sleep(0.01)")
    assert positions()[busy.id] > seen
    assert compare(busy) == []
    assert len(positions()) == 1


def test_readers_go_on_meanwhile(busy: Entity) -> None:
    client, statuses = ApiClient(busy), set()
    stop = Event()

    def read() -> None:
        while not stop.is_set():
            statuses.add(client.get("/api/views/journals", {"limit": 5}).status)
            statuses.add(client.get("/api/views/dashboard").status)

    thread = Thread(target=read)
    thread.start()
    rebuild(busy)
    stop.set()
    thread.join()
    assert statuses == {200}


class KilledError(BaseException):
    """The process is gone: nothing more of it is done."""


@pytest.mark.parametrize("when", ["filling", "before the change of names", "after it"])
def test_a_rebuild_that_was_killed_leaves_what_is_live(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entity = eventful_books()
    project(entity)
    right = rows()

    def kill(*_: Any, **__: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        if when == "filling":
            patched.setattr(schemas_of_rebuilds, "make_indexes", kill)
        elif when == "before the change of names":
            patched.setattr(rebuilding, "CHANGE_NAMES", "SELECT 1/0")
        else:
            patched.setattr(rebuilding, "_drop_old", kill)
        with pytest.raises((KilledError, psycopg.errors.DivisionByZero)):
            rebuild(entity)
    assert schemas() == ["read_models", "read_models_old" if when == "after it" else "read_models_next"]
    assert rows() == right
    assert project(entity) == 0
    rebuild(entity)
    assert (schemas(), rows()) == (["read_models"], right)


def test_a_process_that_was_killed_keeps_no_other_from_it(database_url: str, second_database: str) -> None:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    post_many(entity.id, [a_transfer("cash", "sales", "1.00") for _ in range(3_000)])
    project(entity)
    right = rows()
    apart = re.sub(r"@/[^?]+", f"@/{second_database}", database_url)
    process = subprocess.Popen(
        [sys.executable, PROJECT / "manage.py", "rebuild_read_models", "--source", "table"],
        env=os.environ | {"DATABASE_URL": database_url, "READMODEL_DATABASE_URL": apart},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with read_models() as connection:
        for _ in range(6_000):
            if connection.execute("SELECT to_regclass('read_models_next.journals') IS NOT NULL").fetchone() == (True,):
                break
            connection.execute("SELECT pg_sleep(0.01)")
        else:
            pytest.fail("it did not begin")
        process.kill()
        process.wait()
        assert rows() == right
        for _ in range(6_000):  # until the server has seen that nobody is there any more
            left = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            ).fetchone()
            if left == (1,):
                break
            connection.execute("SELECT pg_sleep(0.01)")
    rebuild(entity)
    assert (schemas(), rows()) == (["read_models"], right)


def test_two_rebuilds_at_once_are_refused() -> None:
    entity = eventful_books()
    project(entity)
    refused = []

    def second(_count: int) -> None:
        with pytest.raises(RebuildRefusedError, match="Another rebuild"):
            rebuild(entity)
        refused.append(1)

    rebuild(entity, progress=second)
    assert refused
    assert compare(entity) == []


def test_the_lease_of_the_builder_is_carried_over() -> None:
    entity = eventful_books()
    runner = builder(entity)
    runner.drain()

    def lease() -> Any:
        with read_models() as connection:
            return connection.execute("SELECT lease_owner, lease_epoch FROM consuming_position").fetchone()

    before = lease()
    rebuild(entity)
    assert lease() == before == (runner.owner, 1)
    posted(entity, a_transfer("cash", "capital", "1.00"))
    assert runner.drain() == 1
    runner.close()


def test_an_entity_that_was_stopped_goes_on_afterwards() -> None:
    entity = eventful_books()
    project(entity)
    spoil("ALTER TABLE balances ADD CONSTRAINT nothing_more CHECK (debits < 0) NOT VALID")
    posted(entity, a_transfer("cash", "capital", "1.00"))
    runner = builder(entity, pause=lambda _seconds: None)
    assert runner.drain() == 0
    with read_models() as connection:
        assert connection.execute("SELECT state FROM consuming_position").fetchone() == ("stopped",)
        rebuild(entity)
        assert connection.execute("SELECT state, cause FROM consuming_position").fetchone() == ("following", "")
        assert connection.execute("SELECT count(*) FROM consuming_deadletter").fetchone() == (0,)
    posted(entity, a_transfer("cash", "capital", "1.00"))
    assert runner.drain() == 1
    runner.close()


def test_a_history_that_does_not_fit_together_is_refused() -> None:
    entity = eventful_books()
    project(entity)
    right = rows()
    topic, log = FakeTopic(), log_of(entity)
    for event in [*log[:5], log[5]._replace(actor="forger")]:
        topic.put(event)
    with pytest.raises(RebuildRefusedError, match="hash of event 6"):
        rebuilding.rebuild(kafka(topic))
    assert rows() == right


@pytest.mark.parametrize("most", [3, 1_000])
def test_a_rebuild_from_kafka_is_the_same(most: int) -> None:
    """Messages come twice, in pieces, between those of others, and one after those that follow it."""
    entity, other = eventful_books(), eventful_books()
    project(entity, other)
    topic = FakeTopic(2)
    topic.put_raw([("ce_type", b"nonsense")], b"{}")
    topic.put_log(entity)
    topic.put_log(entity, 3, 4)
    late, *rest = log_of(other)
    for event in [*rest, late]:
        topic.put(event, 1)
    assert rebuilding.compare(kafka(topic, most)) == []
    spoil("DELETE FROM balances")
    rebuilding.rebuild(kafka(topic, most))
    assert compare(entity, other) == []


def test_what_kafka_does_not_have_yet_is_waited_for_and_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = eventful_books()
    project(entity)
    right = rows()
    topic = FakeTopic()
    topic.put_log(entity, *range(1, 5))
    monkeypatch.setattr(rebuilding, "TRIES", 2)
    monkeypatch.setattr(rebuilding, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(histories, "PATIENCE_SECONDS", -1)
    with pytest.raises(RebuildRefusedError, match="does not have yet"):
        rebuilding.rebuild(kafka(topic))
    with pytest.raises(HistoryShortError, match="no event 5"):
        rebuilding.compare(kafka(topic))
    assert rows() == right


def test_kafka_and_an_empty_database_alone_come_to_the_same() -> None:
    entity, topic = eventful_books(), FakeTopic()
    topic.put_log(entity)
    runner = builder(entity, source="kafka", client=topic.client)
    runner.drain()
    runner.close()
    assert compare(entity) == []
