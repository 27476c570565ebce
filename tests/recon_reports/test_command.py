"""`manage.py recon`: an operator's hour by command line, twice."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from journals.proof.ledger import verify_books
from tests.cases.reconciling import BANK, books_with_a_bank, open_cases, sold
from tests.statements.banking import a_statement_file


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("recon", *arguments, stdout=out)
    return out.getvalue()


def test_import_run_and_report_and_all_of_it_again(tmp_path: Path) -> None:
    bank = books_with_a_bank()
    code = bank.entity.code
    sold(bank, "100.00", "INV-2026-0001")
    file, report = tmp_path / "march.sta", tmp_path / "march.html"
    file.write_bytes(a_statement_file(("100.00", "INV-2026-0001"), ("-3.00", "FEE-77777")))
    for _ in range(2):
        told("import", str(file), "--entity", code, "--account", BANK)
        told("run", "--entity", code, "--account", BANK)
        told(
            "report",
            "--entity",
            code,
            "--account",
            BANK,
            "--date",
            "2026-03-02",
            "--format",
            "html",
            "--output",
            str(report),
        )
    assert "unchanged 1" in told("run", "--entity", code, "--account", BANK)
    assert open_cases(bank) == [("missing_in_books", "-3.00")]
    assert "97.00" in report.read_text()
    assert verify_books(bank.entity_id) == []


def test_a_dry_run_says_so() -> None:
    bank = books_with_a_bank()
    assert "Would be done" in told("run", "--entity", bank.entity.code, "--account", BANK, "--dry-run")


@pytest.mark.parametrize(
    "arguments, code",
    [
        (("run", "--entity", "nobody", "--account", BANK), 2),
        (("report", "--entity", "nobody"), 2),
    ],
)
def test_options_that_are_wrong(arguments: tuple[str, ...], code: int) -> None:
    with pytest.raises(CommandError) as refused:
        told(*arguments)
    assert refused.value.returncode == code


def test_what_cannot_be_finished_ends_with_one(tmp_path: Path) -> None:
    bank = books_with_a_bank()
    with pytest.raises(CommandError) as refused:
        told("report", "--entity", bank.entity.code, "--format", "json", "--output", str(tmp_path / "x.json"))
    assert refused.value.returncode == 1
    assert "BANK" in str(refused.value)
