"""Small files of each format, written for these tests, and what is asked of every outcome."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from recon.statements.errors import StatementRefused
from recon.statements.parsers.columns import ColumnMap
from recon.statements.parsers.reading import read_statements
from recon.statements.parsers.shapes import ParsedFile

MT940 = """\
:20:START
:25:DE89370400440532013000
:28C:12/1
:60F:C260330EUR100,00
:61:2603310331C50,25NTRFINV-7//BANK-1
:86:166?00GUTSCHRIFT?20EREF+E2E-7?21SVWZ+Invoice 7?31DE02120300000000202051
?32Jane Doe
:61:2603310331D0,25NMSCNONREF
:86:Account fee
:62F:C260331EUR150,00
-
"""

CAMT = """\
<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>
<Stmt><Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">150.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>
<Ntry><NtryRef>R1</NtryRef><Amt Ccy="EUR">50.25</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-03-31</Dt></BookgDt><ValDt><DtTm>2026-03-31T10:00:00+02:00</DtTm></ValDt><AcctSvcrRef>B1</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><InstrId>I1</InstrId><EndToEndId>E2E-7</EndToEndId></Refs>
<RltdPties><Dbtr><Pty><Nm>Jane Doe</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">0.25</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-31</Dt></BookgDt>
<AddtlNtryInf>Account fee</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>
"""

OFX1 = """\
OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260331</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>1<ACCTID>4711<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260331235959.123[-5:EST]<TRNAMT>50.25<FITID>F1<NAME>Jane &amp; Co<MEMO>Invoice 7
</STMTTRN>
<STMTTRN><TRNTYPE>CHECK<DTPOSTED>20260331<DTAVAIL>20260402<TRNAMT>-1.234,50<FITID>F2<CHECKNUM>101
<PAYEE><NAME>Landlord<CITY>Bonn</PAYEE><BANKACCTTO><BANKID>1<ACCTID>DE02120300000000202051</BANKACCTTO>
</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>900.00<DTASOF>20260331</LEDGERBAL><AVAILBAL><BALAMT>1<DTASOF>20260331</AVAILBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""

OFX2 = """\
<?xml version="1.0" encoding="UTF-8"?>
<?OFX OFXHEADER="200" VERSION="202" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD</CURDEF>
<CCACCTFROM><ACCTID>5555</ACCTID></CCACCTFROM>
<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20260331</DTPOSTED><TRNAMT>-12.30</TRNAMT><FITID>C1</FITID>
<NAME>Coffee</NAME><CURRENCY><CURRATE>1.1</CURRATE><CURSYM>CAD</CURSYM></CURRENCY></STMTTRN></BANKTRANLIST>
<LEDGERBAL><BALAMT>-12.30</BALAMT><DTASOF>20260331</DTASOF></LEDGERBAL>
</CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>
"""

BAI2 = """\
01,BANK,US,260331,0800,1,80,1,2/
02,US,BANK,1,260331,,USD,2/
03,4711,USD,010,10000,,,015,15000,,/
88,100,5025,1,/
16,165,5025,V,260401,,B1,C1,Invoice 7, March
88,second line/
16,475,25,,B2,,CHECK/
49,35075,6/
98,35075,1,8/
99,35075,1,10/
"""

CSV = """\
Kontoauszug
Datum;Valuta;Betrag;Saldo;Zweck;Name;IBAN
31.03.2026;01.04.2026;1.050,25;1.150,25;Invoice 7;Jane Doe;DE02 1203 0000 0000 2020 51
31.03.2026;;-0,25;1.150,00;"Fee; monthly";;
"""
CSV_MAP = ColumnMap(
    booking_date="Datum", value_date="Valuta", amount="Betrag", balance="Saldo", text="Zweck", counterparty="Name",
    iban=7, fixed_currency="EUR", delimiter=";", decimal_mark=",", thousands_mark=".", date_format="DD.MM.YYYY",
    skip_rows=1,
)  # fmt: skip

GOOD = {"mt940": MT940, "camt.053": CAMT, "ofx": OFX1, "ofx2": OFX2, "bai2": BAI2, "csv": CSV}


UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]")


def check(file: ParsedFile) -> None:
    """What holds for every file that was taken."""
    assert file.statements
    for statement in file.statements:
        assert statement.is_proven == (statement.opening is not None and statement.closing is not None)
        if statement.opening and statement.closing:
            assert statement.opening.amount + sum(line.amount for line in statement.lines) == statement.closing.amount
        assert [line.number for line in statement.lines] == list(range(1, len(statement.lines) + 1))
        for line in statement.lines:
            texts = (
                line.bank_reference,
                line.end_to_end,
                line.customer_reference,
                line.counterparty,
                line.iban,
                line.text,
                line.raw,
            )
            assert all((text == text.strip() and text.isprintable()) or not text.isascii() for text in texts)
            assert not any(UNSEEN.search(text) for text in texts)
            assert all(len(text) <= 4000 for text in texts)
            assert isinstance(line.amount, Decimal)
            assert line.amount.is_finite()
            assert len(line.currency) == 3


def amounts(file: ParsedFile) -> list[str]:
    return [str(line.amount) for statement in file.statements for line in statement.lines]


def refusal(text: str | bytes, columns: ColumnMap | None = None) -> StatementRefused:
    """The error that a file is refused with."""
    with pytest.raises(StatementRefused) as caught:
        read_statements(text.encode() if isinstance(text, str) else text, columns)
    return caught.value
