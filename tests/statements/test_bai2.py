"""BAI2: signs by type, smallest units, continuations and control totals."""

from __future__ import annotations

from datetime import date

import pytest

from recon.statements.errors import BalancesDisagree, ControlTotalWrong
from recon.statements.parsers.reading import read_statements
from tests.statements.samples import BAI2, amounts, check, refusal

pytestmark = pytest.mark.pure


def test_a_file() -> None:
    file = read_statements(BAI2.encode())
    check(file)
    (found,) = file.statements
    assert (file.format, found.account, found.currency, found.is_proven) == ("bai2", "4711", "USD", True)
    first, second = found.lines
    assert (first.booking_date, first.value_date) == (date(2026, 3, 31), date(2026, 4, 1))
    assert (first.bank_reference, first.customer_reference) == ("B1", "C1")
    assert first.text == "Invoice 7, March second line"
    assert (second.bank_reference, second.customer_reference, second.text, second.value_date) == (
        "B2",
        "",
        "CHECK",
        None,
    )
    assert amounts(file) == ["50.25", "-0.25"]


def file_of(*records: str, currency: str = "USD", total: int = 0) -> str:
    """A file of one account, with its totals right."""
    count = len(records) + 1
    return "\n".join((
        f"01,A,B,260331,,1,,,2/\n02,A,B,1,260331,,{currency},/", *records, f"49,{total},{count}/",
        f"98,{total},1,{count + 2}/\n99,{total},1,{count + 4}/\n",
    ))  # fmt: skip


@pytest.mark.parametrize(
    "currency,amount", [("USD", "12.34"), ("JPY", "1234"), ("BHD", "1.234"), ("XXX", "12.34"), ("", "12.34")]
)
def test_smallest_units(currency: str, amount: str) -> None:
    text = file_of("03,1,,,,,/", "16,100,1234,,,/", currency=currency, total=1234)
    assert amounts(read_statements(text.encode())) == [amount]


@pytest.mark.parametrize("kind,sign", [("100", ""), ("399", ""), ("400", "-"), ("699", "-"), ("930", ""), ("970", "-")])
def test_the_type_tells_the_direction(kind: str, sign: str) -> None:
    text = file_of("03,1,,/", f"16,{kind},100,Z/", total=100)
    assert amounts(read_statements(text.encode())) == [f"{sign}1.00"]


def test_what_moves_no_money_is_no_line() -> None:
    assert amounts(read_statements(file_of("03,1,,/", "16,890,,,,,note/").encode())) == []


def test_types_of_funds() -> None:
    head = "03,1,,040,500,2,S,100,200,200,045,600,,V,260401,1200,072,700,,D,2,0,300,1,400,015,800,,/"
    text = file_of(head, "16,100,100,S,0,50,50,B,C,text/", "16,100,100,D,1,0,100,B2,C2,more/", total=2800)
    file = read_statements(text.encode())
    (found,) = file.statements
    assert found.closing is not None
    assert (str(found.closing.amount), found.opening) == ("8.00", None)
    assert [(line.bank_reference, line.text) for line in found.lines] == [("B", "text"), ("B2", "more")]


@pytest.mark.parametrize(
    "record,words",
    [
        ("16,ABC,1,,,/", "no type of a line"),
        ("16,700,1,,,/", "neither that of a credit"),
        ("16,100,-1,,,/", "without a sign"),
        ("16,100,,,,/", "without a sign"),
        ("16,100/", "without a sign"),
        ("16,100,1.5,,,/", "smallest units"),
        ("16,100,1,X,,/", "no type of funds"),
        ("16,100,1,D,many,/", "number of days"),
        ("16,100,1,D/", "number of days"),
        ("16,100,1,V,260230,,,/", "There is no day"),
        ("17,100", "no record of BAI2"),
        ("03,2,,/", "16 or 49 is expected"),
        ("99,0,1,1/", "16 or 49 is expected"),
    ],
)
def test_a_broken_line_says_where(record: str, words: str) -> None:
    error = refusal(file_of("03,1,,/", record))
    assert words in error.message
    assert (error.code, error.data["line"]) == ("statement_broken", 4)


@pytest.mark.parametrize(
    "old,new,line,record,what",
    [
        ("49,35075,6/", "49,35076,6/", 8, "49", "control total"),
        ("49,35075,6/", "49,35075,5/", 8, "49", "number of records"),
        ("98,35075,1,8/", "98,35076,1,8/", 9, "98", "control total"),
        ("98,35075,1,8/", "98,35075,2,8/", 9, "98", "number of accounts"),
        ("98,35075,1,8/", "98,35075,1,9/", 9, "98", "number of records"),
        ("99,35075,1,10/", "99,35074,1,10/", 10, "99", "control total"),
        ("99,35075,1,10/", "99,35075,2,10/", 10, "99", "number of groups"),
        ("99,35075,1,10/", "99,35075,1,11/", 10, "99", "number of records"),
    ],
)
def test_control_totals(old: str, new: str, line: int, record: str, what: str) -> None:
    error = refusal(BAI2.replace(old, new))
    assert isinstance(error, ControlTotalWrong)
    assert (error.data["line"], error.data["record"], error.data["what"]) == (line, record, what)


def test_places_of_records() -> None:
    assert "01 is expected" not in refusal(BAI2.partition("49,")[0]).message
    assert "no record 99" in refusal(BAI2.partition("99,")[0]).message
    assert "nothing is expected" in refusal(BAI2 + "01,A,B,260331,,1,,,2/\n").message
    assert (
        "02 or 99 is expected"
        in refusal(BAI2.replace("02,US,BANK", "02,US,BANK").replace("99,35075", "03,35075")).message
    )
    assert "03 or 98 is expected" in refusal(BAI2.replace("03,4711", "16,4711")).message
    assert "not a number of records" in refusal(BAI2.replace("49,35075,6/", "49,35075/")).message


def test_balances_must_be_proven() -> None:
    text = BAI2.replace("015,15000", "015,15001").replace("35075", "35076")
    error = refusal(text)
    assert isinstance(error, BalancesDisagree)
    assert (error.data["line"], error.data["difference"]) == (3, "0.01")


def test_a_record_without_end() -> None:
    text = file_of("03,1,,/", "16,100,1,,,," + "x" * 900_000, "88," + "x" * 900_000)
    assert "more than 1,000,000 characters" in refusal(text).message


def test_blank_lines_and_a_second_group() -> None:
    group = BAI2[BAI2.index("02,") : BAI2.index("99,")]
    text = BAI2.replace("99,35075,1,10/", group + "\n\n99,70150,2,18/")
    assert len(read_statements(text.encode()).statements) == 2
