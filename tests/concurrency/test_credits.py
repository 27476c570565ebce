"""Operations on credits at the same moment as others: each once, whoever comes first, and whoever is killed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import Account
from apps.credits import turns, use_cases
from apps.credits.applications import BaseLedgerOperations
from apps.credits.models import Turn
from apps.credits.use_cases import Request, run_operation, run_operations
from apps.operations.running import Runner
from journals import posting
from journals.drafts import Draft
from journals.events import Answer
from journals.lots.models import Lot
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from tests.builders import balance_of
from tests.concurrency.races import Work, race, without_lock
from tests.concurrency.test_lots import outcomes
from tests.lots.granting import credit_books

pytestmark = pytest.mark.every_server
EVERYTHING = Runner("test", frozenset({"post", "manage"}))


class Shop(BaseLedgerOperations):
    NAME = "shop"


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Entity:
    """Journals go past the queue of this process, as those of others do."""

    def elsewhere(entity_id: UUID, drafts: Sequence[Draft], *, atomic: bool, **_: Any) -> list[Answer]:
        (answers,) = posting._post_requests(entity_id, [posting.PostingRequest(drafts, atomic)])
        return answers

    monkeypatch.setattr(use_cases, "post_many", elsewhere)
    return credit_books()


def asked(operation: str, amount: int | None = None, owner: str = "ann") -> Request:
    return Request(Shop, operation, owner, uuid4().hex, None if amount is None else Decimal(amount))


def running(books: Entity, operation: str, amount: int | None = None) -> Work:
    return lambda: run_operation(books.id, asked(operation, amount), EVERYTHING)


def raced(monkeypatch: pytest.MonkeyPatch, *works: Work) -> list[str]:
    with race(monkeypatch, *works) as run:
        return outcomes(run.finish())


def wallet(books: Entity, owner: str = "ann") -> int:
    return int(balance_of(books, f"wallet:CREDIT:{owner}"))


def test_of_two_at_once_one_has_the_reward_of_the_day(
    isolation: str, monkeypatch: pytest.MonkeyPatch, books: Entity
) -> None:
    assert raced(monkeypatch, *[running(books, "DAILY_REWARD")] * 2) == ["already_granted", "posted"]
    assert wallet(books) == 1
    assert verify_books(books.id) == []


def test_without_the_row_both_have_looked_and_both_have_it(monkeypatch: pytest.MonkeyPatch, books: Entity) -> None:
    monkeypatch.setattr(turns, "take", lambda *_: {})
    assert raced(monkeypatch, *[running(books, "DAILY_REWARD")] * 2) == ["posted", "posted"]
    assert wallet(books) == 2


def test_the_last_credit_is_spent_once(isolation: str, monkeypatch: pytest.MonkeyPatch, books: Entity) -> None:
    running(books, "CREDIT_ADD", 1)()
    assert raced(monkeypatch, *[running(books, "CREDIT_SPEND")] * 3) == ["insufficient_funds"] * 2 + ["posted"]
    assert wallet(books) == 0
    assert verify_books(books.id) == []


def test_without_the_lock_a_spend_for_which_there_is_enough_is_refused(
    monkeypatch: pytest.MonkeyPatch, books: Entity
) -> None:
    running(books, "CREDIT_ADD", 2)()
    without_lock(monkeypatch)
    told = raced(monkeypatch, *[running(books, "CREDIT_SPEND")] * 2)
    assert "posted" in told
    assert told != ["posted", "posted"]


def test_two_first_grants_at_once_open_one_wallet(
    isolation: str, monkeypatch: pytest.MonkeyPatch, books: Entity
) -> None:
    assert raced(monkeypatch, *[running(books, "CREDIT_ADD", 5)] * 2) == ["posted", "posted"]
    assert (wallet(books), Lot.objects.filter(entity=books).count()) == (10, 2)
    assert Account.objects.filter(entity=books, owner_id="ann").count() == 1
    assert verify_books(books.id) == []


def test_without_the_lock_one_of_two_first_grants_is_refused(monkeypatch: pytest.MonkeyPatch, books: Entity) -> None:
    without_lock(monkeypatch)
    told = raced(monkeypatch, *[running(books, "CREDIT_ADD", 5)] * 2)
    assert told != ["posted", "posted"]
    assert wallet(books) == 5


def test_a_batch_that_is_killed_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, books: Entity, settings: Any
) -> None:
    """It dies in its second part, after the rows and turns of that were written, and before COMMIT."""
    settings.LEDGERFLOW_WRITER_BATCH_LIMIT = 4
    requests = [
        asked(name, owner=owner) for owner in ("ann", "bob", "eve") for name in ("DAILY_REWARD", "CREDIT_SPEND")
    ]
    take = turns.take
    times: list[int] = []

    def take_and_die(*given: Any) -> Any:
        found = take(*given)
        times.append(len(times))
        if len(times) == 2:
            raise SystemExit
        return found

    monkeypatch.setattr(turns, "take", take_and_die)
    with pytest.raises(SystemExit):
        run_operations(books.id, requests, EVERYTHING)
    assert set(Turn.objects.filter(entity=books).values_list("owner_id", flat=True)) == {"ann", "bob"}
    again = run_operations(books.id, requests, EVERYTHING)
    assert [answer.status for answer in again] == ["replayed"] * 4 + ["posted"] * 2
    assert [wallet(books, owner) for owner in ("ann", "bob", "eve")] == [0, 0, 0]
    assert verify_books(books.id) == []
