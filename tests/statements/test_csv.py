"""CSV with a map of its columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

import pytest

from recon.statements.errors import BalancesDisagree, ColumnMapRefused
from recon.statements.parsers import csv_lines
from recon.statements.parsers.columns import ColumnMap
from recon.statements.parsers.reading import read_statements
from tests.statements.samples import CSV, CSV_MAP, amounts, check, refusal

pytestmark = pytest.mark.pure

PLAIN = ColumnMap(booking_date=1, amount=2, fixed_currency="EUR", has_header=False)


def read(text: str, columns: ColumnMap = PLAIN) -> list[str]:
    file = read_statements(text.encode(columns.encoding), columns)
    check(file)
    return amounts(file)


def test_a_file() -> None:
    file = read_statements(CSV.encode(), CSV_MAP)
    check(file)
    (found,) = file.statements
    assert (file.format, found.account, found.currency, found.is_proven) == ("csv", "", "EUR", True)
    assert found.opening is not None
    assert found.closing is not None
    assert (str(found.opening.amount), str(found.closing.amount)) == ("100.00", "1150.00")
    first, second = found.lines
    assert (first.booking_date, first.value_date, second.value_date) == (date(2026, 3, 31), date(2026, 4, 1), None)
    assert (first.text, first.counterparty, first.iban) == ("Invoice 7", "Jane Doe", "DE02120300000000202051")
    assert second.text == "Fee; monthly"
    assert amounts(file) == ["1050.25", "-0.25"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "iso-8859-15"])
def test_encodings(encoding: str) -> None:
    text = CSV.replace("Jane", "Jané").replace("\n", "\r\n")
    file = read_statements(text.encode(encoding), replace(CSV_MAP, encoding=encoding.removesuffix("-sig")))
    assert file.statements[0].lines[0].counterparty == "Jané Doe"


def test_the_wrong_encoding_says_where() -> None:
    error = refusal(CSV.replace("Jane", "Jané").encode("latin-1"), CSV_MAP)
    assert (error.code, error.data) == ("statement_encoding_unreadable", {"encoding": "utf-8", "line": 3})


def test_without_a_map() -> None:
    error = refusal(CSV)
    assert error.code == "statement_columns_missing"
    assert error.message.startswith("A CSV file is read with a map of its columns: ")


@pytest.mark.parametrize(
    "text,amount",
    [("1", "1"), ("-1.50", "-1.50"), ("1.50-", "-1.50"), ("(1.50)", "-1.50"), ("+1", "1"), ("$1.50", "1.50"),
     ("\u22121.50", "-1.50"), ('"1,234.50"', "1234.50"), ('"1,234,567"', "1234567"), ('"12,34,567.5"', "1234567.5"), ("-0", "0")],
)  # fmt: skip
def test_amounts(text: str, amount: str) -> None:
    assert read(f"2026-03-31,{text}\n", replace(PLAIN, thousands_mark=",")) == [amount]


@pytest.mark.parametrize(
    "text", ["", "x", "1.2.3", '"1,23"', '"1.5,000"', "-1-", "(1", "-", '"1,2345"', "1e3", "NaN", "9" * 30]
)
def test_what_is_no_amount(text: str) -> None:
    error = refusal(f"2026-03-31,1\n2026-03-31,{text}\n", replace(PLAIN, thousands_mark=","))
    assert "is not an amount" in error.message
    assert error.data["line"] == 2


def test_blanks_as_marks_of_thousands() -> None:
    columns = replace(PLAIN, thousands_mark=" ", decimal_mark=",", delimiter=";")
    assert read("2026-03-31;1 234,50\n2026-03-31;1\u00a0234\u202f567,8 €\n", columns) == ["1234.50", "1234567.8"]


def test_two_columns() -> None:
    columns = ColumnMap(booking_date="D", debit="Out", credit="In", currency="C")
    assert read("D,Out,In,C\n2026-03-31,5,,EUR\n2026-03-31,-6,,eur\n2026-03-31,0,7,EUR\n2026-03-31,0,,EUR\n", columns) == [
        "-5", "-6", "7", "0",
    ]  # fmt: skip
    # Every digit, whatever the context it runs in.
    with localcontext(prec=4):
        assert read("D,Out,In,C\n2026-03-31,123456.78,,EUR\n", columns) == ["-123456.78"]
    for cells in ("5,5", ","):
        assert "one of the columns" in refusal(f"D,Out,In,C\n2026-03-31,{cells},EUR\n", columns).message


def test_a_column_of_signs() -> None:
    columns = ColumnMap(
        booking_date=1, amount=2, sign=3, money_out=("D", "Soll "), fixed_currency="EUR", has_header=False
    )
    assert read("2026-03-31,5,d\n2026-03-31,6,C\n2026-03-31,7,SOLL\n", columns) == ["-5", "6", "-7"]
    assert "has a sign" in refusal("2026-03-31,-5,d\n", columns).message


@pytest.mark.parametrize(
    "date_format,text,day",
    [("DD.MM.YYYY", "31.03.2026", (2026, 3, 31)), ("D/M/YY", "1/3/26", (2026, 3, 1)), ("MM/DD/YYYY", "03/31/2026", (2026, 3, 31)),
     ("YYYYMMDD", "20260331", (2026, 3, 31)), ("YYYY-MM-DD", "2026-03-31T23:59:59+02:00", (2026, 3, 31)),
     ("YYYY-MM-DD", "2026-03-31 11:59 PM", (2026, 3, 31))],
)  # fmt: skip
def test_dates(date_format: str, text: str, day: tuple[int, int, int]) -> None:
    file = read_statements(f"{text},1,x\n".encode(), replace(PLAIN, date_format=date_format))
    assert file.statements[0].lines[0].booking_date == date(*day)


@pytest.mark.parametrize(
    "text,words", [("31.03.2026", "not a date written"), ("2026-02-30", "There is no day"), ("", "not a date")]
)
def test_what_is_no_date(text: str, words: str) -> None:
    assert words in refusal(f"{text},1\n", PLAIN).message


WITH_BALANCE = replace(PLAIN, balance=3)


def test_balances_in_both_orders() -> None:
    rising = "2026-03-01,1,11\n2026-03-02,2,13\n2026-03-03,-3,10\n"
    for text in (rising, "\n".join(reversed(rising.splitlines()))):
        (found,) = read_statements(text.encode(), WITH_BALANCE).statements
        assert found.opening is not None
        assert found.closing is not None
        assert (found.opening.amount, found.closing.amount, found.is_proven) == (Decimal(10), Decimal(10), True)
        assert (found.opening.day, found.closing.day) == (date(2026, 3, 1), date(2026, 3, 3))


def test_where_both_orders_are_right_the_dates_tell() -> None:
    for days, opening in ((("02", "01"), 110), (("01", "02"), 100), (("01", "01"), 100)):
        text = f"2026-03-{days[0]},10,110\n2026-03-{days[1]},-10,100\n"
        (found,) = read_statements(text.encode(), WITH_BALANCE).statements
        assert found.opening is not None
        assert found.opening.amount == opening


def test_a_balance_that_does_not_follow() -> None:
    error = refusal("2026-03-01,1,11\n2026-03-02,2,13\n2026-03-03,-3,11\n", WITH_BALANCE)
    assert isinstance(error, BalancesDisagree)
    assert (error.data["line"], error.data["difference"]) == (3, "1")


def test_rows_before_and_behind_and_empty_ones() -> None:
    columns = replace(CSV_MAP, skip_last_rows=1)
    assert amounts(read_statements((CSV + "\n;;;\nTotal;;;\n").encode(), columns)) == ["1050.25", "-0.25"]


def test_a_cell_over_lines() -> None:
    columns = replace(PLAIN, text=3)
    assert read('2026-03-31,1,"a\nb"\n2026-03-31,2,c\n', columns) == ["1", "2"]
    error = refusal('2026-03-31,1,"a\nb"\n2026-03-31,x,c\n', columns)
    assert error.data["line"] == 3


@pytest.mark.parametrize(
    "text,line,words",
    [
        ("2026-03-31\n", 1, "has 1 cells"),
        ('2026-03-31,"1\n', 1, "cannot be read"),
        ("\n\n", 0, "is empty"),
        (",,\n", 1, "no line behind"),
        ("2026-03-31,1," + "x" * 1_000_001, 1, "more than 1,000,000"),
        ('2026-03-31,1,"' + "x" * 200_000 + '"', 1, "cannot be read"),
        ('2026-03-31,1,"' + ("x" * 99_999 + '","\n') * 12, 10, "more than 1,000,000"),
    ],
)
def test_a_broken_file_says_where(text: str, line: int, words: str) -> None:
    error = refusal(text, PLAIN)
    assert words in error.message
    assert error.data.get("line", 0) == line


def test_lines_in_two_currencies() -> None:
    columns = ColumnMap(booking_date=1, amount=2, currency=3, has_header=False)
    assert "is in USD" in refusal("2026-03-31,1,EUR\n2026-03-31,1,USD\n", columns).message
    assert "not a currency" in refusal("2026-03-31,1,Euro\n", columns).message


def test_columns_that_are_not_there() -> None:
    columns = ColumnMap(booking_date="Date", amount="Amount", fixed_currency="EUR")
    assert "'Amount' is not in the header" in refusal("Date,Sum\n2026-03-31,1\n", columns).message
    assert "'Amount' stands twice" in refusal("Date,Amount,Amount\n2026-03-31,1,1\n", columns).message
    assert refusal(" , \n,\n", columns).code == "statement_columns_missing"


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_lines, "MAX_LINES", 0)
    error = refusal("2026-03-31,1\n" * 2002, PLAIN)
    assert (error.code, error.data["unit"]) == ("statement_too_large", "lines")


# The map itself


def test_a_map_goes_through_json_and_back() -> None:
    saved = CSV_MAP.to_dict()
    assert saved == {
        "booking_date": "Datum", "value_date": "Valuta", "amount": "Betrag", "balance": "Saldo", "text": "Zweck",
        "counterparty": "Name", "iban": 7, "fixed_currency": "EUR", "delimiter": ";", "decimal_mark": ",",
        "thousands_mark": ".", "date_format": "DD.MM.YYYY", "skip_rows": 1,
    }  # fmt: skip
    assert ColumnMap.from_dict(saved) == CSV_MAP
    signs = ColumnMap.from_dict(
        {"booking_date": 1, "amount": 2, "sign": 3, "money_out": ["D"], "fixed_currency": "EUR"}
    )
    assert ColumnMap.from_dict(signs.to_dict()) == signs


GOOD: dict[str, Any] = {"booking_date": "D", "amount": "A", "fixed_currency": "EUR"}


@pytest.mark.parametrize(
    "change,pointer",
    [
        ({"booking_date": None}, "/booking_date"), ({"booking_date": 0}, "/booking_date"), ({"booking_date": True}, "/booking_date"),
        ({"text": ""}, "/text"), ({"text": 501}, "/text"), ({"text": ["a"]}, "/text"), ({"text": "x" * 101}, "/text"),
        ({"delimiter": "ab"}, "/delimiter"), ({"delimiter": None}, "/delimiter"), ({"decimal_mark": "-"}, "/decimal_mark"),
        ({"thousands_mark": "."}, "/thousands_mark"), ({"thousands_mark": "x"}, "/thousands_mark"), ({"has_header": 1}, "/has_header"),
        ({"has_header": False}, "/has_header"), ({"encoding": "zip"}, "/encoding"), ({"encoding": 8}, "/encoding"),
        ({"skip_rows": -1}, "/skip_rows"), ({"skip_rows": True}, "/skip_rows"), ({"skip_last_rows": "1"}, "/skip_last_rows"),
        ({"date_format": "HH:MM"}, "/date_format"), ({"date_format": "YYYY-YYYY"}, "/date_format"), ({"date_format": 1}, "/date_format"),
        ({"date_format": "D" * 101}, "/date_format"), ({"money_out": "D"}, "/money_out"), ({"money_out": [1]}, "/money_out"),
        ({"money_out": ["D"] * 21}, "/money_out"), ({"money_out": ["D"]}, "/sign"), ({"sign": "S"}, "/sign"),
        ({"fixed_currency": "euro"}, "/fixed_currency"), ({"fixed_currency": None}, "/fixed_currency"), ({"fixed_currency": ""}, "/currency"),
        ({"currency": "C"}, "/currency"), ({"amount": None}, "/amount"), ({"debit": "X"}, "/amount"), ({"amount": None, "debit": "X"}, "/credit"),
        ({"amount": None, "credit": "X"}, "/debit"), ({"unknown": 1}, ""), ({1: 1}, ""),
        ({"amount": None, "debit": "X", "credit": "Y", "sign": "S", "money_out": ["D"]}, "/sign"),
    ],
)  # fmt: skip
def test_a_map_of_nonsense_is_refused(change: dict[Any, Any], pointer: str) -> None:
    with pytest.raises(ColumnMapRefused) as caught:
        ColumnMap.from_dict(GOOD | change)
    assert caught.value.pointer == pointer
    assert (caught.value.status, caught.value.code) == (400, "statement_column_map_refused")


@pytest.mark.parametrize("saved", [None, [], "x", 1, {}])
def test_what_is_no_map(saved: object) -> None:
    with pytest.raises(ColumnMapRefused):
        ColumnMap.from_dict(saved)


def test_rows_are_read_one_by_one() -> None:
    """What is wrong first is told, whatever comes behind it: no more than a row is kept, and one has a million cells."""
    for text in ('2026-03-31,x\n"', "2026-03-31,1.00\n2026-03-31,x\n2026-03-31," + "9" * 200_000):
        error = refusal(text, PLAIN)
        assert (error.code, error.data["line"]) == ("statement_broken", text.count("\n"))
    wide = "," * 900_000
    assert read(f"2026-03-31,1.00{wide}\n2026-03-31,2.00{wide}\n") == ["1.00", "2.00"]
