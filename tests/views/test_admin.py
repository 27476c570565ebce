"""The list of journals in the admin finds them by words, with the read model or without it."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from journals import admin
from ledgerflow.books.models import Entity
from ledgerflow.events.read_models.errors import ReadModelAbsent
from tests.builders import a_transfer, posted
from tests.pages import read
from tests.people import a_shop
from tests.read_models.projecting import project

JOURNALS = "/admin/journals/journal/"


@pytest.fixture(scope="module")
def market(_database: None) -> Entity:
    entity = a_shop()
    for words in ("Green apples", "Red apples", "Pears"):
        posted(entity, a_transfer("1001-CASH", "4001-SALES", "1.00", description=words, external_reference=words[:3]))
    project(entity)
    return entity


def found(operator: Client, entity: Entity, words: str) -> set[str]:
    page = read(operator, JOURNALS, entity=entity.code, q=words)
    return {words for words in ("Green apples", "Red apples", "Pears") if words in page}


def test_words_find_journals(operator: Client, market: Entity) -> None:
    assert found(operator, market, "apples") == {"Green apples", "Red apples"}
    assert found(operator, market, "app gre") == set()
    assert found(operator, market, "apples gre") == {"Green apples"}
    assert found(operator, market, "Pea") == {"Pears"}


@pytest.mark.parametrize("error", [ReadModelAbsent(), OperationalError("gone")])
def test_without_a_read_model_references_are_found_all_the_same(
    operator: Client, market: Entity, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(admin, "newest_with", fail)
    assert found(operator, market, "apples") == set()
    assert found(operator, market, "Red") == {"Red apples"}
