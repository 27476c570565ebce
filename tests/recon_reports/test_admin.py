"""Finished reconciliations in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from recon.reports.finishing import finish_reconciliation
from recon.reports.models import ReconRun
from tests.builders import TODAY
from tests.cases.reconciling import BANK, books_with_a_bank, said
from tests.pages import page_of, read

LIST = "/admin/recon_reports/reconrun/"


@pytest.fixture
def run(_database: None) -> ReconRun:
    bank = books_with_a_bank()
    said(bank, ("-3.00", "FEE-77777"))
    return finish_reconciliation(bank.entity_id, BANK, TODAY, key="first", actor="ann").run


def test_what_was_finished_is_listed_and_shown(operator: Client, run: ReconRun) -> None:
    assert run.sha256 in operator.get(LIST, {"entity": run.entity.code}).content.decode()
    page = read(operator, page_of(run))
    assert "Balance of the bank -3.00" in page


@pytest.mark.parametrize(
    "wanted, begins", [("pdf", b"%PDF"), ("csv", b"# Report"), ("html", b"<!DOCTYPE"), ("json", b"{")]
)
def test_its_files(operator: Client, run: ReconRun, wanted: str, begins: bytes) -> None:
    answer = operator.get(f"{LIST}{run.pk}/file/", {"format": wanted})
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    assert content.startswith(begins)
