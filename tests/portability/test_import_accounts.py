from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection

from accounts.models import Account
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from journals.models import Journal
from journals.portability.accounts import AccountImport, account_writer
from journals.portability.chart import AccountOptions
from journals.portability.committing import Committing, Settled
from journals.portability.retrying import retry
from ledgerflow.books.errors import WriterBusy
from ledgerflow.books.models import Entity
from ledgerflow.files.items import Item
from ledgerflow.files.problems import BooksBusy, Stopped
from ledgerflow.files.rows import examine
from ledgerflow.files.watching import Watch
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.importing import balances, counts, csv_file, import_accounts, refused, run_command, run_of

FUNDED = (
    "--columns", "code=id,opening=start", "--set", "type=liability", "--set", "currency=EUR", "--set", "min_balance=0",
    "--set", "name=Deposit {id}", "--opening-account", "CASH",
)  # fmt: skip


@pytest.fixture
def entity() -> Entity:
    return an_entity()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "accounts.csv"


def test_a_chart_of_accounts_as_it_is_named_by_its_columns(entity: Entity, file: Path) -> None:
    csv_file(
        file, ("code", "name", "type", "currency", "parent", "is_header", "normal_side", "max_balance"),
        ("1", "Assets", "asset", "EUR", "", "yes", "", ""), ("11", "Bank", "asset", "CHF", "1", "", "", "5.5"),
        ("19", "Depreciation", "asset", "EUR", "1", "", "credit", ""), ("2", "Loan", "liability", "XYZ", "", "", "", ""),
        ("3", "Odd", "cash", "EUR", "", "", "", ""),
    )  # fmt: skip
    told = import_accounts(entity, file)
    accounts = Account.objects.filter(entity=entity).order_by("code")
    assert [(one.code, one.currency, one.is_header, one.normal_side) for one in accounts] == [
        ("1", "EUR", True, "debit"), ("11", "CHF", False, "debit"), ("19", "EUR", False, "credit"),
    ]  # fmt: skip
    assert counts(run_of(entity)) == {"opened": 3, "refused": 2}
    assert refused(file) == [("5", "unknown_currency"), ("6", "malformed")]
    assert "unknown_currency" in told


def test_deposits_are_opened_and_funded_from_cash(entity: Entity, file: Path) -> None:
    csv_file(
        file,
        ("id", "start"),
        ("A", "10.50"),
        ("B", "0.00"),
        ("C", "7"),
        ("D", ""),
        ("E", "-1"),
        ("F", "x"),
        ("G", "1.234"),
    )
    import_accounts(entity, file, *FUNDED, "--create-opening-account", "asset")
    assert balances(entity) == {"CASH": Decimal("17.50"), "A": Decimal("-10.50"), "C": Decimal(-7)}
    assert counts(run_of(entity)) == {"opened": 6, "posted": 2, "refused": 3}
    assert refused(file) == [("6", "insufficient_funds"), ("7", "malformed"), ("8", "precision_exceeded")]
    journal = Journal.objects.filter(entity=entity).earliest("number")
    assert (journal.kind, journal.effective_date, journal.description) == (
        "opening",
        date(2026, 3, 1),
        "Opening balance",
    )
    assert Account.objects.get(entity=entity, code="A").name == "Deposit A"


def test_an_opening_date_long_before_the_books_is_confirmed(entity: Entity, file: Path) -> None:
    csv_file(file, ("id", "start"), ("A", "10"))
    dated = ("--create-opening-account", "asset", "--opening-date", "1926-02-01")
    import_accounts(entity, file, *FUNDED, *dated)
    assert refused(file) == [("2", "unusual_date")]


def test_an_identical_account_is_skipped_a_different_one_refused_and_no_money_comes_twice(
    entity: Entity, file: Path, tmp_path: Path
) -> None:
    csv_file(file, ("id", "start"), ("A", "10"))
    dated = ("--create-opening-account", "asset", "--opening-date", "2026-02-01", "--confirm-unusual-dates")
    import_accounts(entity, file, *FUNDED, *dated)
    assert Journal.objects.get(entity=entity).effective_date == date(2026, 2, 1)
    an_account(entity, "C", "asset")
    again = csv_file(tmp_path / "again.csv", ("id", "start"), ("A", "10.00"), ("B", "5"), ("C", "1"))
    import_accounts(entity, again, *FUNDED, *dated)
    assert counts(run_of(entity, path=str(again))) == {
        "opened": 1,
        "existing": 1,
        "posted": 1,
        "replayed": 1,
        "refused": 1,
    }
    assert refused(again) == [("4", "account_exists")]
    assert balances(entity) == {"CASH": 15, "A": -10, "B": -5}


