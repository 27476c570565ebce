"""Finished reconciliations in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from recon.reports.finishing import finish_reconciliation
from recon.reports.models import ReconRun
from tests.builders import TODAY
from tests.cases.reconciling import BANK, books_with_a_bank, said, sold
from tests.pages import page_of, read, send, text_of
from tests.people import a_member_of_staff

LIST = "/admin/recon_reports/reconrun/"


AT = f"{LIST}at/"


@pytest.fixture
def run(_database: None) -> ReconRun:
    bank = books_with_a_bank()
    said(bank, ("-3.00", "FEE-77777"))
    return finish_reconciliation(bank.entity_id, BANK, TODAY, key="first", actor="ann").run


def test_what_was_finished_is_listed_and_shown(operator: Client, run: ReconRun) -> None:
    assert run.sha256 in operator.get(LIST, {"entity": run.entity.code}).content.decode()
    page = read(operator, page_of(run))
    assert f"Balance of the bank {TODAY} \u22123.00" in page


@pytest.mark.parametrize(
    "wanted, begins", [("pdf", b"%PDF"), ("csv", b"# Report"), ("html", b"<!DOCTYPE"), ("json", b"{")]
)
def test_its_files(operator: Client, run: ReconRun, wanted: str, begins: bytes) -> None:
    answer = operator.get(f"{LIST}{run.pk}/file/", {"format": wanted})
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    assert content.startswith(begins)


def test_the_statement_at_a_date_is_shown_and_kept(operator: Client) -> None:
    bank = books_with_a_bank()
    sold(bank, "1070.00", "INV-2026-0003")
    said(bank, ("-3.00", "FEE-77777"))
    at = f"{AT}?entity={bank.entity.code}&account={BANK}"
    page = text_of(operator.get(at))
    assert "1,070.00" in page
    assert "ties: every difference is explained by an item" in page
    assert "Choose one bank account to finish" in read(operator, AT, entity=bank.entity.code)
    for _ in range(2):
        assert f"Reconciliation 1 up to {TODAY} is kept." in send(operator, at, key="k")
    assert ReconRun.objects.filter(bank_account=bank).count() == 1
    for wanted in ("pdf", "csv", "html", "json"):
        answer = operator.get(f"{at}&format={wanted}")
        assert answer.status_code == 200
        answer.close()
    assert "is one of" in text_of(operator.get(f"{at}&format=exe"))


def test_a_statement_that_does_not_tie_is_not_kept(operator: Client) -> None:
    bank = books_with_a_bank()
    at = f"{AT}?entity={bank.entity.code}&account={BANK}"
    page = text_of(operator.get(at))
    assert "cannot be finished. No statement says" in page
    assert "Finish" not in page
    assert "cannot be finished" in send(operator, at, key="k")
    assert "There is no day 2026-02-30." in text_of(operator.get(f"{at}&date=2026-02-30"))
    assert "is not one of the available choices" in text_of(operator.get(f"{AT}?entity={bank.entity.code}&account=X"))
    assert not ReconRun.objects.filter(bank_account=bank).exists()


def test_who_may_look_keeps_nothing(run: ReconRun) -> None:
    viewer = a_member_of_staff("recon_reports.view_reconrun")
    at = f"{AT}?entity={run.entity.code}&account={BANK}"
    page = viewer.get(at)
    assert page.status_code == 200
    assert 'value="Finish"' not in page.content.decode()
    assert viewer.post(at, {"key": "other"}).status_code == 403
    assert a_member_of_staff("journals.view_journal").get(at).status_code == 403
