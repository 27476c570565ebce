import os
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection, connections

from journals.models import Journal
from journals.portability import runs
from journals.portability.committing import Committing
from journals.portability.drafting import JournalOptions
from journals.portability.journals import JournalImport, journal_writer
from journals.portability.models import ImportRefusal, ImportRun
from journals.posting import post
from ledgerflow.books.errors import WriterBusy
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import OutcomeUnknown
from ledgerflow.files.problems import BooksBusy, FileProblem, RunProblem, Stopped
from ledgerflow.files.rejects import rejects_path
from ledgerflow.files.rows import examine, open_rows
from ledgerflow.files.watching import Watch
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.importing import balances, counts, csv_file, import_journals, refused, rejects, run_command, run_of

HEADER = ("debit_account", "credit_account", "amount")


@pytest.fixture
def entity() -> Entity:
    """A till and two deposits of 10.00 that cannot be overdrawn."""
    made = an_entity(dimensions=["project"])
    an_account(made, "TILL")
    for code in ("ANN", "BOB"):
        an_account(made, code, "liability", min_balance="0")
        posted(made, a_transfer("TILL", code, "10.00"))
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "transfers.csv"


def test_dates_before_the_books_began_are_confirmed_for_the_whole_file(entity: Entity, file: Path) -> None:
    csv_file(file, (*HEADER, "date"), ("TILL", "ANN", "1", TODAY), ("TILL", "ANN", "2", "2026-03-01"))
    run_command("import_journals", file, "--entity", entity.code)
    assert refused(file) == [("3", "unusual_date")]
    run_command("import_journals", file, "--entity", entity.code, "--confirm-unusual-dates")
    assert counts(run_of(entity, options__confirm_unusual_dates=True)) == {"posted": 1, "replayed": 1}


def test_rows_are_posted_in_order_and_what_is_refused_is_told(entity: Entity, file: Path) -> None:
    csv_file(file, HEADER, ("ANN", "BOB", "11"), ("BOB", "ANN", "4"), ("ANN", "BOB", "11"), ("ANN", "ANN", "1"),
             ("ANN", "EVE", "1"), ("ANN", "BOB", "x"), ("ANN", "BOB"))  # fmt: skip
    told = import_journals(entity, file)
    assert balances(entity) == {"TILL": 20, "ANN": Decimal("-3.00"), "BOB": Decimal("-17.00")}
    assert counts(run_of(entity)) == {"posted": 2, "refused": 5}
    assert refused(file) == [
        ("2", "insufficient_funds"), ("5", "same_account"), ("6", "unknown_account"), ("7", "malformed"), ("8", "malformed"),
    ]  # fmt: skip
    first = rejects(file)[0]
    assert (first["debit_account"], first["credit_account"], first["amount"]) == ("ANN", "BOB", "11")
    assert first["reason"] == "ANN has 10.00 available above its limit of 0.00."
    assert "insufficient_funds" in told
    assert str(rejects_path(file)) in told


def test_a_finished_import_started_again_posts_nothing_and_tells_the_same(entity: Entity, file: Path) -> None:
    csv_file(file, HEADER, ("BOB", "ANN", "4"), ("ANN", "ANN", "1"))
    import_journals(entity, file)
    before = Event.objects.filter(entity=entity).count()
    rejects_path(file).unlink()
    told = import_journals(entity, file)
    assert Event.objects.filter(entity=entity).count() == before
    assert counts(run_of(entity)) == {"posted": 1, "refused": 1}
    assert refused(file) == [("3", "same_account")]
    assert "same_account" in told


def test_a_column_map_constants_steps_and_an_advancing_business_date(entity: Entity, file: Path) -> None:
    csv_file(file, ("from", "to", "value", "step"), ("BOB", "ANN", "1", "0"), ("BOB", "ANN", "1", "3"),
             ("BOB", "ANN", "1", "1"))  # fmt: skip
    import_journals(
        entity, file, "--columns", "debit_account=from,credit_account=to,amount=value,date=step", "--set",
        "description=Step {step}", "--start-date", TODAY, "--advance",
    )  # fmt: skip
    found = Journal.objects.filter(entity=entity, kind="transfer", description__startswith="Step").order_by("number")
    assert [(one.description, one.effective_date.day) for one in found] == [("Step 0", 2), ("Step 3", 5), ("Step 1", 3)]
    entity.refresh_from_db()
    assert entity.business_date == date(2026, 3, 5)


