"""The worked examples of others: each figure of the table is what the books say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.statements.answers import wrong_lines
from bench.statements.books import Books
from bench.statements.cases import Case, Check, read_cases
from bench.statements.running import faults_of

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_figure_is_right(case: Case) -> None:
    assert faults_of(case) == []


def test_a_wrong_figure_and_a_line_too_much_are_found() -> None:
    case = next(one for one in CASES if one.checks[0].about == "income-statement")
    check = case.checks[0]
    books = Books(case)
    books.happen(case.steps)
    first, *others = check.right
    wrong = wrong_lines(books, Check(check.about, check.asked, {first: "1.23"} | dict.fromkeys(others, "0")))
    assert len(wrong) == len(check.right)
    assert wrong_lines(books, Check(check.about, check.asked, {}))


def test_a_table_that_cannot_be_read_names_the_case(tmp_path: Path) -> None:
    table = tmp_path / "cases.toml"
    table.write_text('[[case]]\nname = "Lost"\nsource = "nobody"\nright = """\n  CASH  1.00\n"""\n')
    with pytest.raises(ValueError, match="Lost"):
        read_cases(table)
