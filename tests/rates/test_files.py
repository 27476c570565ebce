"""Files of rates: what they say comes out, what says nothing is listed, gaps are gaps."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from fx.rates import ecb
from fx.rates.csv_rates import read_csv_rates
from fx.rates.ecb import read_ecb
from fx.rates.files import FileRefused, RateFile
from fx.rates.quotes import Quote, check_quote, check_source, pair_of, parse_rate
from ledgerflow.core.errors import Malformed

pytestmark = pytest.mark.pure

HISTORY = b"""\
Date,USD,JPY,CYP,
2008-09-16,1.4267,148.07,N/A,
2008-09-15,1.4151,149.87,,
"""
FEED = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
    <Cube time='2026-04-13'>
      <Cube currency='USD' rate='1.1684'/>
      <Cube currency='JPY' rate='186.75'/>
    </Cube>
    <Cube time='2026-04-10'>
      <Cube currency='USD' rate='1.1711'/>
    </Cube>
  </Cube>
</gesmes:Envelope>
"""


def said(file: RateFile) -> list[str]:
    return [
        f"{found.line}: {q.base}/{q.quote} {q.rate_date} {q.kind} {q.value}"
        for found in file.rates
        for q in [found.quote]
    ]


def refused(file: RateFile) -> list[tuple[int, str]]:
    return [(row.line, row.text) for row in file.refused]


def zipped(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [HISTORY, b"\xef\xbb\xbf" + HISTORY, HISTORY.replace(b"\n", b"\r\n"), zipped(("eurofxref-hist.csv", HISTORY)),
     HISTORY.replace(b",\n", b"\n"), HISTORY.replace(b"1.4151", b'"1.4151"')],
    ids=["csv", "with BOM", "CRLF", "zip", "no comma at the end", "quoted"],
)  # fmt: skip
def test_the_history_oldest_day_first_without_its_gaps(data: bytes) -> None:
    file = read_ecb(data)
    assert [line.partition(" ")[2] for line in said(file)] == [
        "EUR/USD 2008-09-15 spot 1.4151", "EUR/JPY 2008-09-15 spot 149.87",
        "EUR/USD 2008-09-16 spot 1.4267", "EUR/JPY 2008-09-16 spot 148.07",
    ]  # fmt: skip
    assert file.refused == []


def test_the_line_of_each_rate_is_known() -> None:
    assert [found.line for found in read_ecb(HISTORY).rates] == [3, 3, 2, 2]


def test_the_daily_csv_writes_its_date_in_words() -> None:
    file = read_ecb(b"Date, USD, JPY, \n13 April 2026, 1.1684, 186.75, \n3 May 2026, 1.2, , \n", "closing")
    assert said(file) == [
        "2: EUR/USD 2026-04-13 closing 1.1684", "2: EUR/JPY 2026-04-13 closing 186.75",
        "3: EUR/USD 2026-05-03 closing 1.2",
    ]  # fmt: skip


def test_the_feeds_in_xml() -> None:
    assert said(read_ecb(FEED)) == [
        "11: EUR/USD 2026-04-10 spot 1.1711",
        "7: EUR/USD 2026-04-13 spot 1.1684", "8: EUR/JPY 2026-04-13 spot 186.75",
    ]  # fmt: skip
    assert said(read_ecb(b"\xef\xbb\xbf" + FEED)) == said(read_ecb(zipped(("feed.xml", FEED)))) == said(read_ecb(FEED))


def test_what_is_no_rate_is_listed_and_stops_nothing() -> None:
    file = read_ecb(
        b"Date,USD,JPY,usd,\n2008-09-15,1.4151,0,1.0,\n2008-09-31,1.4,150,,\n\n2008-09-16,-1,1e3,,\n2008-09-17,1.5,\n"
        b'2008-09-18,"1.5,2,,\nnonsense\n2008-09-19,1.43,NaN,,\n'
    )
    assert said(file) == ["2: EUR/USD 2008-09-15 spot 1.4151", "9: EUR/USD 2008-09-19 spot 1.43"]
    assert refused(file) == [
        (2, "2008-09-15 JPY 0"), (2, "2008-09-15 usd 1.0"), (3, "2008-09-31,1.4,150,,"), (5, "2008-09-16 USD -1"),
        (5, "2008-09-16 JPY 1e3"), (6, "2008-09-17,1.5,"), (7, '2008-09-18,"1.5,2,,'), (8, "nonsense"),
        (9, "2008-09-19 JPY NaN"),
    ]  # fmt: skip