def test_without_advance_tomorrow_is_refused(entity: Entity, file: Path) -> None:
    csv_file(file, (*HEADER, "date"), ("BOB", "ANN", "1", "2026-03-03"))
    import_journals(entity, file)
    assert refused(file) == [("2", "future_date")]


def test_keys_of_the_file_make_a_second_file_a_replay(entity: Entity, file: Path, tmp_path: Path) -> None:
    header = (*HEADER, "key")
    csv_file(file, header, ("BOB", "ANN", "1", "k1"), ("BOB", "ANN", "1", "k1"), ("BOB", "ANN", "2", "k1"))
    import_journals(entity, file)
    assert counts(run_of(entity)) == {"posted": 1, "replayed": 1, "refused": 1}
    assert refused(file) == [("4", "idempotency_key_reused")]
    other = csv_file(tmp_path / "other.csv", header, ("BOB", "ANN", "1.00", "k1"), ("BOB", "ANN", "1", ""))
    import_journals(entity, other)
    assert counts(run_of(entity, path=str(other))) == {"replayed": 1, "refused": 1}
    assert refused(other) == [("3", "idempotency_key_missing")]


def test_journals_of_many_lines_with_dimensions(entity: Entity, file: Path) -> None:
    csv_file(
        file, ("id", "account", "side", "amount", "line_description", "dimension.project", "reference"),
        ("1", "ANN", "debit", "3", "her part", "P", "R1"), ("1", "BOB", "debit", "2", "", "", "R1"),
        ("1", "TILL", "credit", "5", "", "", "R1"), ("2", "ANN", "debit", "3", "", "", "R2"),
    )  # fmt: skip
    import_journals(entity, file, "--group-by", "id")
    assert balances(entity) == {"TILL": 15, "ANN": -7, "BOB": -8}
    journal = Journal.objects.get(entity=entity, external_reference="R1")
    lines = journal.postings.order_by("line").values_list("description", "dimensions")
    assert list(lines) == [("her part", {"project": "P"}), ("", None), ("", None)]
    assert [(row["row"], row["code"], row["reference"]) for row in rejects(file)] == [("5", "malformed", "R2")]


def test_unbalanced_rows_are_refused_or_rounded(entity: Entity, file: Path) -> None:
    an_account(entity, "ROUND", "expense")
    rows = [
        ("id", "account", "amount"),
        ("1", "ANN", "3.01"),
        ("1", "BOB", "-3"),
        ("2", "ANN", "1"),
        ("2", "BOB", "-0.5"),
    ]
    import_journals(entity, csv_file(file, *rows), "--group-by", "id")
    assert refused(file) == [("2", "unbalanced"), ("2", "unbalanced"), ("4", "unbalanced"), ("4", "unbalanced")]
    import_journals(
        entity, file, "--group-by", "id", "--rounding-account", "ROUND", "--rounding-tolerance", "0.01"
    )  # other options: an import of its own, because the first one is finished
    assert refused(file) == [("4", "unbalanced"), ("4", "unbalanced")]
    assert balances(entity)["ROUND"] == Decimal("-0.01")


# What stands in the way


def fails(entity: Entity, path: Path, *arguments: object) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        import_journals(entity, path, *arguments)
    return caught.value.returncode, str(caught.value)