def test_without_its_opening_account_money_is_refused(entity: Entity, file: Path) -> None:
    csv_file(file, ("id", "start"), ("A", "10"))
    import_accounts(entity, file, *FUNDED)
    assert counts(run_of(entity)) == {"opened": 1, "refused": 1}
    assert refused(file) == [("2", "unknown_account")]


@pytest.mark.parametrize("arguments, words", [
    (("--create-opening-account", "asset"), "needs --opening-account"),
    (("--create-opening-account", "cash", "--opening-account", "CASH", "--set", "currency=EUR", "--columns",
      "code=id,opening=start"), "The opening account 'CASH' cannot be opened"),
    ((*FUNDED, "--opening-date", "soon"), "not a date"),
    ((), "Nothing says where code"),
])  # fmt: skip
def test_options_that_do_not_fit_end_the_command(entity: Entity, file: Path, arguments: Any, words: str) -> None:
    csv_file(file, ("id", "start", "code", "currency") if len(arguments) == 2 else ("id", "start"), ("A", "10"))
    with pytest.raises(CommandError, match=words):
        import_accounts(entity, file, *arguments)
    assert balances(entity) == {}


def test_an_import_stopped_while_opening_or_funding_goes_on_there(entity: Entity, file: Path) -> None:
    an_account(entity, "CASH")
    csv_file(file, ("id", "start"), *((f"A{n}", "-1" if n == 7 else "1") for n in range(1500)))
    options = AccountOptions(
        columns={"code": "id", "opening": "start"},
        constants={"type": "liability", "currency": "EUR", "min_balance": "0"},
        opening_account="CASH",
    )
    seen = []
    for _ in range(6):
        try:
            AccountImport(entity, examine(file), options).work(Watch(should_stop=lambda: True))
        except Stopped:
            seen.append(counts(run_of(entity)))
    assert seen == [
        {"opened": 1000}, {"opened": 1500}, {"opened": 1500, "posted": 999, "refused": 1},
        {"opened": 1500, "posted": 1499, "refused": 1},
    ]  # fmt: skip
    assert run_of(entity).finished_at is not None
    assert balances(entity)["CASH"] == 1499


def test_what_the_database_alone_refuses_is_a_refusal(entity: Entity) -> None:
    """A trigger of an installation, say, that wants codes of its own form."""
    told: list[tuple[str, str]] = []

    def record(_tx: Any, settled: list[Settled]) -> None:
        told.extend((item.wanted.code if item.wanted else "", outcome.status) for item, outcome in settled)

    name = f"form_{entity.id.hex[:16]}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE accounts_account ADD CONSTRAINT {name} CHECK (entity_id <> '{entity.id}' OR code <> 'B') NOT VALID"
        )
        try:
            items = [
                Item(n, n + 1, [[code]], wanted=AccountSpec(code=code, name=code, currency="EUR"))
                for n, code in enumerate("ABC")
            ]
            Committing(account_writer(entity, "test"), record).commit(items)
        finally:
            cursor.execute(f"ALTER TABLE accounts_account DROP CONSTRAINT {name}")
    assert sorted(Account.objects.filter(entity=entity).values_list("code", flat=True)) == ["A", "C"]
    assert told[-2:] == [("", "refused"), ("C", "opened")]
    assert open_accounts(entity.id, [], actor="test") == []


# Trying again


