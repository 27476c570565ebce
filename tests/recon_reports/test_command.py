"""`manage.py recon`: an operator's hour by command line, twice."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from journals.proof.ledger import verify_books
from recon.matching.rule_sets import set_profile
from tests.builders import an_account
from tests.cases.reconciling import BANK, books_with_a_bank, open_cases, said, sold
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


class Desk:
    """`manage.py recon` for one bank account: a line of 100.00, a fee of 3.00, and a payout of 97.00."""

    def __init__(self, folder: Path) -> None:
        self.bank = books_with_a_bank()
        an_account(self.bank.entity, "FEES", "expense", role="bank_fees")
        sold(self.bank, "100.00", "FIRST-2026")
        sold(self.bank, "100.00", "OTHER-2026")
        file = folder / "march.sta"
        file.write_bytes(a_statement_file(("100.00", ""), ("-3.00", "FEE-77777"), ("97.00", "PAYOUT-0001")))
        self.told("import", str(file))
        self.told("run")

    def told(self, what: str, *arguments: str) -> str:
        return told(what, *arguments, "--entity", self.bank.entity.code, "--account", BANK)

    def json(self, what: str, *arguments: str) -> Any:
        return json.loads(self.told(what, *arguments, "--json"))

    def refused(self, *arguments: str) -> tuple[int, str]:
        with pytest.raises(CommandError) as refused:
            self.told(*arguments)
        return refused.value.returncode, str(refused.value)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_things_are_named_as_the_tables_show_them(desk: Desk) -> None:
    shown = desk.told("unmatched").splitlines()
    assert [line.split()[:3] for line in shown[:2]] == [["line", "day", "amount"], ["1/1", "2026-03-02", "100.00"]]
    assert shown[5].split()[:2] == ["posting", "day"]
    assert "Match 1 is confirmed." in desk.told("match", "--line", "1/1", "--posting", "1")
    assert "1/3.1 of 100.00, 1/3.2 of -3.00" in desk.told("split", "1/3", "--part=100.00::gross", "--part=-3.00:KEPT")
    assert "is whole" in desk.told("join", "1/3")
    desk.told("split", "1/3", "--part=100.00", "--part=-3.00:KEPT")
    desk.told("match", "--line", "1/3.3", "--posting", "2")
    assert "Fee of the bank" in desk.told("post", "--template", "fee", "--line", "1/2", "1/3.4")
    assert desk.told("unmatched").split() == ["Nothing.", "Nothing."]
    assert [line.split()[0] for line in desk.told("matches").splitlines()] == ["match", "3", "2", "1"]
    assert "Match 1 is unmatched." in desk.told("unmatch", "1", "--reason", "not it")
    assert "And 1 more." in desk.told("matches", "--limit", "2")
    assert verify_books(desk.bank.entity_id) == []


def test_the_same_again_is_refused_or_with_a_key_answered_as_first(desk: Desk) -> None:
    again = ("match", "--line", "1/1", "--posting", "1")
    first = desk.json(*again, "--key", "m-1")
    assert desk.json(*again, "--key", "m-1") == first
    assert "done before" in desk.told(*again, "--key", "m-1")
    assert desk.refused(*again) == (1, "These are matched already, or are not there to be matched: 1/1, 1.")
    assert desk.refused("match", "--line", "1/1", "--posting", "2", "--key", "m-1")[0] == 1
    fee = ("post", "--template", "fee", "--line", "1/2")
    desk.told(*fee)
    assert desk.refused(*fee)[0] == 1
    assert len(desk.json("matches")) == 2


def test_exceptions_are_listed_and_resolved(desk: Desk) -> None:
    heading, *rows = desk.told("exceptions", "--kind", "missing_in_books").splitlines()
    assert heading.split()[:3] == ["exception", "kind", "status"]
    numbers = [row.split()[0] for row in rows]
    resolve = ("resolve", *numbers, "--resolution", "accepted", "--note", "small", "--key", "r-1")
    assert desk.told(*resolve).strip() == f"Exceptions resolved: {len(numbers)}."
    assert desk.json(*resolve) == {"status": "replayed", "changed": len(numbers)}
    assert desk.json("exceptions", "--kind", "missing_in_books") == []
    assert {one["note"] for one in desk.json("exceptions", "--status", "resolved")} == {"small"}


def test_a_suggestion_is_rejected_or_confirmed(desk: Desk) -> None:
    """Sums of amounts without a reference are only suggested."""
    for amount in ("10.01", "20.02"):
        sold(desk.bank, amount)
    said(desk.bank, ("30.03", ""), opening="194.00")
    desk.told("run")
    (one,) = desk.json("suggestions")
    assert one["id"] in desk.told("suggestions")
    confirmed = desk.json("confirm", one["id"])
    assert sorted(item["posting"] for item in confirmed["items"] if item["posting"]) == one["postings"]
    desk.told("unmatch", str(confirmed["number"]))
    desk.told("run")
    (one,) = desk.json("suggestions")
    assert "No run suggests it again." in desk.told("reject", one["id"], "--key", "s-1")
    assert desk.json("reject", one["id"], "--key", "s-1")["postings"] == one["postings"]
    desk.told("run")
    assert desk.json("suggestions") == []


def test_a_residual_is_posted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    set_profile(desk.bank.entity_id, desk.bank.pk, "reference_then_cent", actor="test")
    an_account(desk.bank.entity, "CENTS", "expense", role="rounding")
    sold(desk.bank, "55.00", "INV-2026-0002")
    file = tmp_path / "later.sta"
    file.write_bytes(a_statement_file(("55.01", "INV-2026-0002"), opening="194.00"))
    desk.told("import", str(file))
    desk.told("run")
    (match,) = desk.json("matches")
    assert match["residual"] == "0.01"
    assert desk.json("post", "--match", str(match["number"]), "--template", "rounding")["residual"] == "0.00"


REFUSED: list[tuple[tuple[str, ...], int]] = [
    (("match", "--line", "9/9", "--posting", "1"), 1),
    (("match", "--line", "first", "--posting", "1"), 1),
    (("match", "--line", "1/1", "--posting", "9"), 1),
    (("match", "--line", "1/2", "--posting", "1"), 1),
    (("unmatch", "7"), 1),
    (("unmatch", "7" * 18), 1),
    (("confirm", "nothing"), 1),
    (("post", "--template", "fee", "--line", "1/1", "--match", "1"), 2),
    (("post", "--template", "fee"), 2),
    (("post", "--template", "write_off", "--line", "1/2"), 1),
    (("split", "1/3", "--part=ninety"), 1),
    (("split", "1/3", "--part=90.00"), 1),
    (("join", "1/3"), 1),
    (("resolve", "99", "--resolution", "accepted"), 1),
    (("set-account", "--name", "Bank", "--column-map", "/nowhere"), 2),
]


def test_what_is_refused_is_one_plain_line(desk: Desk) -> None:
    for arguments, code in REFUSED:
        found, message = desk.refused(*arguments)
        assert (found, "\n" in message, message.endswith(".") or code == 2) == (code, False, True), arguments


@pytest.mark.parametrize("arguments", [("match", "--posting", "x"), ("unmatched", "--limit", "-1"), ("resolve", "1")])
def test_options_that_are_none_end_with_two(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        told(*arguments, "--entity", "x", "--account", BANK)
    assert ended.value.code == 2
