"""Files that overlap, files of three countries, and files of nonsense, through the commands."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection

from accounts.models import Account
from journals.models import Journal
from journals.portability import overlaps, runs
from journals.portability.drafting import JournalOptions
from journals.portability.journals import JournalImport
from journals.portability.models import ImportRefusal, ImportRun
from journals.portability.overlaps import Overlaps
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from ledgerflow.files.problems import Stopped
from ledgerflow.files.rows import examine
from ledgerflow.files.watching import Watch
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.importing import (
    balances,
    counts,
    csv_file,
    import_accounts,
    import_history,
    import_journals,
    refused,
    rejects,
    run_command,
    run_of,
)  # fmt: skip

HEADER = ("date", "debit_account", "credit_account", "amount", "description")
COFFEE = (TODAY, "COFFEE", "TILL", "3.50", "Espresso")
RENT = (TODAY, "RENT", "TILL", "900", "March")


@pytest.fixture
def entity() -> Entity:
    made = an_entity()
    for code in ("TILL", "COFFEE", "RENT"):
        an_account(made, code)
    return made


@pytest.fixture
def january(tmp_path: Path) -> Path:
    return csv_file(tmp_path / "january.csv", HEADER, COFFEE, COFFEE, RENT)


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """The same rows, a third coffee among them, and rows that differ from those in one thing each."""
    return csv_file(
        tmp_path / "both.csv", HEADER, RENT, COFFEE, COFFEE, COFFEE,
        ("", *RENT[1:]), (TODAY, "TILL", "RENT", "900", "March"), (TODAY, "COFFEE", "TILL", "900", "March"),
        (TODAY, "RENT", "TILL", "900.01", "March"), (TODAY, "RENT", "TILL", "900", "april"),
    )  # fmt: skip


def test_rows_that_were_posted_before_are_listed_and_not_posted_again(
    entity: Entity, january: Path, both: Path
) -> None:
    import_journals(entity, january)
    told = import_journals(entity, both, "--dry-run")
    assert "posted before 3\n  line 2: posted_before: Posted before, as journal " in told
    assert "understood    6" in told
    told = import_journals(entity, both)
    assert counts(run_of(entity, path=str(both))) == {"posted": 6, "refused": 3}
    assert refused(both) == [("2", "posted_before"), ("3", "posted_before"), ("4", "posted_before")]
    numbers = Journal.objects.filter(entity=entity).order_by("number").values_list("number", flat=True)[:3]
    assert [row["reason"].split()[4] for row in rejects(both)] == [f"{numbers[place]}:" for place in (2, 0, 1)]
    assert balances(entity)["COFFEE"] == Decimal("910.50")


def test_they_are_posted_again_only_where_somebody_says_so(entity: Entity, january: Path, both: Path) -> None:
    import_journals(entity, january)
    import_journals(entity, both)
    assert "posted_before" in run_command("retry_rejected", both, "--entity", entity.code)
    import_journals(entity, both, "--post-again")
    assert counts(run_of(entity, options__post_again=True)) == {"posted": 3, "replayed": 6}
    assert balances(entity)["COFFEE"] == Decimal("917.50")


def test_a_refused_row_that_another_file_posted_is_not_posted_by_trying_again(entity: Entity, tmp_path: Path) -> None:
    tea = (TODAY, "TEA", "TILL", "2", "Tea")
    first = csv_file(tmp_path / "first.csv", HEADER, tea, tea)
    import_journals(entity, first)
    an_account(entity, "TEA")
    import_journals(entity, csv_file(tmp_path / "second.csv", HEADER, tea))
    run_command("retry_rejected", first, "--entity", entity.code)
    assert refused(first) == [("2", "posted_before")]
    assert balances(entity) == {"TEA": Decimal(4), "TILL": Decimal(-4)}


def test_what_was_posted_by_hand_counts_and_what_the_same_file_posted_does_not(entity: Entity, january: Path) -> None:
    posted(entity, a_transfer("COFFEE", "TILL", "3.5", description="Espresso", effective_date=TODAY))
    import_journals(entity, january)
    assert refused(january) == [("2", "posted_before")]
    import_journals(entity, january, "--actor", "another")  # another import of the same bytes
    assert counts(run_of(entity, options__actor="another")) == {"replayed": 2, "refused": 1}


def test_journals_of_many_lines_are_known_by_all_their_lines_in_any_order(entity: Entity, tmp_path: Path) -> None:
    header = ("id", "date", "account", "amount")
    first = [("1", TODAY, "TILL", "-5"), ("1", TODAY, "RENT", "3"), ("1", TODAY, "COFFEE", "2")]
    other = [("9", TODAY, "COFFEE", "2.00"), ("9", TODAY, "TILL", "-5.00"), ("9", TODAY, "RENT", "3.00")]
    fewer = [("10", TODAY, "COFFEE", "5.00"), ("10", TODAY, "TILL", "-5.00")]
    import_journals(entity, csv_file(tmp_path / "a.csv", header, *first), "--group-by", "id")
    file = csv_file(tmp_path / "b.csv", header, *other, *fewer)
    import_journals(entity, file, "--group-by", "id")
    assert refused(file) == [("2", "posted_before")] * 3
    assert balances(entity) == {"TILL": Decimal(-10), "RENT": Decimal(3), "COFFEE": Decimal(7)}


def test_an_import_that_is_stopped_again_and_again_ends_as_one_that_is_not(
    entity: Entity, january: Path, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_journals(entity, january)
    monkeypatch.setattr(overlaps, "ITEMS", 2)
    monkeypatch.setattr(runs, "BATCH", 1)
    for _ in range(9):
        with pytest.raises(Stopped):
            JournalImport(entity, examine(both), JournalOptions()).work(Watch(should_stop=lambda: True))
    import_journals(entity, both)
    assert counts(run_of(entity, path=str(both))) == {"posted": 6, "refused": 3}
    assert balances(entity)["COFFEE"] == Decimal("910.50")


def import_two_at_once(entity: Entity, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in a thread of its own; both have looked for what was posted before either posts."""
    both, looked = threading.Barrier(2), threading.local()
    look = Overlaps._known

    def look_together(overlaps_: Overlaps, drafts: Any) -> Any:
        known = look(overlaps_, drafts)
        if not getattr(looked, "once", False):
            looked.once = True
            both.wait(60)
        return known

    def bring(file: Path) -> None:
        JournalImport(entity, examine(file), JournalOptions()).work()
        connection.close()

    monkeypatch.setattr(Overlaps, "_known", look_together)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(bring, files))


