"""Files out of a watched folder, and from the command line."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledgerflow.books.errors import WriterBusy
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from recon.statements import files, jobs
from recon.statements.errors import BankAccountRevised
from recon.statements.models import BankAccount, Statement
from recon.statements.parsers.shapes import MAX_BYTES
from tests.builders import an_entity
from tests.jobs import tick, tick_for
from tests.statements.banking import a_bank_account, a_csv_file, a_statement_file, lines_stored

LONG_AGO = 1_700_000_000


@pytest.fixture
def bank() -> BankAccount:
    return a_bank_account(an_entity())


@pytest.fixture
def folder(bank: BankAccount, settings: Any, tmp_path: Path) -> Path:
    settings.LEDGERFLOW_STATEMENT_FOLDER = str(tmp_path)
    folder = tmp_path / bank.entity.code / "BANK"
    folder.mkdir(parents=True)
    return folder


def put(folder: Path, name: str, data: bytes, changed: int = LONG_AGO) -> Path:
    path = folder / name
    path.write_bytes(data)
    os.utime(path, (changed, changed))
    return path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_files_are_imported_in_the_order_they_came(bank: BankAccount, folder: Path) -> None:
    put(folder, "b.sta", a_statement_file(("1.00", "A")))
    put(folder, "a.sta", a_statement_file(("2.00", "B"), opening="1.00"), LONG_AGO + 1)
    tick("pick_up_statements")
    assert [str(line.amount) for line in lines_stored(bank)] == ["1.00", "2.00"]
    assert (names_in(folder), names_in(folder / "done")) == (["done"], ["a.sta", "b.sta"])
    assert set(Statement.objects.filter(bank_account=bank).values_list("actor", flat=True)) == {jobs.ACTOR}


def test_a_file_taken_twice_does_no_harm(bank: BankAccount, folder: Path) -> None:
    data = a_statement_file(("1.00", "A"))
    for _ in range(2):
        put(folder, "a.sta", data)
        tick_for("pick_up_statements", bank.entity_id)
    assert names_in(folder / "done") == ["a.2.sta", "a.sta"]
    assert len(lines_stored(bank)) == 1


def test_what_is_refused_goes_aside_with_its_reason(bank: BankAccount, folder: Path) -> None:
    put(folder, "x.csv", a_csv_file(("1.00",)))
    put(folder, "empty.sta", b"")
    large = folder / "large.sta"
    with large.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    os.utime(large, (LONG_AGO, LONG_AGO))
    tick_for("pick_up_statements", bank.entity_id)
    assert names_in(folder / "failed") == [
        "empty.sta", "empty.sta.reason.txt", "large.sta", "large.sta.reason.txt", "x.csv", "x.csv.reason.txt",
    ]  # fmt: skip
    assert "map of its columns" in (folder / "failed" / "x.csv.reason.txt").read_text()
    assert not Statement.objects.filter(bank_account=bank).exists()


def test_what_is_still_written_is_left_alone(bank: BankAccount, folder: Path) -> None:
    data = a_statement_file(("1.00", "A"))
    put(folder, "a.sta", data, 4_000_000_000)
    for name in (".a.sta", "b.sta.part"):
        put(folder, name, data)
    (folder / "link.sta").symlink_to(folder / ".a.sta")
    tick_for("pick_up_statements", bank.entity_id)
    assert names_in(folder) == [".a.sta", "a.sta", "b.sta.part", "link.sta"]


@pytest.mark.parametrize("reason", [WriterBusy, BankAccountRevised])
def test_a_file_waits_while_the_books_are_busy_or_the_bank_account_changes(
    bank: BankAccount, folder: Path, monkeypatch: pytest.MonkeyPatch, reason: type[LedgerError]
) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise reason

    monkeypatch.setattr(jobs, "import_file", busy)
    put(folder, "a.sta", a_statement_file(("1.00", "A")))
    tick_for("pick_up_statements", bank.entity_id)
    assert names_in(folder) == ["a.sta"]


def test_one_file_after_the_other_when_there_are_many(
    bank: BankAccount, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FILES_AT_ONCE", 1)
    for name in ("a", "b"):
        put(folder, name, b"nonsense")
    assert jobs.pick_up_statements(bank.entity_id)
    assert not jobs.pick_up_statements(bank.entity_id)
    assert len(names_in(folder / "failed")) == 4


def test_without_a_folder_nobody_has_anything_to_do(bank: BankAccount, settings: Any, tmp_path: Path) -> None:
    settings.LEDGERFLOW_STATEMENT_FOLDER = ""
    assert jobs.entities_with_folders() == []
    assert not jobs.pick_up_statements(bank.entity_id)
    settings.LEDGERFLOW_STATEMENT_FOLDER = str(tmp_path)
    assert jobs.entities_with_folders() == []


def test_a_code_that_is_no_name_of_a_folder_has_none(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert files.folder_below(tmp_path / "a", "b") is not None
    for code in ("", ".", "..", "../a", "a/b", "a\0", "c"):
        assert files.folder_below(tmp_path / "a", code) is None


def run(entity: Entity, *files: Path, **options: Any) -> str:
    out = StringIO()
    paths = [str(file) for file in files]
    call_command("recon", "import", *paths, "--entity", entity.code, "--account", "BANK", stdout=out, **options)
    return out.getvalue()


def test_the_command_imports_files_and_goes_on_where_it_was(bank: BankAccount, tmp_path: Path) -> None:
    first = put(tmp_path, "1.sta", a_statement_file(("1.00", "A")))
    second = put(tmp_path, "2.sta", a_statement_file(("2.00", "B"), opening="1.00"))
    assert "would bring 1 statement with 1 new lines" in run(bank.entity, first, dry_run=True)
    assert not lines_stored(bank)
    assert "brought 1 statement with 1 new lines; 0 were there already" in run(bank.entity, first)
    said = run(bank.entity, first, second)
    assert "imported already, as statement 1" in said
    assert len(lines_stored(bank)) == 2


def test_what_the_command_ends_with(bank: BankAccount, tmp_path: Path) -> None:
    empty = put(tmp_path, "0.sta", b"")
    first = put(tmp_path, "1.sta", a_statement_file(("1.00", "A")))
    gap = put(tmp_path, "2.sta", a_statement_file(("2.00", "B"), opening="5.00"))
    for file, code in ((empty, 2), (tmp_path / "none", 2), (tmp_path, 2)):
        with pytest.raises(CommandError) as ended:
            run(bank.entity, file)
        assert ended.value.returncode == code
    run(bank.entity, first)
    with pytest.raises(CommandError) as ended:
        run(bank.entity, gap)
    assert (ended.value.returncode, "leaves a gap of 4.00" in str(ended.value)) == (1, True)
    assert "gap of 4.00 before statement 1" in run(bank.entity, gap, allow_gap=True)
    for entity, account in ((bank.entity.code, "NONE"), ("NONE", "BANK")):
        with pytest.raises(CommandError) as ended:
            call_command("recon", "import", str(first), "--entity", entity, "--account", account)
        assert ended.value.returncode == 2
