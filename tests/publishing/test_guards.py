"""What the tables of sinks hold, whoever writes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.attacks import Attack, Books, refused_by

pytestmark = pytest.mark.every_server

MOMENT = "2026-03-02T12:00:00Z"


def position(attack: Attack, books: Books, **changes: Any) -> None:
    row = {"id": uuid4(), "sink": "kafka", "entity_id": books.id, "sequence": 0, "hash": bytes(32), "problem": ""}
    attack.insert("publishing_sinkposition", **row | changes)


def breaker(attack: Attack, **changes: Any) -> None:
    row = {"sink": "kafka", "state": "closed", "failures": 0, "until": MOMENT, "last_error": "", "changed_at": MOMENT}
    attack.run("DELETE FROM publishing_sinkbreaker")
    attack.insert("publishing_sinkbreaker", **row | changes)


def test_an_entity_has_one_position_in_a_sink(attack: Attack, books: Books) -> None:
    position(attack, books)
    with refused_by("sink_position_of_entity"):
        position(attack, books)


def test_a_position_is_that_of_a_sink_there_is(attack: Attack, books: Books) -> None:
    with refused_by("sink_position_known_sink"):
        position(attack, books, sink="elsewhere")


def test_a_position_has_an_id_of_its_own(attack: Attack, books: Books) -> None:
    same = uuid4()
    position(attack, books, id=same)
    with refused_by("publishing_sinkposition_pkey"):
        position(attack, books, id=same)


def test_a_position_is_that_of_an_entity(attack: Attack, books: Books) -> None:
    position(attack, books, entity_id=uuid4())
    with refused_by("publishing_sinkposition_entity_id_da69cfef_fk_books_entity_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_breaker_is_that_of_a_sink_there_is(attack: Attack) -> None:
    with refused_by("sink_breaker_known_sink"):
        breaker(attack, sink="elsewhere")


def test_a_breaker_is_in_a_state_there_is(attack: Attack) -> None:
    with refused_by("sink_breaker_known_state"):
        breaker(attack, state="ajar")


def test_a_breaker_cannot_fail_less_than_never(attack: Attack) -> None:
    with refused_by("publishing_sinkbreaker_failures_check"):
        breaker(attack, failures=-1)


def test_a_sink_has_one_breaker(attack: Attack) -> None:
    breaker(attack)
    with refused_by("publishing_sinkbreaker_pkey"):
        attack.run("INSERT INTO publishing_sinkbreaker SELECT * FROM publishing_sinkbreaker")
