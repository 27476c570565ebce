"""Sending again: a sink is put back, by the command and in the admin."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from ledgerflow.books.connections import writer_connection
from ledgerflow.books.errors import BusyElsewhere
from ledgerflow.books.models import Entity
from ledgerflow.events.publishing.errors import RewindRefused, SinkUnknown
from ledgerflow.events.publishing.models import KAFKA, SinkBreaker, SinkPosition
from ledgerflow.events.publishing.publisher import publish
from ledgerflow.events.publishing.reading import lags
from ledgerflow.events.publishing.rewinding import rewind
from tests.client import ApiClient
from tests.pages import page_of, read, send
from tests.people import a_member_of_staff, queries
from tests.publishing.messages import events_of, has_no_gap, log_of, more_events, some_books, without_repeats

POSITIONS = "/admin/publishing/sinkposition/"


def published_books(journals: int = 2) -> Entity:
    entity = some_books(journals)
    publish(entity.id)
    return entity


def test_the_events_after_it_are_sent_again(topic: str) -> None:
    entity = published_books()
    assert rewind(KAFKA, entity.id, 2, actor="test") == 3
    assert lags(entity_id=entity.id)[0].lag == 3
    publish(entity.id)
    whole = log_of(entity)
    assert events_of(entity) == [*whole, *whole[2:]]
    rewind(KAFKA, entity.id, 0, actor="test")
    more_events(entity)
    publish(entity.id)
    arrived, whole = events_of(entity), log_of(entity)
    assert arrived[-len(whole) :] == whole
    assert has_no_gap(arrived)
    assert without_repeats(arrived) == whole


@pytest.mark.parametrize("to", [-1, 6, 10**12])
def test_nonsense_is_refused(topic: str, to: int) -> None:
    entity = published_books()
    with pytest.raises(RewindRefused, match="from 0 to 5"):
        rewind(KAFKA, entity.id, to, actor="test")
    with pytest.raises(SinkUnknown):
        rewind("elsewhere", entity.id, 0, actor="test")
    assert lags(entity_id=entity.id)[0].lag == 0


def test_where_nothing_was_sent_there_is_nothing_to_send_again(topic: str) -> None:
    entity = some_books(1)
    assert rewind(KAFKA, entity.id, 0, actor="test") == 0
    with pytest.raises(RewindRefused):
        rewind(KAFKA, entity.id, 1, actor="test")


def test_a_batch_that_is_under_way_is_waited_for(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entity = published_books()
    with writer_connection() as holder, holder.transaction():
        holder.execute("SELECT 1 FROM publishing_sinkposition WHERE entity_id = %s FOR UPDATE", [entity.id])
        with writer_connection() as impatient:
            impatient.execute("SET lock_timeout = 50")
        with pytest.raises(BusyElsewhere):
            rewind(KAFKA, entity.id, 0, actor="test")
    with writer_connection() as impatient:
        impatient.execute("RESET lock_timeout")
    assert lags(entity_id=entity.id)[0].lag == 0


def test_the_command(topic: str) -> None:
    entity, out = published_books(), StringIO()
    call_command("rewind_sink", "--entity", entity.code, "--to", "3", stdout=out)
    assert out.getvalue() == f"2 events of {entity.code} are sent again, from event 4 on.\n"
    for words, code in ((("--entity", "nobody", "--to", "0"), 2), (("--entity", entity.code, "--to", "99"), 2)):
        with pytest.raises(CommandError) as raised:
            call_command("rewind_sink", *words)
        assert raised.value.returncode == code


def test_publishing_by_hand(topic: str) -> None:
    entity, out = some_books(1), StringIO()
    call_command("publish_events", "--entity", entity.code, stdout=out)
    assert out.getvalue() == f"{entity.code}: 4 events, 0 left\n"
    SinkPosition.objects.filter(entity=entity).update(hash=bytes(32))
    more_events(entity)
    with pytest.raises(CommandError, match="does not follow"):
        call_command("publish_events", "--entity", entity.code, stdout=out)
    with pytest.raises(CommandError, match="no entity 'nobody'"):
        call_command("publish_events", "--entity", "nobody")


def test_publishing_by_hand_needs_kafka() -> None:
    with pytest.raises(CommandError, match="KAFKA_BOOTSTRAP_SERVERS is not set"):
        call_command("publish_events")


# --- what people and programs see ---


def test_the_api_tells_how_far_it_is(topic: str) -> None:
    entity = published_books()
    client = ApiClient(entity, "read")
    more_events(entity)
    (sink,) = client.get("/api/sinks").json["results"]
    assert sink.pop("published_at").startswith("20")
    assert sink == {"sink": "kafka", "sequence": 5, "head": 7, "lag": 2, "problem": "", "breaker": "closed"}
    assert ApiClient(entity, "post").get("/api/sinks").code == "permission_missing"


def test_what_was_never_published_lags_whole() -> None:
    entity = some_books(0)
    client = ApiClient(entity, "read")
    (sink,) = client.get("/api/sinks").json["results"]
    assert (sink["sequence"], sink["lag"], sink["published_at"]) == (0, sink["head"], None)


def test_the_admin_shows_lag_and_breaker_and_sends_again(topic: str, operator: Client) -> None:
    entity = published_books()
    more_events(entity)
    SinkBreaker.objects.create(
        sink=KAFKA, state="open", failures=4, until="2026-03-02T10:00Z", last_error="nobody there",
        changed_at="2026-03-02T10:00Z",
    )  # fmt: skip
    position = SinkPosition.objects.get(entity=entity)
    shown = read(operator, page_of(position))
    for words in ("Last event sent 5", "Last event recorded 6", "Not sent 1", "State open", "nobody there"):
        assert words in shown
    assert entity.code in read(operator, POSITIONS)
    address = page_of(position).replace("change", "rewind")
    assert "a number from 0 to 5" in send(operator, address, to="9")
    assert "3 events are sent again." in send(operator, address, to="2")
    assert lags(entity_id=entity.id)[0].sequence == 2


def test_the_list_does_not_ask_for_each_row(topic: str, operator: Client) -> None:
    published_books()
    few = queries(operator, POSITIONS)
    published_books()
    published_books()
    assert queries(operator, POSITIONS) == few


def test_who_may_only_look_cannot_send_again(topic: str) -> None:
    position = SinkPosition.objects.get(entity=published_books())
    watcher = a_member_of_staff("publishing.view_sinkposition")
    assert "Send again" not in read(watcher, page_of(position))
    assert watcher.post(page_of(position).replace("change", "rewind"), {"to": "0"}).status_code == 403


def test_the_collector_tells_monitors(topic: str) -> None:
    from prometheus_client import CollectorRegistry, generate_latest

    from ledgerflow.events.publishing.metrics import SinkCollector

    registry = CollectorRegistry()
    registry.register(SinkCollector())
    entity = published_books()
    before = value_of(generate_latest(registry).decode(), "ledgerflow_sink_lag_events")
    more_events(entity, 4)
    told = generate_latest(registry).decode()
    assert value_of(told, "ledgerflow_sink_lag_events") == before + 4
    assert 'ledgerflow_sink_breaker{sink="kafka",state="closed"} 1.0' in told
    assert 'ledgerflow_sink_breaker{sink="kafka",state="open"} 0.0' in told


def value_of(told: str, name: str) -> float:
    return float(next(line for line in told.splitlines() if line.startswith(f"{name}{{")).rpartition(" ")[2])