def test_refused_transfers_are_tried_again_under_their_keys(entity: Entity, file: Path) -> None:
    for code in ("ANN", "BOB"):
        an_account(entity, code, "liability", min_balance="0")
    an_account(entity, "TILL")
    rows = [("ANN", "BOB", "5"), ("BOB", "ANN", "2"), ("ANN", "ANN", "1"), ("ANN", "BOB", "x"), ("ANN", "EVE", "1")]
    csv_file(file, ("debit_account", "credit_account", "amount"), *rows)
    run_command("import_journals", file, "--entity", entity.code)
    assert counts(run_of(entity)) == {"refused": 5}
    posted(entity, a_transfer("TILL", "ANN", "6"))
    an_account(entity, "EVE", "liability")
    run_command("retry_rejected", file, "--entity", entity.code)
    assert counts(run_of(entity)) == {"posted": 3, "refused": 2}
    assert refused(file) == [("4", "same_account"), ("5", "malformed")]
    run_command("retry_rejected", file, "--entity", entity.code)
    assert counts(run_of(entity)) == {"posted": 3, "refused": 2}
    assert run_of(entity).refusals.get(row=4).attempts == 3
    assert run_of(entity).refusals.get(row=5).attempts == 1
    assert balances(entity) == {"TILL": 6, "ANN": -2, "BOB": -3, "EVE": -1}


def test_refused_accounts_are_opened_and_funded_when_tried_again(entity: Entity, file: Path) -> None:
    an_account(entity, "C", "asset")
    csv_file(file, ("id", "start", "up"), ("A", "10", ""), ("B", "0", "P"), ("C", "1", ""), ("D", "4", "P"))
    options = (*FUNDED[:1], "code=id,opening=start,parent=up", *FUNDED[2:])
    import_accounts(entity, file, *options)
    assert refused(file) == [
        ("2", "unknown_account"), ("3", "parent_refused"), ("4", "account_exists"), ("5", "parent_refused"),
    ]  # fmt: skip
    an_account(entity, "CASH")
    an_account(entity, "P", "liability", is_header=True)
    run_command("retry_rejected", file, "--entity", entity.code)
    assert refused(file) == [("4", "account_exists")]
    assert counts(run_of(entity)) == {"opened": 3, "posted": 2, "refused": 1}
    assert balances(entity) == {"CASH": 14, "A": -10, "D": -4}


def test_trying_again_can_be_stopped_and_waits_for_nobody(
    entity: Entity, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_account(entity, "A")
    rows = [("A", "B", "1")] * 600
    csv_file(file, ("debit_account", "credit_account", "amount"), *rows)
    run_command("import_journals", file, "--entity", entity.code)
    an_account(entity, "B")
    run = run_of(entity)
    with pytest.raises(Stopped, match="after row 501"):
        retry(entity, examine(file), run, Watch(should_stop=lambda: True))
    assert counts(run_of(entity)) == {"posted": 500, "refused": 100}

    gone = WriterBusy("The books are busy.")

    def busy(_drafts: Any, _settle: Any) -> Any:
        raise gone

    with monkeypatch.context() as patch:
        patch.setattr("journals.portability.journals.journal_writer", lambda _: busy)
        with pytest.raises(BooksBusy, match="goes on from here"):
            retry(entity, examine(file), run)
    retry(entity, examine(file), run)
    assert counts(run_of(entity)) == {"posted": 600}
    assert refused(file) != []  # the command writes the file, the use case does not
    run_command("retry_rejected", file, "--entity", entity.code)
    assert refused(file) == []


def test_a_database_that_is_away_is_told_and_not_a_traceback(
    entity: Entity, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = OperationalError("connection refused")

    def no_database(_code: str) -> Entity:
        raise away

    monkeypatch.setattr("ledgerflow.books.management.file_command.entity_called", no_database)
    with pytest.raises(CommandError, match="cannot be reached") as caught:
        import_accounts(entity, file)
    assert caught.value.returncode == 75


def test_trying_again_needs_one_finished_import_of_this_very_file(entity: Entity, file: Path) -> None:
    def fails(*arguments: str) -> str:
        with pytest.raises(CommandError) as caught:
            run_command("retry_rejected", file, "--entity", entity.code, *arguments)
        return str(caught.value)

    csv_file(file, ("code", "currency", "type"), ("A", "EUR", "cash"))
    assert "No import of" in fails()
    import_accounts(entity, file)
    import_accounts(entity, file, "--actor", "somebody")
    assert "choose one with --run" in fails()
    run = run_of(entity, options={"actor": "somebody"})
    run_command("retry_rejected", file, "--entity", entity.code, "--run", run.id)
    type(run).objects.filter(pk=run.pk).update(finished_at=None)
    assert "is not finished" in fails("--run", str(run.id))