def test_two_overlapping_files_at_the_same_moment_post_their_rows_once(
    entity: Entity, january: Path, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_two_at_once(entity, [january, both], monkeypatch)
    runs_of_both = ImportRun.objects.filter(entity=entity)
    assert sum(run.posted for run in runs_of_both) == 9
    assert set(ImportRefusal.objects.filter(run__in=runs_of_both).values_list("code", flat=True)) == {"posted_before"}
    assert sum(run.refused for run in runs_of_both) == 3
    assert balances(entity)["COFFEE"] == Decimal("910.50")
    assert verify_books(entity.id) == []


def test_without_the_look_under_the_lock_they_post_them_twice(
    entity: Entity, january: Path, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Overlaps, "_check", lambda *_: None)
    import_two_at_once(entity, [january, both], monkeypatch)
    assert balances(entity)["COFFEE"] == Decimal("917.50")


# Three countries: the files and figures of docs/importing.md

GERMAN = """Buchungsdatum;Sollkonto;Habenkonto;Betrag;Buchungstext
05.01.2026;6815;1200;1.249,90;Bürobedarf Müller
12.01.2026;1200;4400;11.900,00;Rechnung 4711
"""
GERMAN_MAP = {
    "date": "Buchungsdatum", "debit_account": "Sollkonto", "credit_account": "Habenkonto", "amount": "Betrag",
    "description": "Buchungstext", "encoding": "cp1252", "date_format": "DD.MM.YYYY",
}  # fmt: skip
SWISS = """Beleg;Datum;Konto;Soll;Haben;Text
R-17;05.01.2026;1020;1’081.00;;Honorar
R-17;05.01.2026;3400;;1’000.00;Honorar
R-17;05.01.2026;2200;;81.00;Honorar
"""  # noqa: RUF001 - the apostrophe of Switzerland
SWISS_MAP = {
    "group_by": "Beleg", "date": "Datum", "account": "Konto", "debit": "Soll", "credit": "Haben",
    "description": "Text", "date_format": "DD.MM.YYYY",
}  # fmt: skip
AMERICAN = """Trans #,Date,Account,Memo,Amount
101,01/05/2026,Checking,Office rent,"(2,500.00)"
101,01/05/2026,Rent,Office rent,"2,500.00"
102,02/03/2026,Checking,Invoice 88,"12,000.00"
102,02/03/2026,Sales,Invoice 88,"(12,000.00)"
"""
AMERICAN_MAP = {
    "group_by": "Trans #", "date": "Date", "account": "Account", "amount": "Amount", "description": "Memo",
    "date_format": "MM/DD/YYYY",
}  # fmt: skip


@pytest.mark.parametrize("text, encoding, column_map, right, days", [
    (GERMAN, "cp1252", GERMAN_MAP, {"6815": "1249.90", "1200": "10650.10", "4400": "-11900.00"}, ["01-05", "01-12"]),
    (SWISS, "utf-8-sig", SWISS_MAP, {"1020": "1081.00", "3400": "-1000.00", "2200": "-81.00"}, ["01-05"]),
    (AMERICAN, "utf-16", AMERICAN_MAP, {"Checking": "9500.00", "Rent": "2500.00", "Sales": "-12000.00"},
     ["01-05", "02-03"]),
])  # fmt: skip
def test_a_german_a_swiss_and_an_american_file(
    tmp_path: Path, text: str, encoding: str, column_map: dict[str, str], right: dict[str, str], days: list[str]
) -> None:
    entity = an_entity()
    for code in right:
        an_account(entity, code)
    file, saved = tmp_path / "file.csv", tmp_path / "map.json"
    file.write_bytes(text.encode(encoding))
    saved.write_text(json.dumps(column_map))
    import_history(entity, file, "--map", saved)
    assert balances(entity) == {code: Decimal(amount) for code, amount in right.items()}
    found = Journal.objects.filter(entity=entity).order_by("effective_date").values_list("effective_date", flat=True)
    assert [f"{day:%m-%d}" for day in found] == days


def test_the_preview_of_the_german_file(entity: Entity, tmp_path: Path) -> None:
    file, saved = tmp_path / "file.csv", tmp_path / "map.json"
    file.write_bytes(GERMAN.encode("cp1252"))
    saved.write_text(json.dumps(GERMAN_MAP))
    assert import_journals(entity, file, "--map", saved, "--dry-run").splitlines() == [
        "encoding      cp1252 (as you say)",
        "delimiter     semicolon (the header has it)",
        "decimal mark  , ('1.249,90' on line 2 tells it)",
        "date format   DD.MM.YYYY (as you say)",
        "rows          2",
        "understood    2; the first ones:",
        "  line 2: 2026-01-05 'Bürobedarf Müller' debit 6815 1249.90, credit 1200 1249.90",
        "  line 3: 2026-01-12 'Rechnung 4711' debit 1200 11900.00, credit 4400 11900.00",
        "posted before 0",
        "refused       0",
        "Nothing was written. What only the books refuse, such as a limit or a closed day, is not looked for here.",
    ]
    assert not ImportRun.objects.filter(entity=entity).exists()


def test_accounts_have_the_same_layout_and_the_same_preview(tmp_path: Path) -> None:
    entity = an_entity()
    file = tmp_path / "chart.csv"
    file.write_text("code;currency;type;opening;min_balance\nBANK;EUR;asset;1.000,50;(500,00)\nOLD;EUR;asset;1.0.0;\n")
    arguments = ("--opening-account", "OPEN", "--create-opening-account", "equity", "--set", "name={code}")
    told = import_accounts(entity, file, *arguments, "--set", "owner_id=x", "--dry-run")
    assert "line 2: BANK 'BANK', asset in EUR" in told
    assert "line 3: malformed: '1.0.0' is not an amount with a decimal comma, such as 1.234,56." in told
    assert not Account.objects.filter(entity=entity).exists()


# Nonsense

NONSENSE = "\n".join([
    "date,debit_account,credit_account,amount,description",
    "date,debit_account,credit_account,amount,description",
    "2026-03-02,RENT,TILL",
    "2026-03-02,RENT,TILL,1.50,x,y",
    "31.02.2026,RENT,TILL,1.50,x",
    "02/03/2026,RENT,TILL,1.50,x",
    "2026-03-02,RENT,TILL,1.50\0,x",
    "2026-03-02,RENT,TILL,1.5.0,x",
    "2026-03-02,RENT,TILL,1e9,x",
    "2026-03-02,RENT,TILL,-1.50,x",
    "2026-03-02,,TILL,1.50,x",
    '2026-03-02,RENT"x,TILL,1.50,"x"y',
    f"2026-03-02,RENT,TILL,1.50,{'x' * 1_048_576}",
    '2026-03-02,RENT,TILL,1.50,"two\nlines"\r',
    "2026-03-02,RENT,TILL,1.50,mac\r2026-03-02,RENT,TILL,1.50,last",
])  # fmt: skip


REASONS = [
    (2, "The row is the header again."),
    (3, "The row has 3 columns where the header has 5."),
    (4, "The row has 6 columns where the header has 5."),
    (5, "There is no day '31.02.2026'."),
    (6, "'02/03/2026' is 2026-03-02 as DD/MM/YYYY and 2026-02-03 as MM/DD/YYYY"),
    (7, "The row holds a NUL character."),
    (8, "'1.5.0' is not an amount with a decimal point"),
    (9, "'1e9' is not an amount with a decimal point"),
    (10, "'-1.50' is not an amount: digits with an optional point"),
    (11, "There is no account '' in these books."),
    (12, "expected after"),
    (13, "more than 1,000,000 characters"),
]


def test_every_row_of_nonsense_is_refused_by_its_line_with_its_reason(entity: Entity, tmp_path: Path) -> None:
    file = tmp_path / "nonsense.csv"
    file.write_text(NONSENSE, newline="")
    import_journals(entity, file)
    assert counts(run_of(entity)) == {"posted": 3, "refused": 12}
    found = ImportRefusal.objects.filter(run=run_of(entity)).order_by("row").values_list("row", "reason")
    for (row, reason), (number, words) in zip(found, REASONS, strict=True):
        assert row == number
        assert words in reason


@pytest.mark.parametrize("said, words", [
    ({"date_format": "DD.MM.YYYY"}, "both say what date_format is"),
    ({"nonsense": "x"}, "--map has no 'nonsense'"),
    ({"delimiter": ";;"}, "--delimiter is one character"),
    ({"start_date": "2026-01-01"}, "--date-format is about dates, and --start-date"),
])  # fmt: skip
def test_maps_and_options_that_do_not_go_together(
    entity: Entity, january: Path, tmp_path: Path, said: dict[str, str], words: str
) -> None:
    saved = tmp_path / "map.json"
    saved.write_text(json.dumps(said))
    with pytest.raises(CommandError) as caught:
        import_journals(entity, january, "--map", saved, "--date-format", "MM/DD/YYYY")
    assert words in str(caught.value)
    assert caught.value.returncode == 2
    with pytest.raises(CommandError):
        import_journals(entity, january, "--map", tmp_path / "absent.json")
