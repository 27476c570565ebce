"""`manage.py replay`: balances and day totals from events alone are those of the books, or what differs is named."""

from __future__ import annotations

from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from journals.posting import post_many
from journals.proof import scratch
from journals.proof.scratch import replay
from ledgerflow.books.models import Entity
from ledgerflow.events.read_models import histories
from ledgerflow.events.read_models.errors import HistoryShortError
from ledgerflow.events.read_models.histories import KafkaHistory
from tests.attacks import connect
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.consuming.fake_kafka import FakeTopic, log_of
from tests.eventful import eventful_books
from tests.holding import a_busy_wallet
from tests.read_models.projecting import TopicReader


def differences(*entities: Entity, topic: FakeTopic | None = None) -> list[str]:
    only = [one.id for one in entities]
    client = None if topic is None else TopicReader(topic, 7)
    found = replay(KafkaHistory(client, client, only) if client else None, only)
    assert set(found) == {one.id for one in entities}
    return [sentence for one in found.values() for sentence in one.differences]


def change(statement: str, entity: Entity) -> None:
    """As a superuser does who has taken the guards down."""
    with connect() as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement.encode(), (entity.id,)).rowcount == 1
        connection.commit()


def a_busy_till() -> Entity:
    """More lines on one account than a part of a day total holds."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    post_many(entity.id, [a_transfer("cash", "sales", "0.10") for _ in range(600)])
    return entity


def test_what_events_make_is_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "AT_ONCE", 5)
    assert differences(eventful_books(), a_busy_wallet(), a_busy_till(), an_entity()) == []


def test_kafka_tells_the_same() -> None:
    entity, other, stranger = eventful_books(), a_busy_wallet(), eventful_books()
    topic = FakeTopic(2)
    topic.put_log(stranger)
    topic.put_log(entity)
    topic.put_log(other, partition=1)
    topic.put_log(other, 2, 3, partition=1)
    assert differences(entity, other, topic=topic) == []


AN_ACCOUNT = "account_id = (SELECT id FROM accounts_account WHERE entity_id = %s AND code = 'cash')"


@pytest.mark.parametrize(
    "statement, named",
    [
        (f"UPDATE accounts_balance SET debits = debits + 1 WHERE {AN_ACCOUNT}", "balance of cash: debits should be 60.00, is 61.00"),
        (f"UPDATE accounts_balance SET held = 3 WHERE {AN_ACCOUNT}", "balance of cash: held should be 0, is 3"),
        (f"UPDATE accounts_balance SET version = 7 WHERE {AN_ACCOUNT}", "balance of cash: version should be 600, is 7"),
        (f"DELETE FROM accounts_balance WHERE {AN_ACCOUNT}", "balance of cash: is only in the events"),
        (f"UPDATE journals_daytotal SET count = 1 WHERE part = 1 AND {AN_ACCOUNT}", "day total of cash 2026-03-02 ordinary part 1: count should be 256, is 1"),
        (f"DELETE FROM journals_daytotal WHERE part = 2 AND {AN_ACCOUNT}", "day total of cash 2026-03-02 ordinary part 2: is only in the events"),
        (f"UPDATE journals_daytotal SET part = 9 WHERE part = 2 AND {AN_ACCOUNT}", "day total of cash 2026-03-02 ordinary part 9: is only in the books"),
    ],
)  # fmt: skip
def test_what_differs_is_named(statement: str, named: str) -> None:
    entity = a_busy_till()
    change(statement, entity)
    assert named in differences(entity)


@pytest.mark.parametrize(
    "statement, named",
    [
        ("UPDATE books_event SET data = replace(data, '0.10', '0.11') WHERE entity_id = %s AND sequence = 20", "The hash of event 20 does not follow"),
        ("DELETE FROM books_event WHERE entity_id = %s AND sequence = 20", "those between are missing"),
    ],
)  # fmt: skip
def test_a_log_that_was_changed_is_named(statement: str, named: str) -> None:
    entity = a_busy_till()
    change(statement, entity)
    assert named in differences(entity)[0]


def test_kafka_that_tells_another_history_is_named() -> None:
    entity, topic = eventful_books(), FakeTopic()
    *rest, last = log_of(entity)
    for event in [*rest, last._replace(actor="forger")]:
        topic.put(event)
    found = differences(entity, topic=topic)
    assert found[0] == f"The hash of event {last.sequence} does not follow from event {last.sequence - 1}."
    assert "balance of cash: " in found[1]  # without its last event


def test_what_kafka_does_not_have_is_waited_for_and_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "PATIENCE_SECONDS", -1)
    entity, topic = eventful_books(), FakeTopic()
    topic.put_log(entity, 1, 2, 3)
    with pytest.raises(HistoryShortError, match="no event 4"):
        differences(entity, topic=topic)


def test_what_is_posted_meanwhile_does_not_count() -> None:
    entity = a_busy_till()
    posts: list[int] = []

    def post(_count: int) -> None:
        posted(entity, a_transfer("cash", "sales", "1.00"))
        posts.append(1)

    (found,) = replay(None, [entity.id], post).values()
    assert posts
    assert found.differences == []
    assert found.events == entity.events.count() - len(posts)


def test_a_kill_leaves_nothing_of_the_scratch_schema() -> None:
    entity = a_busy_till()
    seen: list[Any] = []

    def kill(_count: int) -> None:
        with connect(autocommit=True) as connection:
            seen.extend(connection.execute(
                "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE %s", ("COPY replayed%",)
            ).fetchall())  # fmt: skip

    with pytest.raises(psycopg.OperationalError):
        replay(None, [entity.id], kill)
    ((pid, _),) = seen
    with connect(autocommit=True) as connection:
        for _ in range(500):  # the server rolls back after it has answered
            if connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone() is None:
                break
        assert connection.execute("SELECT FROM pg_namespace WHERE nspname LIKE 'replay%'").fetchall() == []
    assert differences(entity) == []


def run(*options: str) -> str:
    out = StringIO()
    call_command("replay", *options, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_found() -> None:
    entity = a_busy_till()
    assert run("--entity", entity.code) == f"{entity.code}: equal after {entity.events.count():,} events\n"
    change(f"UPDATE accounts_balance SET debits = debits + 1 WHERE {AN_ACCOUNT}", entity)
    with pytest.raises(CommandError, match="1 of 1 sets of books differ") as refused:
        run("--entity", entity.code)
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="no entity 'NONE'") as refused:
        run("--entity", "NONE")
    assert refused.value.returncode == 2


def test_the_applications_role_may_do_it(as_reader: None) -> None:
    assert differences(eventful_books()) == []


@pytest.fixture
def as_reader(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fixtures import ROLE_PASSWORD

    monkeypatch.setattr(
        "ledgerflow.books.snapshots.parameters", lambda alias: role_parameters(alias, role, ROLE_PASSWORD)
    )


def role_parameters(alias: str, role: str, password: str) -> dict[str, Any]:
    from ledgerflow.books.connections import parameters

    return parameters(alias) | {"user": role, "password": password}
