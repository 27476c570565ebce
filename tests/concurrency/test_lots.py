"""Lots at the same moment as others: nothing of a lot is spent twice, whoever comes first."""

from __future__ import annotations

import pytest

from journals.lots.expiring import expire_lots
from journals.lots.models import Lot
from journals.posting import post
from journals.proof.ledger import verify_books
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from tests.builders import a_transfer
from tests.concurrency.races import posting_of, race, without_lock
from tests.lots.granting import credit_books, day, grant, left, spend

pytestmark = pytest.mark.every_server


@pytest.fixture
def books() -> Entity:
    entity = credit_books()
    post(entity.id, grant("100", expires_on=0))
    return entity


def outcomes(found: list[object]) -> list[str]:
    """What became of each, the refusal of an answer too."""
    told = []
    for one in found:
        refusal = one if isinstance(one, LedgerError) else getattr(one, "refusal", None)
        told.append(refusal.code if refusal else getattr(one, "status", "done"))
    return sorted(told)


def test_two_spends_at_once_take_no_more_than_there_is(
    isolation: str, monkeypatch: pytest.MonkeyPatch, books: Entity
) -> None:
    works = [posting_of(books, spend("60")), posting_of(books, spend("30")), posting_of(books, spend("60"))]
    with race(monkeypatch, *works) as running:
        found = running.finish()
    assert outcomes(found) in (["insufficient_funds", "posted", "posted"], ["insufficient_funds"] * 2 + ["posted"])
    assert left(books) in ("10", "40", "70")
    assert verify_books(books.id) == []


def test_without_the_lock_the_second_spend_finds_what_is_gone(monkeypatch: pytest.MonkeyPatch, books: Entity) -> None:
    """There was enough for both: it decided on what it had read, and the guards refuse that."""
    without_lock(monkeypatch)
    with race(monkeypatch, *[posting_of(books, spend("20"))] * 2) as running:
        found = running.finish()
    assert "posted" in outcomes(found)
    assert outcomes(found) != ["posted", "posted"]
    assert left(books) == "80"


def test_a_spend_for_the_day_before_and_the_expiry_share_the_lot(
    monkeypatch: pytest.MonkeyPatch, books: Entity
) -> None:
    advance_business_date(books, day(1), actor="test")
    works = [posting_of(books, spend("60", effective_date=day(0))), lambda: expire_lots(books.id, day(1), "test")]
    with race(monkeypatch, *works) as running:
        found = running.finish()
    assert not [one for one in found if isinstance(one, BaseException)]
    post(books.id, a_transfer("issued", "wallet", "1"))
    assert left(books) == "0 1"
    assert sum(lot.amount for lot in Lot.objects.filter(entity=books)) == 101
    assert verify_books(books.id) == []
