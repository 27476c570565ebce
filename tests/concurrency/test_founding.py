"""Two who found books of one code at once: one does, and the other is told so."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from journals.proof.ledger import verify_books
from ledgerflow.books.entities import create_entity
from ledgerflow.books.errors import EntityExists
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction
from tests.builders import TODAY
from tests.concurrency.races import Race

pytestmark = pytest.mark.every_server


def test_of_two_foundings_of_one_code_one_is_told_that_it_is_taken() -> None:
    code = f"twin-{uuid4().hex[:12]}"

    def create(**given: Any) -> Entity:
        return create_entity(code=code, name="Twin", base_currency="EUR", business_date=TODAY, **given)

    def stopping(_: Transaction) -> dict[str, Any]:
        race.stop_here()
        return {}

    race = Race(lambda: create(populate=stopping))
    race.start()  # its row is there, and nobody sees it yet
    race.start(create)  # finds no such code, and waits for the first one to end
    first, second = race.finish()
    assert isinstance(second, EntityExists)
    assert second.pointer == "/code"
    assert Entity.objects.get(code=code) == first
    assert verify_books(first.id) == []
