"""A superuser changes one row among hundreds, at random: the proof names it each time.

`python -m bench.parts.tamper` does the same among ten thousand, at as many places as there is patience for.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from bench.parts.tamper import KEYS, KINDS, Tamperer, books_of, flipped, is_named, missed, missed_of_all
from ledgerflow.books.faults import Fault
from ledgerflow.books.models import Entity
from tests.attacks import connect

SEED = 20260302


@pytest.fixture(scope="module")
def entity(_database: None) -> Entity:
    """Two hundred accounts, and a hundred journals."""
    found: Entity = books_of(200)
    return found


@pytest.fixture
def tamperer(entity: Entity) -> Iterator[Tamperer]:
    with connect() as connection:
        yield Tamperer(connection, entity.id, Random(SEED))
        connection.rollback()


def test_a_row_that_is_changed_is_named(tamperer: Tamperer, entity: Entity) -> None:
    assert list(missed(tamperer, entity.id, positions=2)) == []


def test_every_row_that_is_changed_is_named(tamperer: Tamperer, entity: Entity) -> None:
    assert [len(rows) >= 200 for rows in tamperer.rows.values()] == [True] * len(KEYS)
    assert list(missed_of_all(tamperer, entity.id)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_that_nobody_finds_is_missed(
    tamperer: Tamperer, entity: Entity, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The tests above can fail."""
    monkeypatch.setattr("bench.parts.tamper.KINDS", {kind: KINDS[kind]})
    monkeypatch.setattr("bench.parts.tamper.find", lambda *_given: [])
    assert len(list(missed(tamperer, entity.id, positions=1))) == len(KEYS)


def test_a_fault_of_another_row_names_none() -> None:
    fault = Fault("books_event", "7", "hash", "a", "b")
    assert is_named([fault], "books_event", ("7",))
    assert not is_named([fault], "books_event", ("8", "70"))
    assert not is_named([fault], "journals_posting", ("7",))


@pytest.mark.parametrize("value", [True, 7, "word", b"bytes", None, ""], ids=str)
def test_what_is_flipped_is_another_value(value: object) -> None:
    other = flipped(value, Random(SEED))
    assert other != value or value is None
    assert other is None or type(other) is type(value)
