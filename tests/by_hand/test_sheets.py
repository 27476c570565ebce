"""The editor's form as it was typed: its rows, lines of CSV, and how a draft keeps it."""

from __future__ import annotations

import pytest

from journals.by_hand.errors import ColumnsUnknown, LinesUnreadable, TooManyJournalLines
from journals.by_hand.sheets import (
    FIRST_ROWS,
    MOST_ROWS,
    Sheet,
    SheetLine,
    all_lines,
    decoded,
    encoded,
    read_lines,
    taken_over,
    written,
)

pytestmark = pytest.mark.pure
DIMENSIONS = ["Project", "cost_centre"]
RENT = SheetLine("6310", "Hall; November", "4,800.00", "", {"Project": "roof"})
CASH = SheetLine("1000", credit="4800")


def test_a_draft_is_read_as_it_was_kept() -> None:
    sheet = Sheet("k", "2026-03-02", "adjustment", "R", "Rent", True, [RENT, SheetLine()], "a;b", "account")
    assert decoded(encoded(sheet)) == sheet


def test_rows_are_added_at_the_end_and_bounded() -> None:
    sheet = Sheet(lines=[RENT])
    assert [line.account for line in sheet.with_rows().lines] == ["6310", *[""] * (FIRST_ROWS - 1)]
    assert len(sheet.with_rows(5).lines) == 6
    assert len(Sheet(lines=[CASH] * MOST_ROWS).with_rows(5).lines) == MOST_ROWS
    assert sheet.filled() == [RENT]
    assert (RENT.given_dimensions(), CASH.given_dimensions()) == ({"Project": "roof"}, None)
    assert Sheet(date="2026-03-02", lines=[SheetLine(), SheetLine(dimensions={"Project": " "})]).is_empty()
    assert not Sheet(text="x").is_empty()
    assert (Sheet(description=" Rent\0", reference="R").title(3), Sheet(reference="R").title(3)) == ("Ren", "R")


@pytest.mark.parametrize(
    "text, columns",
    [
        ("6310;Rent;4800;;roof\n\n1000;;;4.800,00\n", ""),
        ('account,amount,PROJECT,description\n6310,4800,roof,Rent\n1000,"-4.800,00",,\n', ""),
        ("6310\t4800\troof\tRent\n1000\t\u22124.800,00\n", "account; amount; project; description"),
    ],
)  # fmt: skip
def test_lines_are_read_with_a_head_without_one_and_with_a_mapping(text: str, columns: str) -> None:
    rent, cash = read_lines(text, columns, DIMENSIONS)
    assert rent == SheetLine("6310", "Rent", "4800", "", {"Project": "roof"})
    assert cash == SheetLine("1000", "", "", "4.800,00")


def test_a_minus_before_a_calculation_is_of_its_first_number_alone() -> None:
    lines = read_lines("account;amount\n1;-10-5\n2;\u2212(100)\n3;-4-\n4;- 1 000\n", "", DIMENSIONS)
    sides = [(line.debit, line.credit) for line in lines]
    assert sides == [("-10-5", ""), ("\u2212(100)", ""), ("-4-", ""), ("", "1 000")]


def test_nothing_is_no_line() -> None:
    assert read_lines(" \n\n", "", DIMENSIONS) == []


@pytest.mark.parametrize(
    "text, columns, refusal, part",
    [
        ("account;colour\n", "", ColumnsUnknown, "colour"),
        ("account;debit;debit\n", "", ColumnsUnknown, "debit"),
        ("1;2", "debit,credit", ColumnsUnknown, "debit, credit are"),
        ("6310;Rent;1;2;3;4;5\n", "", LinesUnreadable, "Line 1"),
        ("account;credit;amount\n6310;;1\n1000;1;-1\n", "", LinesUnreadable, "Line 3 .* besides"),
        ("account\n" + "x" * 140_000, "", LinesUnreadable, "field larger"),
        ("6310;Rent;1\n" * 1002, "", TooManyJournalLines, "1000"),
    ],
)
def test_what_cannot_be_read_is_refused_by_line(text: str, columns: str, refusal: type, part: str) -> None:
    with pytest.raises(refusal, match=part):
        read_lines(text, columns, DIMENSIONS)


def test_lines_are_written_as_they_are_read() -> None:
    assert read_lines(written([RENT, CASH], DIMENSIONS), "", DIMENSIONS) == [RENT, CASH]


def test_pasted_lines_become_rows_or_stay_text_where_they_are_too_many() -> None:
    few = taken_over(Sheet(lines=[RENT, SheetLine()], text="1000;;;4800"), DIMENSIONS)
    assert (few.lines, few.text) == ([RENT, CASH], "")
    many = taken_over(Sheet(lines=[RENT], text="1000;;;48\n" * MOST_ROWS), DIMENSIONS)
    assert (many.lines, len(all_lines(many, DIMENSIONS))) == ([], MOST_ROWS + 1)
    assert all_lines(many, DIMENSIONS)[0] == RENT
    with pytest.raises(TooManyJournalLines):
        all_lines(Sheet(lines=[RENT], text="1000;;;48\n" * 1000), DIMENSIONS)
