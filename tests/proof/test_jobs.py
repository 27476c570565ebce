"""The nightly proof: what is wrong is in the log, and one bad set of books does not hide the others."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from accounts.models import Balance
from journals.proof import jobs as proof_jobs
from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import registry
from tests.jobs import tick


def test_books_that_are_right_are_logged(shop: Entity) -> None:
    with capture_logs() as logs:
        proof_jobs.prove(shop.pk)
    assert logs == [{"event": "books_verified", "entity": shop.code, "log_level": "info"}]


def test_books_that_are_wrong_are_errors(shop: Entity) -> None:
    Balance.objects.filter(account__entity=shop, account__code="1001-CASH").update(debits=7)
    with capture_logs() as logs:
        proof_jobs.prove(shop.pk)
    assert {(entry["event"], entry["log_level"]) for entry in logs} == {("books_wrong", "error")}
    assert "1001-CASH" in str(logs)


def test_a_failure_is_logged_and_raises_nothing() -> None:
    with capture_logs() as logs:
        proof_jobs.prove(gone := uuid4())
    assert [(entry["event"], entry["entity"]) for entry in logs] == [("books_not_verified", str(gone))]


def test_every_entity_is_proved_one_after_the_other(shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    proved: list[UUID] = []
    monkeypatch.setitem(
        registry.jobs, "verify_all_books", replace(registry.jobs["verify_all_books"], work=proved.append)
    )
    tick("verify_all_books")
    assert proved == sorted(Entity.objects.values_list("pk", flat=True))
    assert shop.pk in proved
