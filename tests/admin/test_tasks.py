"""The nightly proof: what is wrong is in the log, and one bad set of books does not hide the others."""

from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from accounts.models import Balance
from journals import tasks
from ledgerflow.books.models import Entity


def test_books_that_are_right_are_logged(shop: Entity) -> None:
    with capture_logs() as logs:
        tasks.prove(shop.pk, shop.code)
    assert logs == [{"event": "books_verified", "entity": shop.code, "log_level": "info"}]


def test_books_that_are_wrong_are_errors(shop: Entity) -> None:
    Balance.objects.filter(account__entity=shop, account__code="1001-CASH").update(debits=7)
    with capture_logs() as logs:
        tasks.prove(shop.pk, shop.code)
    assert {(entry["event"], entry["log_level"]) for entry in logs} == {("books_wrong", "error")}
    assert "1001-CASH" in str(logs)


def test_a_failure_is_logged_and_raises_nothing() -> None:
    with capture_logs() as logs:
        tasks.prove(uuid4(), "gone")
    assert [(entry["event"], entry["entity"]) for entry in logs] == [("books_not_verified", "gone")]


def test_every_entity_is_proved(shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    proved: dict[UUID, str] = {}
    monkeypatch.setattr(tasks, "prove", proved.__setitem__)
    tasks.verify_all_books()
    assert proved[shop.pk] == shop.code
    assert len(proved) == Entity.objects.count()
