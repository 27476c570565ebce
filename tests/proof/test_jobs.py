"""The nightly proof: what is wrong is in the log, and one bad set of books does not hide the others."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from structlog.testing import capture_logs

from accounts.models import Balance
from journals.proof import jobs as proof_jobs
from journals.proof.home_checks import last_proof
from journals.proof.models import ProofRun
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.plugins import HomeLook, registry
from tests.builders import an_entity
from tests.jobs import tick


def test_books_that_are_right_are_logged_and_kept(shop: Entity) -> None:
    assert last_proof(shop.pk) == HomeLook([], is_told=False)  # new books need not be proven yet
    with capture_logs() as logs:
        proof_jobs.prove(shop.pk)
    assert logs == [{"event": "books_verified", "entity": shop.code, "log_level": "info"}]
    kept = ProofRun.objects.get(entity=shop)
    assert (kept.outcome, kept.faults, kept.events, kept.problem) == ("clean", 0, shop.events.count(), "")
    call_command("verify_ledger", entity=shop.code, stdout=StringIO())
    assert ProofRun.objects.filter(entity=shop, outcome="clean").count() == 2
    assert last_proof(shop.pk).entries in ((), [])


def test_books_that_are_wrong_are_errors_and_on_home(shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Balance.objects.get(account__entity=shop, account__code="1001-CASH").debits
    Balance.objects.filter(account__entity=shop, account__code="1001-CASH").update(debits=7)
    with capture_logs() as logs:
        proof_jobs.prove(shop.pk)
    assert {(entry["event"], entry["log_level"]) for entry in logs} == {("books_wrong", "error")}
    assert "1001-CASH" in str(logs)
    (entry,) = last_proof(shop.pk).entries
    assert entry.sentence.startswith("The proof of {ended_at} found {count} faults")
    assert "1001-CASH" in str(entry.figures["problem"])

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr("journals.proof.runs.verify", fail)
        proof_jobs.prove(shop.pk)
    (entry,) = last_proof(shop.pk).entries
    assert "could not be carried out" in entry.sentence
    Balance.objects.filter(account__entity=shop, account__code="1001-CASH").update(debits=right)
    proof_jobs.prove(shop.pk)
    assert last_proof(shop.pk).entries in ((), [])


def test_a_proof_that_is_long_ago_is_told(shop: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    never = an_entity()
    proof_jobs.prove(shop.pk)
    later = clocks.now() + timedelta(hours=27)
    monkeypatch.setattr(clocks, "now", lambda: later)
    assert [one.sentence for one in last_proof(shop.pk).entries] == ["The books were proven last at {ended_at}."]
    assert [one.sentence for one in last_proof(never.pk).entries] == ["The books were never proven."]


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
