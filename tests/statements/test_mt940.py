"""MT940: signs, pages, dates without a year, and the ways of German, Dutch and other banks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from recon.statements.errors import BalancesDisagree, PagesDisagree
from recon.statements.parsers.mt940_information import read_information
from recon.statements.parsers.reading import read_statements
from recon.statements.parsers.shapes import ParsedLine
from tests.statements.samples import MT940, amounts, check, refusal

pytestmark = pytest.mark.pure


def statement(*lines: str, opening: str = "C260330EUR0,", closing: str = "C260331EUR0,") -> str:
    return "\n".join((":20:X", ":25:ACC", ":28C:1/1", f":60F:{opening}", *lines, f":62F:{closing}", "-", ""))


def one(*lines: str, closing: str, **more: str) -> ParsedLine:
    file = read_statements(statement(*lines, closing=closing, **more).encode())
    check(file)
    return file.statements[0].lines[0]


def test_a_statement() -> None:
    (found,) = read_statements(MT940.encode()).statements
    assert (found.account, found.currency, found.number, found.is_proven) == (
        "DE89370400440532013000",
        "EUR",
        "12",
        True,
    )
    first, second = found.lines
    assert first == ParsedLine(
        number=1, booking_date=date(2026, 3, 31), value_date=date(2026, 3, 31), amount=first.amount, currency="EUR",
        bank_reference="BANK-1", end_to_end="E2E-7", customer_reference="INV-7", counterparty="Jane Doe",
        iban="DE02120300000000202051", text="Invoice 7", raw=first.raw,
    )  # fmt: skip
    assert first.raw.startswith(":61: 2603310331C50,25NTRFINV-7//BANK-1 :86: 166?00")
    assert (second.text, second.customer_reference, second.bank_reference) == ("Account fee", "", "")
    assert amounts(read_statements(MT940.encode())) == ["50.25", "-0.25"]


@pytest.mark.parametrize(
    "mark,closing", [("C", "C260331EUR1,5"), ("D", "D260331EUR1,5"), ("RC", "D260331EUR1,5"), ("RD", "C260331EUR1,5"),
                     ("CR", "C260331EUR1,5"), ("RCR", "D260331EUR1,5")],
)  # fmt: skip
def test_a_reversal_turns_the_sign(mark: str, closing: str) -> None:
    line = one(f":61:260331{mark}1,5NTRFX", closing=closing)
    assert line.amount == (1 if closing.startswith("C") else -1) * Decimal("1.5")
    assert line.booking_date == line.value_date == date(2026, 3, 31)


@pytest.mark.parametrize(
    "value,entry,booked",
    [("251231", "0102", date(2026, 1, 2)), ("260102", "1231", date(2025, 12, 31)), ("240301", "0229", date(2024, 2, 29)),
     ("790101", "0102", date(2079, 1, 2)), ("800101", "0102", date(1980, 1, 2))],
)  # fmt: skip
def test_the_year_of_an_entry_is_the_one_next_to_its_value_date(value: str, entry: str, booked: date) -> None:
    assert one(f":61:{value}{entry}C1,NTRFX", closing="C260331EUR1,").booking_date == booked


def test_thirtieth_of_february_is_a_value_date_and_nothing_else() -> None:
    line = one(":61:2302300301C1,NTRFX", closing="C260331EUR1,")
    assert (line.value_date, line.booking_date) == (date(2023, 2, 28), date(2023, 3, 1))
    for lines, closing in (
        ((":61:230230C1,NTRFX",), "C260331EUR1,"),  # booked on that day as well
        ((":61:2302310301C1,NTRFX",), "C260331EUR1,"),
        ((":61:2302280230C1,NTRFX",), "C260331EUR1,"),
        ((), "C260230EUR0,"),
    ):
        error = refusal(statement(*lines, closing=closing))
        assert (error.code, error.data["line"]) == ("statement_broken", 5)
        assert "There is no day" in error.message


PAGES = [
    ":20:A\n:25:ACC\n:28C:5/1\n:60F:C260301EUR10,\n:61:260302C1,NTRFX\n:62M:C260302EUR11,\n-\n",
    ":20:A\n:25:ACC\n:28C:5/2\n:60M:C260302EUR11,\n:61:260303C2,NTRFX\n:62M:C260303EUR13,\n-\n",
    ":20:A\n:25:ACC\n:28C:5/3\n:60M:C260303EUR13,\n:61:260304D3,NTRFX\n:62F:C260304EUR10,\n-\n",
]


def test_pages_of_one_statement_are_joined() -> None:
    file = read_statements("".join(PAGES).encode())
    check(file)
    (found,) = file.statements
    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.amount, found.closing.amount, found.closing.day) == (
        Decimal(10),
        Decimal(10),
        date(2026, 3, 4),
    )
    assert amounts(file) == ["1", "2", "-3"]


def test_a_missing_page_is_found() -> None:
    error = refusal(PAGES[0] + PAGES[2])
    assert isinstance(error, PagesDisagree)
    assert (error.data["line"], error.data["opening"], error.data["closing"]) == (11, "13", "11")


def test_a_page_alone_stays_what_it_is() -> None:
    other = PAGES[1].replace(":25:ACC", ":25:OTHER")
    file = read_statements((PAGES[0] + other).encode())
    assert [found.account for found in file.statements] == ["ACC", "OTHER"]


def test_lines_that_do_not_make_the_closing_balance() -> None:
    error = refusal(MT940.replace("150,00", "149,99"))
    assert isinstance(error, BalancesDisagree)
    assert error.data["difference"] == "-0.01"
    assert error.data["line"] == 10
    assert error.message == (
        "Line 10, statement '12' of account 'DE89370400440532013000': the opening balance 100.00 and the lines, 50.00 in"
        " sum, make 150.00, and the closing balance is 149.99. The difference is -0.01."
    )


@pytest.mark.parametrize(
    "text,line,words",
    [
        (MT940.replace(":25:DE89370400440532013000\n", ""), 10, "no account"),
        (MT940.replace(":60F:C260330EUR100,00\n", ""), 4, "does not stand between"),
        (":20:X\n:25:A\n-\n", 3, "no opening balance"),
        (MT940.partition(":62F:")[0], 10, "no closing balance"),
        (MT940.replace(":62F:C260331EUR", ":62F:C260331USD"), 10, "begins in EUR and ends in USD"),
        (MT940.replace(":60F:C260330EUR100,00", ":60F:C260330EUR100.00"), 4, "not written like"),
        (MT940.replace(":60F:C260330EUR100,00", f":60F:C260330EUR{'9' * 30},00"), 4, "not an amount"),
        (MT940.replace("C50,25NTRF", "X50,25NTRF"), 5, "is not a line such as"),
        (MT940.replace("C50,25NTRF", "C50,1234567NTRF"), 5, "not an amount"),
        (MT940.replace(":28C:12/1", ":25:AGAIN"), 3, "stands twice"),
        (MT940.replace(":28C:12/1", ":28C:12/1\n:28C:13/1"), 4, "stands twice"),
        (MT940.replace("-\n", ":61:2603310331C1,NTRFX\n-\n"), 11, "does not stand between"),
        (MT940 + ":61:2603310331C1,NTRFX\n", 12, "in no statement"),
        (statement(":61:260331C0,NTRFX", ":86:" + "x\n" * 1001), 1006, "over 1000 lines"),
    ],
)  # fmt: skip
def test_a_broken_statement_says_where(text: str, line: int, words: str) -> None:
    error = refusal(text)
    assert words in error.message
    assert error.code == "statement_broken"
    assert error.data["line"] == line


def test_a_second_opening_or_closing_balance() -> None:
    for tag in (":60F:C260330EUR100,00\n", ":62F:C260331EUR150,00\n"):
        assert "stands twice" in refusal(MT940.replace(tag, tag * 2)).message


def test_what_stands_around_and_behind() -> None:
    text = "BANKNL2A\n940\n\n" + MT940.replace("-\n", ":64:C260331EUR1,\n:86:To the owner\n-XXX\n") + "\nTRAILER\n"
    file = read_statements(f"{{1:F01BANK}}{{4:\n{text}".replace("\n", "\r\n").encode())
    assert amounts(file) == ["50.25", "-0.25"]
    assert "To the owner" not in file.statements[0].lines[1].raw


def test_an_account_with_its_currency() -> None:
    file = read_statements(MT940.replace("32013000\n", "32013000 EUR\n", 1).encode())
    assert file.statements[0].account == "DE89370400440532013000"


def test_german_subfields() -> None:
    told = read_information(
        [
            "166?00GUTSCHRIFT?109800?20EREF+ABC?21KREF+K1?22SVWZ+A purpose that fill?23s the next one",
            "?30BANK?32Long name that is exactly 27?33 more",
        ]
    )
    assert (told.text, told.end_to_end, told.customer_reference) == ("A purpose that fill s the next one", "ABC", "K1")
    assert told.counterparty == "Long name that is exactly 27 more"
    booking = read_information(["020?00FEE"])
    assert (booking.text, booking.counterparty) == ("FEE", "")


def test_a_line_that_lost_its_last_blank() -> None:
    first = "166?00X?20" + "y" * 50 + " end"
    assert len(first) == 64
    assert read_information([first, "of it"]).text.endswith("end of it")
    assert read_information([f"{first}e", "of it"]).text.endswith("endeof it")


def test_dutch_words() -> None:
    told = read_information(
        ["/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/J. Doe", "/REMI/Invoice 7/EREF/E1"]
    )
    assert (told.text, told.counterparty, told.iban, told.end_to_end) == (
        "Invoice 7",
        "J. Doe",
        "NL91ABNA0417164300",
        "E1",
    )
    ing = read_information(["/EREF/E2//CNTP/NL91ABNA0417164300/ABNANL2A/J. Doe///REMI/USTD//Invoice 8/"])
    assert (ing.text, ing.counterparty, ing.iban, ing.end_to_end) == ("Invoice 8", "J. Doe", "NL91ABNA0417164300", "E2")
    assert read_information(["/TRTP/FEE/"]).text == "FEE"


def test_free_text() -> None:
    assert read_information([]).text == ""
    led = read_information(["NL91ABNA0417164300 J. Doe", "Invoice 7"])
    assert (led.counterparty, led.iban) == ("J. Doe", "NL91ABNA0417164300")
    assert read_information(["from NL91ABNA0417164300 for 7"]).iban == "NL91ABNA0417164300"
    assert read_information(["from NL92ABNA0417164300 for 7"]).iban == ""  # its check digits are wrong


def test_details_behind_a_line() -> None:
    line = one(":61:260331C1,NTRFNL91ABNA0417164300//B1\nJ. Doe", ":86:Invoice 7", closing="C260331EUR1,")
    assert (line.iban, line.customer_reference, line.bank_reference) == ("NL91ABNA0417164300", "", "B1")
    assert line.text == "Invoice 7 J. Doe"
    again = one(":61:260331C1,NTRFX\nJ. Doe", ":86:J. Doe", ":86:again", closing="C260331EUR1,")
    assert again.text == "J. Doe again"
