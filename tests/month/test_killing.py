"""Killed at any moment and started again: an hour of an operator ends as one that nobody has disturbed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from journals.models import Posting
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from recon.cases.models import ReconException
from recon.matching.models import Match, MatchItem
from recon.reports.statement import recon_report
from recon.statements.bank_accounts import BankAccountSpec
from recon.statements.models import StatementLine
from tests.builders import TODAY, a_transfer, an_account, posted
from tests.cases.reconciling import BANK, SALES, books_with_a_bank
from tests.month.a_month import COLUMNS, a_camt_file
from tests.statements.banking import BankLine, a_bank_account, a_csv_file, a_statement_file

pytestmark = pytest.mark.begins_first

PROJECT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
FILES = {
    "one.sta": a_statement_file(("10.00", "INV-2026-0001"), ("20.00", "INV-2026-0002"), ("-3.00", "FEE-77777")),
    "two.xml": a_camt_file(
        [BankLine("30.00", "INV-2026-0003"), BankLine("97.00", "PAYOUT-4711"), BankLine("-5.00", "WHO-KNOWS")],
        "27.00", TODAY, TODAY,
    ),
    "three.csv": a_csv_file(("40.00", "INV-2026-0004"), ("50.01", "INV-2026-0005"), opening="149.00"),
}  # fmt: skip
SOLD = {
    "INV-2026-0001": "10.00", "INV-2026-0002": "20.00", "INV-2026-0003": "30.00", "INV-2026-0004": "40.00",
    "INV-2026-0005": "50.00", "PAYOUT-4711": "100.00", "NEVER-PAID": "60.00",
}  # fmt: skip
# What comes after the files; posting 5 is that of the invoice 0005.
HOUR = [
    ["run"],
    ["split", "2/2", "--part=100.00", "--part=-3.00:KEPT", "--key", "split"],
    ["post", "--template", "fee", "--line", "1/3", "2/2.2", "--key", "fees"],
    ["post", "--template", "rounding", "--line", "3/2", "--posting", "5", "--key", "cent"],
    ["run"],
]


class Hours(NamedTuple):
    """Books after the hour, undisturbed and killed, and how the processes of each command of the latter have ended."""

    whole: Entity
    killed: Entity
    ends: list[list[int]]


def a_script(folder: Path) -> tuple[Entity, Path]:
    """Books, and the commands of the hour as JSON."""
    bank = books_with_a_bank()
    a_bank_account(bank.entity, BANK, **BankAccountSpec("Bank", column_map=COLUMNS)._asdict())
    an_account(bank.entity, "FEES", "expense", role="bank_fees")
    an_account(bank.entity, "CENTS", "expense", role="rounding")
    for reference, amount in SOLD.items():
        posted(bank.entity, a_transfer(BANK, SALES, amount, external_reference=reference))
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    which = ["--entity", bank.entity.code, "--account", BANK]
    commands = [["import", *(str(folder / name) for name in FILES)], *HOUR]
    script = folder / "script.json"
    script.write_text(json.dumps([[*one, *which] for one in commands]))
    return bank.entity, script


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Hours:
    """The hour in processes of its own, twice."""
    (whole, first), (killed, second) = (a_script(tmp_path_factory.mktemp(name)) for name in ("whole", "killed"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.month.killed_process", str(first), str(second)],
        cwd=PROJECT, env=os.environ | {"DATABASE_URL": database_url}, capture_output=True, text=True, check=True,
        timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    ends = json.loads(done.stdout)
    commands = len(ends) // 2
    assert ends[:commands] == [[0]] * commands
    return Hours(whole, killed, ends[commands:])


def test_it_was_killed_around_each_commit(hours: Hours) -> None:
    """Each is lost once and comes through once: one for a file, and a run writes matches and exceptions by three."""
    kills = [len(ends) - 1 for ends in hours.ends]
    assert hours.ends == [[KILLED] * count + [0] for count in kills]
    assert [count // 2 for count in kills] == [3, 4, 1, 1, 1, 1]


def test_what_is_there_is_the_same(hours: Hours) -> None:
    whole, killed, _ = hours
    for told in (lines, matches, exceptions, postings, events):
        assert told(killed) == told(whole), told.__name__
    assert len(lines(killed)) == 10
    assert [verify_books(one.id) for one in (killed, whole)] == [[], []]


def test_the_statement_is_the_same(hours: Hours) -> None:
    found = [recon_report(one.id, TODAY).statements[0] for one in (hours.whole, hours.killed)]
    assert {one.can_finish for one in found} == {True}
    assert len({(one.book_balance, one.explained, one.bank_balance) for one in found}) == 1


def named(line: Any) -> tuple[int, int, int] | None:
    return None if line is None else (line.statement.number, line.number, line.part)


def lines(entity: Entity) -> list[Any]:
    rows = StatementLine.objects.filter(entity=entity).select_related("statement")
    return sorted((named(row), str(row.amount), row.is_split) for row in rows)


def matches(entity: Entity) -> list[Any]:
    """A run that goes on numbers them as it finds them, so by what they hold."""
    found = []
    for row in Match.objects.filter(entity=entity):
        items = MatchItem.objects.filter(match=row).select_related("line__statement")
        held = sorted((str(named(item.line)), item.account_version or 0, str(item.amount)) for item in items)
        found.append((held, row.status, row.rule, row.score or 0, str(row.residual), row.explanation))
    return sorted(found)


def exceptions(entity: Entity) -> list[Any]:
    rows = ReconException.objects.filter(entity=entity).select_related("line__statement")
    same = ("kind", "status", "resolution", "entries", "explanation")
    return sorted(
        (str(named(row.line)), row.account_version or 0, str(row.amount), *(getattr(row, name) for name in same))
        for row in rows
    )


def postings(entity: Entity) -> list[Any]:
    rows = Posting.objects.filter(account__entity=entity).order_by("journal__number", "line")
    return list(rows.values_list("journal__number", "journal__kind", "account__code", "amount", "account_version"))


def events(entity: Entity) -> Counter[str]:
    return Counter(entity.events.values_list("type", flat=True))
