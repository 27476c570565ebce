"""Books written out and brought into empty ones say the same in every statement."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from bench.roundtrip.moving import moved
from bench.roundtrip.statements import compared, statements
from journals.drafts import Line
from journals.events import read_fact
from journals.models import Journal
from journals.openings import post_opening_balances
from journals.periods.year_end import close_year
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.calendars import YEAR_END, YEAR_START, books_on, close, close_months, period, year
from tests.importing import balances, counts, csv_file, import_history, refused, rejects, run_command, run_of
from tests.portability.test_import_hledger import hledger, hledger_installed

JUNE = date(2026, 6, 15)


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    """A year with a result of 70.00, closed: 100.00 of sales less 30.00 of rent, of which 5.00 are an adjustment."""
    entity = books_on(YEAR_END, dimensions=["shop"])
    an_account(entity, "assets", is_header=True)
    an_account(entity, "bank", parent="assets", min_balance="0", metadata={"iban": "DE02 1203"}, role="cash")
    an_account(entity, "capital", "equity")
    post_opening_balances(entity.id, [("bank", Decimal(500)), ("capital", Decimal(500))], actor="test")
    wrong = posted(entity, a_transfer("bank", "sales", "9.99", effective_date=JUNE))
    sale = Line("sales", Decimal(-100), description='line, "quoted"', dimensions={"shop": "NORTH"})
    posted(
        entity,
        a_journal(("bank", "100"), sale, effective_date=JUNE, external_reference="R-1", metadata={"till": "1"}),
    )
    posted(entity, a_transfer("rent", "bank", "25", effective_date=date(2026, 3, 1)))
    back = reverse_journal(entity.id, read_fact(wrong.journal).id, key="back", effective_date=JUNE, actor="test")
    assert read_fact(back.journal).reverses
    close(entity, YEAR_END)
    posted(entity, a_transfer("rent", "bank", "5", effective_date=YEAR_END, layer="adjustment"))
    posted(entity, a_transfer("bank", "sales", "1", effective_date=YEAR_END, late="roll_forward"))
    close_months(entity)
    close_year(entity.id, year(entity).id, key="year-end", actor="test")
    return entity


@pytest.fixture(scope="module")
def again(books: Entity, tmp_path_factory: pytest.TempPathFactory) -> Entity:
    return moved(books, tmp_path_factory.mktemp("books"))


def result(entity: Entity) -> str:
    rows = income_statement(entity.id, from_date=YEAR_START, to_date=YEAR_END).blocks[0].rows
    return rows[-1].amounts["amount"]


def told(entity: Entity) -> list[dict[str, Any]]:
    names = ("number", "kind", "layer", "effective_date", "original_date", "reverses__number", "metadata",
             "external_reference")  # fmt: skip
    return list(Journal.objects.filter(entity=entity).order_by("number").values(*names))


def test_a_closed_year_comes_back_with_its_result(books: Entity, again: Entity) -> None:
    assert (result(books), result(again)) == ("70.00", "70.00")
    retained = [row.amounts["amount"] for row in balance_sheet(again.id).blocks[0].rows if row.account == "profits"]
    assert retained == ["70.00"]


def test_every_statement_is_equal_at_every_date(books: Entity, again: Entity) -> None:
    dates = [JUNE, YEAR_END]
    found = compared(books, again, list(statements(books, dates, ["bank"], functional=False)))
    assert found.differences == []
    assert verify_books(again.id) == []


def test_journals_keep_layer_dates_and_reversals_and_only_the_kinds_of_no_room(books: Entity, again: Entity) -> None:
    kept = {"closing": ("imported", {"original_kind": "closing"})}
    expected = []
    for journal in told(books):
        kind, metadata = kept.get(journal["kind"], (journal["kind"], journal["metadata"]))
        expected.append(journal | {"kind": kind, "metadata": metadata})
    assert told(again) == expected
    assert {one["kind"] for one in expected} == {"opening", "transfer", "manual", "reversal", "imported"}
    assert [one["original_date"] for one in expected if one["original_date"]] == [YEAR_END]


@hledger_installed
def test_hledger_tells_the_result_of_a_closed_year_without_its_closing_layer(books: Entity, tmp_path: Path) -> None:
    out = tmp_path / "out.journal"
    run_command("export_journals", "--entity", books.code, "--format", "hledger", "--output", out)
    statement = ("incomestatement", "--period", "2026", "--output-format", "csv", "--layout", "bare")
    net = [line for line in hledger("-f", out, *statement, "not:tag:layer=closing").splitlines() if "Net:" in line]
    assert net == ['"Net:","EUR","70.00"']


def test_the_year_end_of_the_new_books_finds_nothing_to_take(again: Entity) -> None:
    close(again, YEAR_END)
    close_months(again)
    before = Journal.objects.filter(entity=again).count()
    close_year(again.id, period(again, YEAR_END, "year").id, key="year-end", actor="test")
    assert Journal.objects.filter(entity=again).count() == before
    out = io.StringIO(run_command("export_journals", "--entity", again.code))
    assert {row["kind"] for row in csv.DictReader(out)} >= {"imported", "reversal"}


HEADER = ("n", "key", "reverses", "kind", "layer", "account", "amount")


def a_file(path: Path, *journals: tuple[str, str, str, str, str, str]) -> Path:
    """Journals of (key, reverses, kind, debited, credited, amount)."""
    rows = [
        (key, key, reverses, kind, "", account, sign + amount)
        for key, reverses, kind, debited, credited, amount in journals
        for account, sign in ((debited, ""), (credited, "-"))
    ]
    return csv_file(path, HEADER, *rows)


def test_a_reversal_finds_its_original_wherever_that_is(tmp_path: Path) -> None:
    entity = an_entity()
    for code in ("a", "b", "c"):
        an_account(entity, code)
    first = a_file(
        tmp_path / "first.csv", ("k1", "", "transfer", "a", "b", "1.00"), ("k2", "k1", "reversal", "b", "a", "1")
    )
    import_history(entity, first, "--group-by", "n")
    second = a_file(
        tmp_path / "second.csv",
        ("k2", "k1", "reversal", "b", "a", "1"),  # a replay
        ("k3", "", "fx_settlement", "a", "b", "2"),
        ("k4", "k3", "reversal", "b", "a", "2.00"),  # of a journal in its own batch
        ("k5", "k1", "reversal", "b", "a", "1"),  # reversed already
        ("k6", "k2", "reversal", "a", "b", "1"),  # a reversal
        ("k7", "absent", "reversal", "a", "b", "1"),
        ("k8", "k3", "reversal", "b", "a", "2.01"),  # not its mirror
        ("k9", "k9", "reversal", "b", "a", "2"),  # itself
        ("k10", "", "made up", "a", "c", "4"),
    )  # fmt: skip
    import_history(entity, second, "--group-by", "n")
    assert counts(run_of(entity, path=str(second))) == {"posted": 3, "replayed": 1, "refused": 5}
    assert [row["code"] for row in rejects(second)][::2] == [
        "already_reversed", "not_reversible", "not_found", "not_reversible", "not_found",
    ]  # fmt: skip
    assert balances(entity) == {"a": 4, "c": -4}
    kinds = Journal.objects.filter(entity=entity).order_by("number").values_list("kind", "reverses__number", "metadata")
    assert list(kinds) == [
        ("transfer", None, None), ("reversal", 1, None), ("imported", None, {"original_kind": "fx_settlement"}),
        ("reversal", 3, None), ("imported", None, {"original_kind": "made up"}),
    ]  # fmt: skip


def test_what_cannot_be_brought_in_says_why(tmp_path: Path) -> None:
    entity = an_entity()
    for code in ("a", "b", "c"):
        an_account(entity, code)
    header = ("n", "kind", "layer", "original_date", "account", "amount")
    file = csv_file(
        tmp_path / "x.csv", header,
        ("1", "transfer", "", "", "a", "1"), ("1", "transfer", "", "", "b", "1"), ("1", "transfer", "", "", "c", "-2"),
        ("2", "", "secret", "", "a", "1"), ("2", "", "secret", "", "b", "-1"),
        ("3", "", "closing", "", "a", "1"), ("3", "", "closing", "", "b", "-1"),
        ("4", "", "", "soon", "a", "1"), ("4", "", "", "soon", "b", "-1"),
        ("5", "", "", "1066-10-14", "a", "1"), ("5", "", "", "1066-10-14", "b", "-1"),
    )  # fmt: skip
    import_history(entity, file, "--group-by", "n")
    assert {code for _, code in refused(file)} == {"malformed", "date_out_of_range"}
    with pytest.raises(CommandError, match="map key as well"):
        import_history(entity, csv_file(tmp_path / "y.csv", ("n", "reverses", "account", "amount")), "--group-by", "n")


def test_a_journal_of_a_moved_date_is_another_request(tmp_path: Path) -> None:
    entity = an_entity()
    an_account(entity, "a")
    an_account(entity, "b")
    header = ("n", "key", "original_date", "account", "amount")
    for number, moved_from in enumerate(("2026-02-28", "2026-02-27")):
        rows = (("1", "k", moved_from, "a", "1"), ("1", "k", moved_from, "b", "-1"))
        import_history(entity, csv_file(tmp_path / f"{number}.csv", header, *rows), "--group-by", "n")
    assert refused(tmp_path / "1.csv")[0][1] == "idempotency_key_reused"