def test_what_is_no_rate_in_xml() -> None:
    broken = FEED.replace(b"'186.75'", b"'much'").replace(b"2026-04-10", b"2026-04-31")
    file = read_ecb(broken)
    assert said(file) == ["7: EUR/USD 2026-04-13 spot 1.1684"]
    assert refused(file) == [(8, "2026-04-13 JPY much"), (10, "2026-04-31")]


BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><Cube>&b;</Cube>"""


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "no file of the ECB"),
        (b"base,quote\n", "no file of the ECB"),
        (b'Date,"USD\n', "no file of the ECB"),
        (b"Date\n", "no file of the ECB"),
        (b"Date,USD,USD,\n", "no file of the ECB"),
        (b"Date,USD,\n", "no rate in this file"),
        (b"Date,USD,\n2008-09-15,1,\n\xff\n", "not UTF-8: byte 0xff on line 3"),
        (b"<Cube><Cube time='2026-04-13'>", "The XML cannot be read"),
        (b"<?xml version='1.0' encoding='x-nonsense'?><Cube/>", "The XML cannot be read"),
        (b"<html><body>Not found</body></html>", "no rate in this file"),
        (b"<Cube><Cube currency='USD' rate='1'/></Cube>", "no rate in this file"),
        (BILLION_LAUGHS, "a document type"),
        (b"PK\x03\x04 and nonsense", "cannot be unpacked"),
        (zipped(("hist.csv", HISTORY))[:-6] + b"\xff" * 6, "cannot be unpacked"),
        (zipped(("readme.txt", b"x")), "must hold one CSV or XML file, not 0"),
        (zipped(("a.csv", HISTORY), ("b.csv", HISTORY)), "must hold one CSV or XML file, not 2"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_the_ecb(data: bytes, why: str) -> None:
    with pytest.raises(FileRefused, match=why):
        read_ecb(data)


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2], ids=["lzma", "bzip2"])
def test_an_archive_with_a_broken_file_is_no_file_of_the_ecb(packing: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        archive.writestr("hist.csv", HISTORY * 50)
    broken = bytearray(stream.getvalue())
    broken[60:80] = b"\xff" * 20
    with pytest.raises(FileRefused, match="cannot be unpacked"):
        read_ecb(bytes(broken))


def test_what_a_mac_puts_into_an_archive_is_passed_over() -> None:
    beside = ("__MACOSX/._eurofxref-hist.csv", b"\x00\x05")
    assert said(read_ecb(zipped(("eurofxref-hist.csv", HISTORY), beside))) == said(read_ecb(HISTORY))


def test_a_file_that_unpacks_without_an_end_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(("hist.csv", b"0" * 100_000))
    monkeypatch.setattr(ecb, "MAX_BYTES", 50_000)
    assert len(bomb) < ecb.MAX_BYTES
    with pytest.raises(FileRefused, match="at most"):
        read_ecb(bomb)
    with pytest.raises(FileRefused, match="at most"):
        read_ecb(b"0" * 50_001)


# --- CSV of our own ------------------------------------------------------------------------------


def test_rates_from_a_csv_file() -> None:
    file = read_csv_rates(
        b"quote,base,value,date,kind,source\nUSD,EUR,1.1600,2026-03-02,,\nUSD,EUR,1.17,2026-03-31,average,Treasury\n"
    )
    assert said(file) == ["2: EUR/USD 2026-03-02 spot 1.16", "3: EUR/USD 2026-03-31 average 1.17"]
    assert [found.source for found in file.rates] == ["", "Treasury"]


def test_kind_and_source_may_be_left_out() -> None:
    assert said(read_csv_rates(b"base,quote,date,value\n\nEUR,USD,2026-03-02,1.16")) == [
        "3: EUR/USD 2026-03-02 spot 1.16"
    ]


@pytest.mark.parametrize(
    "row, why",
    [
        ("EUR,USD,2026-03-02,spot,0,x", "not a rate"),
        ("EUR,USD,2026-03-02,spot,1.0000000000001,x", "12 after it"),
        ("EUR,USD,2026-03-02,spot,12345678901234567,x", "16 before it"),
        ("EUR,USD,2026-03-02,spot,\u0661,x", "not a rate"),
        ("EUR,USD,2.3.2026,spot,1,x", "not a date"),
        ("EUR,USD,20260302,spot,1,x", "not a date"),
        ("EUR,EUR,2026-03-02,spot,1,x", "two currencies, not EUR twice"),
        ("eur,USD,2026-03-02,spot,1,x", "'eur' is not a currency code"),
        ("EUR,ABCDEFGHIJKLM,2026-03-02,spot,1,x", "not a currency code"),
        ("EUR,USD,2026-03-02,forward,1,x", "one of spot, closing, average"),
        ("EUR,USD,2026-03-02,spot,1", "5 cells"),
        ('EUR,USD,2026-03-02,spot,"1,x', "cannot be read"),
        ("EUR,USD,2026-03-02,spot,1," + "x" * 41, "At most 40"),
        ("EUR,USD,2026-03-02,spot,1,\x00", "cannot be stored"),
    ],
)
def test_a_row_that_is_no_rate(row: str, why: str) -> None:
    file = read_csv_rates(f"base,quote,date,kind,value,source\n{row}\nEUR,USD,2026-03-02,spot,1,x\n".encode())
    assert said(file) == ["3: EUR/USD 2026-03-02 spot 1"]
    ((line, text, code, reason),) = file.refused
    assert (line, text, code) == (2, row, "malformed")
    assert why in reason


@pytest.mark.parametrize("day", ["1899-12-31", "3000-01-01"])
def test_a_row_of_a_date_out_of_bounds_is_refused(day: str) -> None:
    file = read_csv_rates(f"base,quote,date,kind,value\nEUR,USD,{day},spot,1\n".encode())
    assert [refused[2] for refused in file.refused] == ["date_out_of_range"]


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "is empty"),
        (b"\nEUR,USD\n", "is empty"),
        (b"base,quote,date\n", "must name the columns base, quote, date, value, kind, source"),
        (b"base,quote,date,value,price\n", "must name the columns"),
        (b"base,quote,date,value,value\n", "must name the columns"),
        (b'base,quote,date,"value\n', "must name the columns. The row cannot be read"),
        (b"base,quote,date,value\nEUR,USD,2026-03-02,1\n\xe9\n", "byte 0xe9 on line 3"),
    ],
)
def test_a_csv_file_that_is_none(data: bytes, why: str) -> None:
    with pytest.raises(FileRefused, match=why):
        read_csv_rates(data)


# --- one rate ------------------------------------------------------------------------------------


def test_a_rate_keeps_its_value_and_not_its_zeros() -> None:
    assert [str(parse_rate(text)) for text in ("1.1600", "100", "007.5", "0.000000000001", "5.0")] == [
        "1.16", "100", "7.5", "1E-12", "5",
    ]  # fmt: skip


def test_the_price_of_one_euro_in_dollars_is_written_euro_first() -> None:
    assert pair_of(base="EUR", quote="USD") == "EUR/USD"


def test_where_a_quote_is_wrong_is_said() -> None:
    good = Quote("EUR", "USD", date(2026, 3, 2), "spot", Decimal(1))
    check_quote(good)
    for wrong, pointer in [
        ({"base": "?"}, "/base"), ({"quote": ""}, "/quote"), ({"quote": "EUR"}, "/quote"),
        ({"kind": ""}, "/kind"), ({"rate_date": date(1, 1, 1)}, "/date"),
    ]:  # fmt: skip
        with pytest.raises(Malformed) as caught:
            check_quote(good._replace(**wrong))  # type: ignore[arg-type]
        assert caught.value.pointer == pointer


@pytest.mark.parametrize("source", ["", "  ", "x" * 41, "\x00"])
def test_a_source_has_a_name(source: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_source(source)
    assert caught.value.pointer == "/source"
