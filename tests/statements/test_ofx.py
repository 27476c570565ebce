"""OFX in SGML and XML, with the liberties that banks take."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from recon.statements.errors import StatementBroken
from recon.statements.parsers import ofx
from recon.statements.parsers.ofx_values import day_of_ofx, money_of_ofx
from recon.statements.parsers.reading import read_statements
from tests.statements.samples import OFX1, OFX2, amounts, check, refusal

pytestmark = pytest.mark.pure


def test_sgml_without_closing_tags() -> None:
    file = read_statements(OFX1.encode())
    check(file)
    (found,) = file.statements
    assert (file.format, found.account, found.currency, found.is_proven) == ("ofx", "4711", "USD", False)
    assert found.opening is None
    assert found.closing is not None
    assert (found.closing.day, str(found.closing.amount)) == (date(2026, 3, 31), "900.00")
    first, second = found.lines
    assert (first.booking_date, first.value_date, first.currency) == (date(2026, 3, 31), None, "USD")
    assert (first.bank_reference, first.counterparty, first.text) == ("F1", "Jane & Co", "Invoice 7")
    assert (second.counterparty, second.customer_reference, second.iban) == (
        "Landlord",
        "101",
        "DE02120300000000202051",
    )
    assert second.value_date == date(2026, 4, 2)
    assert amounts(file) == ["50.25", "-1234.50"]


def test_xml_of_a_card() -> None:
    file = read_statements(OFX2.encode())
    check(file)
    (found,) = file.statements
    assert (found.account, found.currency, found.lines[0].currency) == ("5555", "USD", "CAD")
    assert (amounts(file), found.lines[0].counterparty) == (["-12.30"], "Coffee")
    # The same in what calls itself XML and is read as SGML, since its first line is another one.
    assert amounts(read_statements(OFX2.partition("\n")[2].encode())) == ["-12.30"]


def test_missing_ends_of_groups() -> None:
    text = OFX1.replace("</STMTTRN>\n", "").replace("</STMTRS>", "").replace("</BANKTRANLIST>", "")
    assert amounts(read_statements(text.encode())) == ["50.25", "-1234.50"]
    two = OFX1.replace("</BANKMSGSRSV1>", "<STMTTRNRS><STMTRS><CURDEF>EUR</STMTTRNRS></BANKMSGSRSV1>")
    assert [found.currency for found in read_statements(two.encode()).statements] == ["USD", "EUR"]
    unended = OFX1.replace("</STMTRS>", "<STMTRS><CURDEF>EUR")
    assert [found.currency for found in read_statements(unended.encode()).statements] == ["USD", "EUR"]


def test_what_is_cut_off_is_refused() -> None:
    assert "its end is missing" in refusal(OFX1[: OFX1.index("</OFX>")]).message
    assert "cannot be read" in refusal(OFX2[: OFX2.index("</OFX>")]).message


def test_empty_elements_and_unknown_groups() -> None:
    text = OFX1.replace("<MEMO>Invoice 7", "<MEMO/><EXTRA><X>1</EXTRA>").replace(
        "<OFX>", "<OFX><STMTTRN><FITID>0</STMTTRN>"
    )
    assert amounts(read_statements(text.encode())) == ["50.25", "-1234.50"]


def test_character_sets() -> None:
    text = OFX1.replace("Invoice", "Zahlung für")
    assert read_statements(text.encode("cp1252")).statements[0].lines[0].text == "Zahlung für 7"
    other = text.replace("CHARSET:1252", "CHARSET:NONE").encode()
    assert read_statements(other).statements[0].lines[0].text == "Zahlung für 7"
    strange = text.replace("CHARSET:1252", "CHARSET:9999").encode()
    assert read_statements(strange).statements[0].lines[0].text == "Zahlung für 7"


@pytest.mark.parametrize(
    "old,new,line,words",
    [
        ("<TRNAMT>50.25", "<TRNAMT>fifty", 13, "not an amount"),
        ("<TRNAMT>50.25", "<TRNAMT>1,23,45.6", 13, "not an amount"),
        ("<DTPOSTED>20260331235959.123[-5:EST]", "<DTPOSTED>31.03.2026", 13, "not a date"),
        ("<DTPOSTED>20260331235959.123[-5:EST]", "<DTPOSTED>20260230", 13, "There is no day"),
        ("<CURDEF>USD", "<CURDEF>", 19, "not a currency"),
        ("<BALAMT>900.00", "<BALAMT>", 18, "not an amount"),
        ("STMTRS>", "OTHER>", 1, "holds no statement"),
    ],
)
def test_a_broken_file_says_where(old: str, new: str, line: int, words: str) -> None:
    error = refusal(OFX1.replace(old, new))
    assert words in error.message
    assert (error.code, error.data["line"]) == ("statement_broken", line)


def test_too_many_elements_and_values(monkeypatch: pytest.MonkeyPatch) -> None:
    text = OFX1.replace("<FITID>F1", "<X>1" * 300 + "<FITID>F1")
    assert read_statements(text.encode()).statements[0].lines[0].bank_reference == ""
    monkeypatch.setattr(ofx, "MAX_ALL_ELEMENTS", 10)
    assert refusal(OFX1).data == {"most": 10, "unit": "elements"}


def test_groups_in_groups_without_end() -> None:
    assert "too deep" in refusal(f"<OFX><STMTRS>{'<PAYEE>' * 50}</OFX>").message


@pytest.mark.parametrize(
    "text,amount",
    [("1", "1"), ("+1.5", "1.5"), ("-1,50", "-1.50"), ("1,234.56", "1234.56"), ("1.234,56", "1234.56"), ("-0", "0")],
)
def test_amounts(text: str, amount: str) -> None:
    assert money_of_ofx(text, 1) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "1.2.3", ".", "1e5", "--1", "NaN", "1,2345.6"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(StatementBroken):
        money_of_ofx(text, 1)


@pytest.mark.parametrize(
    "text", ["20260331", "202603311200", "20260331120000", "20260331120000.000[-5:EST]", "20260331[0:GMT"]
)
def test_days(text: str) -> None:
    assert day_of_ofx(text, 1) == date(2026, 3, 31)


def test_the_values_of_a_line_are_bounded() -> None:
    """Those of groups in it are its own, however many groups there are."""
    reader = ofx._OfxReader()
    reader.begin("STMTRS", 1)
    reader.begin("STMTTRN", 1)
    for group in range(10):
        reader.begin("PAYEE", 1)
        for number in range(150):
            reader.value(f"NAME{group}.{number}", "x", 1)
        reader.end("PAYEE", 1)
    assert len(reader._open[-1].values) <= 2 * ofx.MAX_VALUES
