"""The admin's pages of dead letters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.events.consuming.models import DeadLetter
from ledgerflow.events.read_models.schemas import ensure_beside_books
from tests.consuming.fake_kafka import FakeTopic
from tests.consuming.toys import Toy, a_dead_letter, books_with, registered
from tests.pages import column, page_of, read, send
from tests.people import a_member_of_staff, person_behind, queries

LIST = "/admin/consuming/deadletter/"
BESIDE = "/admin/consuming/readmodeldeadletter/"
PERMISSION = "consuming.decide_deadletter"


@pytest.fixture
def toy() -> Iterator[Toy]:
    made = Toy()
    with registered(made):
        yield made


@pytest.fixture
def entity() -> Entity:
    return books_with(5)


def test_the_list_shows_those_of_the_books_and_messages_of_none(operator: Client, toy: Toy, entity: Entity) -> None:
    a_dead_letter(toy, entity, 3)
    a_dead_letter(Toy(), books_with(3), 2)
    topic = FakeTopic()
    topic.put_raw(None, b"nothing")
    toy.runner(entity, source="kafka", client=topic.client).step()
    where = {"entity": entity.code, "consumer": toy.consumer.name}
    assert column(operator, LIST, "place", **where) == ["ledgerflow.events, partition 0, offset 0", "event 3"]
    assert column(operator, LIST, "error_text", **where)[1] == "PoisonError: event 3 is poison"
    assert column(operator, LIST, "place", **where, status="discarded") == []
    few = queries(operator, f"{LIST}?entity={entity.code}&consumer={toy.consumer.name}&status=discarded")
    assert queries(operator, f"{LIST}?entity={entity.code}&consumer={toy.consumer.name}") == few
    malformed = toy.letters(cause="malformed")[0]
    assert "Entity none" in read(operator, page_of(malformed))


def test_a_letter_is_tried_replayed_and_told(operator: Client, toy: Toy, entity: Entity) -> None:
    letter = a_dead_letter(toy, entity, 3)
    page = page_of(letter)
    assert "PoisonError: event 3 is poison" in read(operator, page)
    assert "The consumer took 0 of 1. PoisonError" in send(operator, f"{LIST}{letter.pk}/replay/", reason="")
    toy.poison = set()
    assert "The consumer would take 1 of 1." in send(operator, f"{LIST}{letter.pk}/replay/", reason="", dry_run="on")
    assert "The consumer took 1 of 1." in send(operator, f"{LIST}{letter.pk}/replay_all/", reason="mended")
    letter.refresh_from_db()
    assert (letter.status, letter.decided_by, letter.reason) == ("replayed", person_behind(operator), "mended")
    text = read(operator, page)
    assert "Replayed by" in text
    assert "/replay/" not in operator.get(page).content.decode()


def test_a_letter_is_discarded_for_a_reason(operator: Client, toy: Toy, entity: Entity) -> None:
    letter = a_dead_letter(toy, entity, 3)
    assert "This field is required" in send(operator, f"{LIST}{letter.pk}/discard/", reason="")
    assert f"Discarded: {toy.consumer.name} goes on without event 3." in send(
        operator, f"{LIST}{letter.pk}/discard/", reason="x"
    )
    assert "was discarded already" in send(operator, f"{LIST}{letter.pk}/discard/", reason="x")


def test_those_of_read_models_have_a_list_of_their_own(operator: Client, entity: Entity) -> None:
    ensure_beside_books()
    toy = Toy(database="read_models")
    toy.poison = {(entity.id, 3)}
    with registered(toy):
        runner = toy.runner(entity)
        runner.drain()
        runner.close()
        (letter,) = DeadLetter.objects.using("read_models").filter(consumer=toy.consumer.name)
        assert column(operator, BESIDE, "place", entity=entity.code) == ["event 3"]
        assert column(operator, LIST, "place", entity=entity.code, consumer=toy.consumer.name) == []
        toy.poison = set()
        assert "The consumer took 1 of 1." in send(operator, f"{BESIDE}{letter.pk}/replay/", reason="")


def test_looking_is_not_deciding(toy: Toy, entity: Entity) -> None:
    letter = a_dead_letter(toy, entity, 3)
    viewer = a_member_of_staff("consuming.view_deadletter")
    assert viewer.get(page_of(letter)).status_code == 200
    assert "/discard/" not in viewer.get(page_of(letter)).content.decode()
    for action in ("replay", "replay_all", "discard"):
        assert viewer.post(f"{LIST}{letter.pk}/{action}/", {"reason": "x"}).status_code == 403
    decider = a_member_of_staff(PERMISSION)
    assert decider.get(page_of(letter)).status_code == 200
    assert decider.get(f"{LIST}{letter.pk}/discard/").status_code == 200
    assert a_member_of_staff().get(LIST).status_code == 403
