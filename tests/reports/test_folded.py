"""Pages of very many accounts: those below a header are one line, and all sums are those of the files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from reports.kinds import KINDS
from reports.reading import folded
from reports.shapes import TreeReport
from reports.statements.trial import trial_balance
from tests.builders import a_transfer, an_account, posted
from tests.calendars import YEAR_END, books_on
from tests.pages import read
from tests.people import an_operator

TODAY, JUNE = date(2027, 1, 31), date(2026, 6, 15)
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("trial-balance", {}), ("trial-balance", {"totals": "lifetime", "zeros": True}),
    ("trial-balance", {"as_of": YEAR_END, "view": "before"}), ("trial-balance", {"view": "before"}),
    ("trial-balance", {"as_of": JUNE}), ("trial-balance", {"known_at": True}),
    ("balance-sheet", {}), ("balance-sheet", {"compare": [YEAR_END, JUNE], "view": "before"}),
    ("balance-sheet", {"known_at": True, "zeros": True}), ("income-statement", {}),
    ("income-statement", {"from_date": JUNE, "columns": "year"}),
    ("income-statement", {"view": "before", "compare_from": JUNE, "compare_to": YEAR_END}),
]  # fmt: skip


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = books_on(TODAY)
    an_account(entity, "customers", "liability", is_header=True)
    an_account(entity, "dollars", "liability", currency="USD", parent="customers")
    an_account(entity, "usd", currency="USD")
    for number in range(5):
        an_account(entity, f"customer-{number}", "liability", parent="customers", term="current" if number else "")
    drafts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("cash", "customer-0", "100", {"effective_date": JUNE}), ("customer-1", "cash", "30", {"effective_date": JUNE}),
        ("cash", "customer-2", "7", {"effective_date": YEAR_END}), ("customer-2", "cash", "7", {}),
        ("cash", "sales", "1000", {"effective_date": JUNE}), ("rent", "cash", "400", {"effective_date": JUNE}),
        ("rent", "cash", "11", {"effective_date": YEAR_END, "layer": "adjustment"}),
        ("customer-3", "sales", "5", {"effective_date": date(2027, 1, 20)}), ("sales", "customer-0", "3", {}),
        ("usd", "dollars", "8", {}), ("sales", "profits", "600", {"effective_date": YEAR_END, "layer": "closing"}),
    ]  # fmt: skip
    for debit, credit, amount, given in drafts:
        posted(entity, a_transfer(debit, credit, amount, **given))
    return entity


def sums(report: TreeReport) -> list[Any]:
    """All but accounts: totals of headers, sections and blocks, and computed lines."""
    rows = [(block.currency, row) for block in report.blocks for row in block.rows]
    return [(code, row.kind, row.name, row.amounts) for code, row in rows if row.kind != "account" and row.amounts]


@pytest.mark.parametrize("most_later", [2_000, 0], ids=["from balances", "from totals of days"])
def test_all_sums_are_those_of_each_account(books: Entity, monkeypatch: pytest.MonkeyPatch, most_later: int) -> None:
    monkeypatch.setattr(folded, "MANY", 1)
    monkeypatch.setattr(folded, "MOST_SINGLE", 4)
    monkeypatch.setattr(folded, "MOST_LATER", most_later)
    for name, question in QUESTIONS:
        asked = question | ({"known_at": clocks.now()} if "known_at" in question else {})
        found = []
        for is_page in (True, False):
            with KINDS[name].making(books.id, asked, folded=is_page) as made:
                report = made.body()
                assert isinstance(report, TreeReport)
                found.append(report)
        page, whole = found
        assert sums(page) == sums(whole), (name, question)
        assert page.notes == [*whole.notes, folded.NOTE]


def test_the_page_has_the_totals_of_the_file(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folded, "MANY", 1)
    monkeypatch.setattr(folded, "MOST_SINGLE", 0)
    monkeypatch.setattr("reports.admin.MOST_ROWS", 2)
    text = read(an_operator(), "/admin/reports/trial-balance/", entity=books.code, zeros="false")
    assert "customer-1" not in text
    assert "The first 2 rows, and the totals of all." in text
    assert folded.NOTE in text
    totals = [block.rows[-1] for block in trial_balance(books.id).blocks]
    assert len(totals) == 2
    for total in totals:
        assert f"{Decimal(total.amounts['debit']):,.2f} {Decimal(total.amounts['credit']):,.2f}" in text


def test_what_reads_each_of_too_many_accounts_is_a_file(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.admin.MOST_ACCOUNTS", 3)
    person = an_operator()
    for name, asked in (("trial-balance", {"to": "2027-01-31"}), ("cash-flow", {}), ("general-ledger", {})):
        text = read(person, f"/admin/reports/{name}/", entity=books.code, **asked)
        assert "these books have more than 3" in text
        assert "Data cut" not in text
    for name, asked in (("trial-balance", {}), ("general-ledger", {"accounts": "cash"})):
        assert "Data cut" in read(person, f"/admin/reports/{name}/", entity=books.code, **asked)
