"""Two requests with one nonce at the same moment: the row of the key decides who was first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from apps.content.operations import ContentOperations
from apps.credits import use_cases
from apps.credits.doors.bodies import LedgerResponse
from apps.credits.doors.entering import Wanted, balance_of, enter
from apps.credits.doors.errors import DuplicateNonce
from journals.drafts import Draft
from journals.events import Answer
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from tests.builders import an_entity
from tests.concurrency.races import post_elsewhere, race, without_lock

pytestmark = pytest.mark.every_server
SCOPES = frozenset({"post", "manage"})


def asked(entity: Entity, operation: str, nonce: str, amount: int) -> LedgerResponse:
    return enter(entity.id, ContentOperations, Wanted(operation, "ann", nonce, Decimal(amount)), "test", SCOPES)


@pytest.fixture
def entity(monkeypatch: pytest.MonkeyPatch) -> Entity:
    """Somebody with 50 credits; operations go past the queue of this process, as those of others do."""

    def elsewhere(entity_id: Any, drafts: Sequence[Draft], **_: Any) -> list[Answer]:
        return post_elsewhere(Entity.objects.get(id=entity_id), *drafts)

    entity = an_entity()
    asked(entity, "CREDIT_ADD", "given", 51)
    asked(entity, "CREDIT_SPEND", "opens", 1)
    monkeypatch.setattr(use_cases, "post_many", elsewhere)
    return entity


def raced(monkeypatch: pytest.MonkeyPatch, entity: Entity, *nonces: str) -> list[Any]:
    works = [lambda nonce=nonce: asked(entity, "CREDIT_SPEND", nonce, 3) for nonce in nonces]
    with race(monkeypatch, *works) as running:
        return running.finish()


def left(entity: Entity) -> int:
    return balance_of(entity.id, ContentOperations, "ann").balance


def test_one_of_two_is_done_and_the_other_gets_its_entry(
    isolation: str, monkeypatch: pytest.MonkeyPatch, entity: Entity
) -> None:
    found = raced(monkeypatch, entity, "n", "n")
    (done,) = [one for one in found if isinstance(one, LedgerResponse)]
    (refused,) = [one for one in found if isinstance(one, DuplicateNonce)]
    assert refused.data["entry"] == done.entry
    assert (done.balance, left(entity)) == (47, 47)
    assert verify_books(entity.id) == []


def test_without_the_lock_the_second_does_not_see_the_row(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    """It goes on to post, which the guards refuse, and nobody is told of the entry."""
    without_lock(monkeypatch)
    found = raced(monkeypatch, entity, "n", "n")
    assert sum(isinstance(one, LedgerResponse) for one in found) == 1
    assert not any(isinstance(one, DuplicateNonce) for one in found)
    assert left(entity) == 47


def test_with_a_nonce_each_both_are_done(monkeypatch: pytest.MonkeyPatch, entity: Entity) -> None:
    """Nothing but the row of the key tells them apart."""
    assert [type(one) for one in raced(monkeypatch, entity, "n", "other")] == [LedgerResponse] * 2
    assert left(entity) == 44