@pytest.mark.parametrize("content, words", [
    (b"", "is empty"),
    (b"debit_account,credit_account\n", "Nothing says where amount comes from"),
    ("debit_account,credit_account,amount\nJ\u00fcrg,BOB,1\n".encode("latin-1"), "with --encoding"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_ends_with_code_2(entity: Entity, file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    code, message = fails(entity, file)
    assert code == 2
    assert words in message
    assert not ImportRun.objects.filter(entity=entity).exists()


def test_what_is_not_there_ends_with_code_2(entity: Entity, file: Path, tmp_path: Path) -> None:
    assert fails(entity, file)[0] == 2
    assert fails(entity, tmp_path)[0] == 2
    csv_file(file, HEADER)
    assert fails(entity, file, "--delimiter", "::") == (2, "--delimiter is one character, or 'tab'.")
    assert fails(entity, file, "--rejected", tmp_path / "absent" / "x.csv")[0] == 2
    assert fails(entity, file, "--open-accounts")[0] == 2
    assert fails(entity, file, "--rounding-account", "R", "--rounding-tolerance", "1")[0] == 2
    entity.code = "nobody"
    assert fails(entity, file) == (2, "There is no entity 'nobody'.")


def test_tabs_and_a_file_of_rejects_elsewhere(entity: Entity, file: Path, tmp_path: Path) -> None:
    file.write_text("debit_account\tcredit_account\tamount\nBOB\tANN\t1\nBOB\tBOB\t1\n")
    told = import_journals(entity, file, "--delimiter", "tab", "--rejected", tmp_path / "refused.csv")
    assert counts(run_of(entity)) == {"posted": 1, "refused": 1}
    assert str(tmp_path / "refused.csv") in told
    assert (tmp_path / "refused.csv").read_text().startswith("debit_account,credit_account,amount,row,code,reason\n")


def test_columns_called_like_ours_keep_their_names_in_the_rejects(entity: Entity, file: Path) -> None:
    csv_file(file, (*HEADER, "code"), ("BOB", "BOB", "1", "x"))
    import_journals(entity, file)
    (row,) = rejects(file)
    assert (row["code"], row["rejected_code"], row["row"]) == ("x", "same_account", "2")


# Stopping and going on


def many(file: Path, number: int = 2500) -> Path:
    """BOB and ANN hand each other a cent; every hundredth row is refused."""
    rows = [("BOB", "ANN", "0.01") if n % 2 else ("ANN", "BOB", "0.01") for n in range(number)]
    return csv_file(file, HEADER, *(("ANN", "ANN", "1") if n % 100 == 99 else row for n, row in enumerate(rows)))


class Stop:
    """Asks to stop after so many batches."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def start(entity: Entity, file: Path, *, abandon: bool = False, **given: Any) -> JournalImport:
    return JournalImport(entity, examine(file), JournalOptions(**given), abandon=abandon)


def test_a_stopped_import_goes_on_after_its_last_batch(entity: Entity, file: Path) -> None:
    many(file)
    with pytest.raises(Stopped, match="before row 1002") as caught:
        start(entity, file).work(Watch(should_stop=Stop(0)))
    assert caught.value.exit_code == 130
    assert counts(run_of(entity)) == {"posted": 990, "refused": 10}
    import_journals(entity, file)
    assert counts(run_of(entity)) == {"posted": 2475, "refused": 25}
    assert len(refused(file)) == 25


def test_options_are_the_same_when_they_say_the_same(entity: Entity, file: Path) -> None:
    """A default that came through a computation is still the default; an import started before goes on."""
    many(file, 30)
    zero, actor = str(Decimal(0)), str(b"import", "ascii")  # equal to the defaults, and other objects
    first, second = start(entity, file), start(entity, file, rounding_tolerance=zero, actor=actor)
    assert first.run == second.run
    assert first.run.options == {}
    assert start(entity, file, actor="somebody", abandon=True).run != first.run


def test_a_changed_file_is_refused_until_the_import_is_given_up(entity: Entity, file: Path) -> None:
    many(file)
    with pytest.raises(Stopped):
        start(entity, file).work(Watch(should_stop=Stop(0)))
    original = file.read_bytes()
    file.write_bytes(original + b"BOB,ANN,1\r\n")
    code, message = fails(entity, file)
    assert code == 1
    assert "the file has changed since" in message
    file.write_bytes(original)
    code, message = fails(entity, file, "--advance")
    assert code == 1
    assert "with other options" in message
    assert import_journals(entity, file)
    assert counts(run_of(entity)) == {"posted": 2475, "refused": 25}


def test_a_given_up_import_leaves_what_it_posted(entity: Entity, file: Path) -> None:
    many(file)
    with pytest.raises(Stopped):
        start(entity, file).work(Watch(should_stop=Stop(0)))
    csv_file(file, HEADER, ("BOB", "ANN", "1"))
    import_journals(entity, file, "--abandon")
    assert counts(run_of(entity, abandoned_at=None)) == {"posted": 1}
    assert counts(run_of(entity, abandoned_at__isnull=False)) == {"posted": 990, "refused": 10}


def test_a_file_that_changes_while_it_is_read_stops_the_import(entity: Entity, file: Path) -> None:
    many(file)
    with pytest.raises(FileProblem, match="changed while it was being read"):
        start(entity, file).work(Watch(advanced=lambda _row, _items: os.utime(file, (1, 1))))
    assert counts(run_of(entity)) == {"posted": 990, "refused": 10}


def test_of_two_imports_of_one_file_at_once_only_one_goes_on(entity: Entity, file: Path) -> None:
    many(file)
    second = start(entity, file)
    first_batch_done, go_on = threading.Event(), threading.Event()

    def wait(_row: int, _items: int) -> None:
        first_batch_done.set()
        go_on.wait(120)

    def work() -> None:
        start(entity, file).work(Watch(advanced=wait))
        connections.close_all()  # a thread has its own

    first = threading.Thread(target=work)
    first.start()
    assert first_batch_done.wait(120)
    with pytest.raises(RunProblem, match="Another process is importing this file"):
        second.work()
    go_on.set()
    first.join(120)
    assert counts(run_of(entity)) == {"posted": 2475, "refused": 25}
    assert Journal.objects.filter(entity=entity).count() == 2 + 2475


def test_a_commit_whose_answer_was_lost_counts_once(
    entity: Entity, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is in the books, the importer is told that nobody knows: it repeats it and goes on."""
    many(file)
    write = journal_writer(entity.id)
    lost: list[bool] = []
    lost_answer = OutcomeUnknown("The connection was lost while committing.")

    def losing(drafts: Any, settle: Any) -> Any:
        answers = write(drafts, settle)
        if not lost:
            lost.append(True)
            raise lost_answer
        return answers

    monkeypatch.setattr("journals.portability.journals.journal_writer", lambda _: losing)
    import_journals(entity, file)
    assert lost
    assert counts(run_of(entity)) == {"posted": 2475, "refused": 25}


def test_books_that_stay_busy_end_the_import_for_now(
    entity: Entity, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(file)
    gone = WriterBusy("The books of this entity are busy; nothing was written.")

    def busy(_drafts: Any, _settle: Any) -> Any:
        raise gone

    monkeypatch.setattr("journals.portability.journals.journal_writer", lambda _: busy)
    monkeypatch.setattr(runs, "ATTEMPTS", 2)
    with pytest.raises(BooksBusy, match="before row 2; the same command goes on"):
        start(entity, file).work()
    assert fails(entity, file)[0] == 75


def test_what_the_database_alone_refuses_costs_its_own_row(entity: Entity, file: Path) -> None:
    """A constraint the application knows nothing of: the batch is halved, and every row keeps its own outcome."""
    many(file, 300)
    bad = f"import:{examine(file).sha256[:32]}:150"
    name = f"no_{entity.id.hex[:16]}"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE books_idempotencykey ADD CONSTRAINT {name} CHECK (key <> '{bad}') NOT VALID")
        try:
            import_journals(entity, file)
        finally:
            cursor.execute(f"ALTER TABLE books_idempotencykey DROP CONSTRAINT {name}")
    assert counts(run_of(entity)) == {"posted": 296, "refused": 4}
    assert refused(file) == [("101", "same_account"), ("150", "refused_by_database"), ("201", "same_account"),
                             ("301", "same_account")]  # fmt: skip


def test_a_half_that_is_in_the_books_is_not_tried_again(entity: Entity, file: Path) -> None:
    """The database refuses the batch as a whole and then goes away between the halves."""
    many(file, 300)
    importing = start(entity, file)
    worker = runs.Worker(importing.run, importing.source, journal_writer(entity.id), Watch())
    commit, calls = Committing.commit, []
    gone = WriterBusy("Gone.")

    def halving(self: Committing, batch: Any) -> None:
        calls.append(len(batch))
        if len(calls) == 1:
            commit(self, batch[:100])
            raise gone
        commit(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Committing, "commit", halving)
        with open_rows(importing.source) as (_, found):
            worker.work_through(importing.drafting().items(found))
    assert calls == [300, 200]
    assert counts(run_of(entity)) == {"posted": 297, "refused": 3}


def test_refused_rows_are_kept_once_and_whole(entity: Entity, file: Path) -> None:
    file.write_bytes(b'debit_account,credit_account,amount\nBOB,ANN\x00,1\n"BOB,ANN,1\nBOB,ANN,1\n')
    import_journals(entity, file)
    assert counts(run_of(entity)) == {"posted": 1, "refused": 2}
    assert list(ImportRefusal.objects.filter(run__entity=entity).order_by("row").values_list("row", "code", "raw")) == [
        (2, "malformed", '[["BOB,ANN\\u0000,1"]]'),
        (3, "malformed", '[["\\"BOB,ANN,1"]]'),
    ]
    assert post(entity.id, a_transfer("BOB", "ANN", "1")).status == "posted"


def test_refused_rows_go_to_our_own_folder_and_not_to_that_of_the_file(entity: Entity, file: Path) -> None:
    beside = set(file.parent.iterdir()) | {file}
    csv_file(file, HEADER, ("ANN", "ANN", "1"))
    import_journals(entity, file)
    assert set(file.parent.iterdir()) == beside
    assert rejects_path(file).parent == settings.LEDGERFLOW_HOME / "imports"
    assert rejects_path(file) != rejects_path(file.parent / "other" / file.name)
    assert refused(file) == [("2", "same_account")]
