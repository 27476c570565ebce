"""CAMT: what is booked, which way it went, batches, and balances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from recon.statements.errors import BalancesDisagree
from recon.statements.parsers import xml
from recon.statements.parsers.reading import read_statements
from tests.statements.samples import CAMT, amounts, check, refusal

pytestmark = pytest.mark.pure

FEE = CAMT[CAMT.index("<Ntry><Amt") : CAMT.index("</Stmt>")]


def with_entry(entry: str, closing: str = "150.00") -> str:
    """The sample with its fee replaced, and its closing balance."""
    return CAMT.replace(FEE, entry).replace("150.00", closing)


def batch(*details: str, amount: str = "6.00", way: str = "CRDT", more: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{more}<Sts>BOOK</Sts>'
        f"<BookgDt><Dt>2026-03-31</Dt></BookgDt><AcctSvcrRef>B9</AcctSvcrRef><NtryDtls>{''.join(details)}</NtryDtls>"
        "<AddtlNtryInf>A batch</AddtlNtryInf></Ntry>"
    )


def detail(amount: str, currency: str = "EUR", way: str = "", name: str = "X") -> str:
    direction = f"<CdtDbtInd>{way}</CdtDbtInd>" if way else ""
    return (
        f'<TxDtls><Refs><EndToEndId>E-{amount}</EndToEndId></Refs><Amt Ccy="{currency}">{amount}</Amt>{direction}'
        f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties></TxDtls>"
    )


def test_a_statement() -> None:
    file = read_statements(CAMT.encode())
    check(file)
    (found,) = file.statements
    assert (file.format, found.account, found.number, found.currency) == (
        "camt.053",
        "DE89370400440532013000",
        "7",
        "EUR",
    )
    first, second = found.lines
    assert (first.bank_reference, first.end_to_end, first.customer_reference) == ("B1", "E2E-7", "I1")
    assert (first.counterparty, first.iban, first.text) == ("Jane Doe", "DE02120300000000202051", "Invoice 7")
    assert (first.booking_date, first.value_date) == (date(2026, 3, 31), date(2026, 3, 31))
    assert (second.text, second.value_date, second.counterparty) == ("Account fee", None, "")
    assert first.raw.startswith("<Ntry><NtryRef>R1</NtryRef>")
    assert amounts(file) == ["50.25", "-0.25"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252", "utf-8-sig"])
def test_other_encodings(encoding: str) -> None:
    text = CAMT.replace("Jane", "Jané").replace('encoding="UTF-8"', f'encoding="{encoding.removesuffix("-sig")}"')
    assert read_statements(text.encode(encoding)).statements[0].lines[0].counterparty == "Jané Doe"


def test_an_encoding_that_is_none() -> None:
    assert refusal(CAMT.replace("UTF-8", "zip")).code == "statement_encoding_not_taken"
    error = refusal(CAMT.replace("Jane", "Jané").encode("latin-1"))
    assert (error.code, error.data["line"]) == ("statement_encoding_unreadable", 11)


def test_reports_and_notifications_have_no_balances() -> None:
    for message, statement, name in (
        ("BkToCstmrAcctRpt", "Rpt", "camt.052"), ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "camt.054"),
    ):  # fmt: skip
        text = CAMT.replace("BkToCstmrStmt", message).replace("Stmt>", f"{statement}>")
        start, end = text.index("<Bal>"), text.index("<Ntry>")
        file = read_statements((text[:start] + text[end:]).encode())
        assert file.format == name
        assert not file.statements[0].is_proven
        assert amounts(file) == ["50.25", "-0.25"]


def test_only_what_is_booked() -> None:
    for status in ("PDNG", "<Cd>INFO</Cd>", "<Prtry>FUTR</Prtry>"):
        text = with_entry(FEE.replace("BOOK", status), "150.25")
        assert amounts(read_statements(text.encode())) == ["50.25"]
    assert "no status" in refusal(with_entry(FEE.replace("<Sts>BOOK</Sts>", ""))).message


def test_a_reversal_has_the_direction_of_itself_and_the_parties_of_the_original() -> None:
    """ISO 20022: RvslInd with CRDT takes back a debit, so the money came in, and from the one it had gone to."""
    parties = "<TxDtls><RltdPties><Dbtr><Nm>We</Nm></Dbtr><Cdtr><Nm>Shop</Nm></Cdtr></RltdPties></TxDtls>"
    text = with_entry(batch(parties, more="<RvslInd>true</RvslInd>"), "156.25")
    (_, line) = read_statements(text.encode()).statements[0].lines
    assert (str(line.amount), line.counterparty) == ("6.00", "Shop")
    text = with_entry(batch(parties), "156.25")
    assert read_statements(text.encode()).statements[0].lines[1].counterparty == "We"


def test_the_other_side_is_never_ourselves() -> None:
    parties = (
        "<TxDtls><RltdPties><Dbtr><Nm>We</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>"
        "<UltmtCdtr><Nm>Shop</Nm></UltmtCdtr></RltdPties></TxDtls>"
    )
    line = read_statements(with_entry(batch(parties), "156.25").encode()).statements[0].lines[1]
    assert (line.counterparty, line.iban) == ("Shop", "")


def test_a_batch_that_adds_up_is_a_line_for_each() -> None:
    text = with_entry(batch(detail("1.00", name="A"), detail("7.00"), detail("2.00", way="DBIT")), "156.25")
    file = read_statements(text.encode())
    check(file)
    assert amounts(file) == ["50.25", "1.00", "7.00", "-2.00"]
    line = file.statements[0].lines[1]
    assert (line.counterparty, line.bank_reference, line.end_to_end, line.text) == ("A", "B9", "E-1.00", "A batch")
    assert line.raw.startswith("<TxDtls>")


@pytest.mark.parametrize(
    "details",
    [[detail("1.00"), detail("4.99")], [detail("3.00"), detail("3.00", "USD")], [detail("1.00"), "<TxDtls/>"]],
)
def test_a_batch_that_does_not_is_one_line(details: list[str]) -> None:
    file = read_statements(with_entry(batch(*details), "156.25").encode())
    assert amounts(file) == ["50.25", "6.00"]
    assert file.statements[0].lines[1].counterparty == ""


def test_amounts_and_references_in_their_older_places() -> None:
    one = (
        '<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">3.00</Amt></TxAmt></AmtDtls><RmtInf><Strd><CdtrRefInf><Ref>RF18</Ref>'
        "</CdtrRefInf></Strd></RmtInf><AddtlTxInf>more</AddtlTxInf></TxDtls>"
    )
    file = read_statements(with_entry(batch(one, one), "156.25").encode())
    assert amounts(file) == ["50.25", "3.00", "3.00"]
    assert file.statements[0].lines[1].customer_reference == "RF18"
    assert file.statements[0].lines[1].text == "RF18 more"


def test_the_balances_of_several_days() -> None:
    start, end = CAMT.index("<Bal>"), CAMT.index("<Ntry>")
    first = CAMT[start:end]
    second = first.replace("2026-03-31", "2026-04-01").replace("100.00", "150.00").replace(">150.00", ">151.00", 2)
    second = second.replace("151.00", "150.00", 1).replace("151.00", "150.00")
    file = read_statements(CAMT.replace(first, first + second).encode())
    opening, closing = file.statements[0].opening, file.statements[0].closing
    assert opening is not None
    assert closing is not None
    assert (str(opening.day), str(opening.amount), str(closing.day)) == ("2026-03-31", "100.00", "2026-04-01")


def test_the_previous_closing_balance_is_an_opening_one() -> None:
    assert read_statements(CAMT.replace("OPBD", "PRCD").encode()).statements[0].is_proven
    assert not read_statements(CAMT.replace("OPBD", "OPAV").encode()).statements[0].is_proven


def test_the_currency_is_found() -> None:
    assert read_statements(CAMT.replace("<Ccy>EUR</Ccy>", "").encode()).statements[0].currency == "EUR"
    start, end = CAMT.index("<Bal>"), CAMT.index("</Stmt>")
    empty = (CAMT[:start] + CAMT[end:]).replace("<Ccy>EUR</Ccy>", "")
    assert read_statements(empty.encode()).statements[0].currency == ""


def test_an_account_without_an_iban() -> None:
    for inner in ("<Othr><Id>4711</Id></Othr>", "<PrtryAcct><Id>4711</Id></PrtryAcct>"):
        text = CAMT.replace("<IBAN>DE89370400440532013000</IBAN>", inner)
        assert read_statements(text.encode()).statements[0].account == "4711"


@pytest.mark.parametrize(
    "old,new,line,words",
    [
        (">0.25</Amt>", ">-0.25</Amt>", 13, "is not an amount"),
        (">0.25</Amt>", ">0,25</Amt>", 13, "is not an amount"),
        ('<Amt Ccy="EUR">0.25</Amt>', "", 13, "has no amount"),
        ('<Amt Ccy="EUR">0.25', "<Amt>0.25", 13, "not a currency"),
        ('<Amt Ccy="EUR">0.25', '<Amt Ccy="USD">0.25', 4, "is in USD, and the account in EUR"),
        ("<CdtDbtInd>DBIT", "<CdtDbtInd>XXXX", 13, "neither credit nor debit"),
        ("<Sts>BOOK</Sts><BookgDt><Dt>2026-03-31</Dt></BookgDt>", "<Sts>BOOK</Sts>", 13, "neither a booking date"),
        ("<Sts>BOOK</Sts><BookgDt><Dt>2026-03-31", "<Sts>BOOK</Sts><BookgDt><Dt>2026-02-30", 13, "There is no day"),
        ("<Sts>BOOK</Sts><BookgDt><Dt>2026-03-31", "<Sts>BOOK</Sts><BookgDt><Dt>31.03.2026", 13, "not a date"),
        ("<Dt><Dt>2026-03-31</Dt></Dt></Bal>", "</Bal>", 6, "has no date"),
        ("<Ccy>EUR</Ccy>", "<Ccy>euro</Ccy>", 4, "not a currency"),
        ("<Ccy>EUR</Ccy>", "<Ccy>CHF</Ccy>", 4, "is in EUR, and the account in CHF"),
        ("</Stmt></BkToCstmrStmt></Document>", "", 16, "cannot be read"),
        ("<Stmt>", "<Other>", 15, "cannot be read"),
    ],
)
def test_a_broken_statement_says_where(old: str, new: str, line: int, words: str) -> None:
    error = refusal(CAMT.replace(old, new))
    assert words in error.message
    assert (error.code, error.data["line"]) == ("statement_broken", line)


def test_a_balance_in_another_currency() -> None:
    error = refusal(CAMT.replace('"EUR">150.00', '"SEK">150.00'))
    assert (error.data["line"], error.data["reason"]) == (7, "The balance CLBD is in SEK, and the account in EUR.")


def test_lines_that_do_not_make_the_closing_balance() -> None:
    error = refusal(CAMT.replace(">0.25<", ">0.26<"))
    assert isinstance(error, BalancesDisagree)
    assert (error.data["difference"], error.data["line"]) == ("0.01", 7)


def test_a_message_without_statements_and_a_mere_mention_of_one() -> None:
    assert refusal(CAMT[: CAMT.index("<Stmt>")] + "</BkToCstmrStmt></Document>").data["line"] == 3
    assert refusal("<Document><!-- BkToCstmrStmt --></Document>").code == "statement_format_unknown"


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    "<Document><BkToCstmrStmt>&c;</BkToCstmrStmt></Document>"
)
OUTSIDE = (
    '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    "<Document><BkToCstmrStmt>&a;</BkToCstmrStmt></Document>"
)


@pytest.mark.parametrize(
    "text", [BOMB, OUTSIDE, "<!DOCTYPE x SYSTEM 'http://localhost/x'><Document><BkToCstmrStmt/></Document>"]
)
def test_a_document_type_is_refused(text: str) -> None:
    error = refusal(text)
    assert error.code == "statement_broken"
    assert "document type" in error.message


def test_a_tag_without_end() -> None:
    attributes = " ".join(f"a{number}='1'" for number in range(150_000))
    error = refusal(f"<Document>\n<BkToCstmrStmt {attributes}></BkToCstmrStmt></Document>")
    assert "more than 1,000,000 bytes" in error.message
    assert error.data["line"] == 1


def test_an_entity_that_is_not_declared() -> None:
    assert "cannot be read" in refusal(CAMT.replace("Invoice 7", "&bomb;")).message


def test_too_deep_and_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    head = "<Document><BkToCstmrStmt>"
    assert "nested" in refusal(head + "<a>" * 100).message
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 50)
    entry = "<Stmt><Ntry>" + "<a/>" * 60
    assert "more than 50 elements" in refusal(head + entry).message
    monkeypatch.setattr(xml, "MAX_ALL_ELEMENTS", 100)
    error = refusal(head + "<a/>" * 200)
    assert (error.code, error.data["unit"]) == ("statement_too_large", "elements")


@pytest.mark.parametrize("one", ["<a{}/>", "<a b{}='1'/>", "<a xmlns='u:{}'/>", "<a xmlns:p{}='u'/>"])
def test_too_many_names(one: str) -> None:
    """The parser keeps each to the end: of four million of them that is more than a gigabyte."""
    text = "<Document><BkToCstmrStmt><Stmt>" + "".join(one.format(number) for number in range(5100))
    error = refusal(text)
    assert "more than 5000 different names" in error.message
    assert error.data["line"] == 1


def test_an_element_that_nobody_takes_is_kept_in_the_one_around_it() -> None:
    kept: list[xml.Element] = []

    def take(element: xml.Element, _around: Sequence[str], _raw: bytes) -> bool:
        kept.append(element)
        return False

    xml.read_xml(b"<a><b>1</b><b>2</b></a>", take)
    assert [(element.name, element.size) for element in kept] == [("b", 1), ("b", 1), ("a", 3)]
    assert [element.text for element in kept[-1].all("b")] == ["1", "2"]


def test_a_long_text_is_cut() -> None:
    line = read_statements(CAMT.replace("Invoice 7", "x" * 100_000).encode()).statements[0].lines[0]
    assert len(line.text) == 2000
    assert len(line.raw) <= 4000
