"""Recognising formats, limits, encodings, and fingerprints."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from recon.statements.parsers import reading, shapes, texts
from recon.statements.parsers.fingerprints import fingerprints
from recon.statements.parsers.reading import read_statements
from recon.statements.parsers.shapes import MAX_LINES, ParsedLine
from recon.statements.parsers.texts import clean, decoded, iban, lines_of, reference
from tests.statements.samples import CSV_MAP, GOOD, MT940, amounts, check, refusal

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("name", [name for name in GOOD if name != "csv"])
def test_the_format_is_known_by_the_content(name: str) -> None:
    for columns in (None, CSV_MAP):
        file = read_statements(GOOD[name].encode(), columns)
        assert file.format == name.removesuffix("2") if name == "ofx2" else name
        check(file)


@pytest.mark.parametrize("data", [b"", b"   \r\n\t", b"\x00\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff\xfe \x00"])
def test_an_empty_file(data: bytes) -> None:
    error = refusal(data)
    assert (error.code, error.status, error.message) == ("statement_empty", 422, "The file is empty.")


@pytest.mark.parametrize(
    "data", [b"hello", b"\x89PNG\r\n\x1a\n\x00\x00", b"%PDF-1.7\n%\xe2", b"PK\x03\x04", b"<html></html>", b"one;two\n"]
)
def test_what_is_no_statement(data: bytes) -> None:
    assert refusal(data).code == "statement_format_unknown"


@pytest.mark.parametrize("data", [gzip.compress(MT940.encode()), b"PK\x03\x04\x14\x00\xff", b"%PDF-1.7\n%\xe2"])
def test_what_is_packed_is_no_csv_either(data: bytes) -> None:
    assert refusal(data, CSV_MAP).code == "statement_format_unknown"


def test_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    error = refusal(MT940)
    assert (error.code, error.status, error.data) == ("statement_too_large", 413, {"most": 100, "unit": "bytes"})


def test_too_many_lines_and_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_LINES == 200_000
    monkeypatch.setattr(shapes, "MAX_LINES", 1)
    for name in ("mt940", "camt.053", "ofx", "bai2", "csv"):
        error = refusal(GOOD[name], CSV_MAP)
        assert (error.code, error.data["most"]) == ("statement_too_large", 1)
    monkeypatch.undo()
    monkeypatch.setattr(shapes, "MAX_STATEMENTS", 0)
    for name in ("mt940", "camt.053", "ofx", "bai2"):
        assert refusal(GOOD[name]).data["unit"] == "statements"


def test_encodings_that_are_not_told() -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"):
        file = read_statements(MT940.replace("Jane", "Jörg").encode(encoding))
        assert file.statements[0].lines[0].counterparty == "Jörg Doe"
    assert decoded("jóváírás é".encode("cp852")) == "jóváírás é"
    assert decoded(b"\x8f") == "Ć"  # no character of windows-1252
    assert decoded(b"20 \x80 \x96 it\x92s") == "20 € – it’s"  # noqa: RUF001 - as a bank writes it


def test_broken_utf_16() -> None:
    assert refusal(b"\xff\xfe" + MT940.encode("utf-16-le") + b"\x00").code == "statement_encoding_unreadable"


def test_texts() -> None:
    assert clean("  a\x00b\n\tc\u2028d\x85 ", 20) == "a b c d"
    assert clean("pay \u202ereversed\u202c now", 30) == "pay reversed now"
    assert clean("x" * 100, 10) == "x" * 10
    assert (reference("NONREF"), reference("NotProvided"), reference(" A 1 ")) == ("", "", "A 1")
    assert (iban("de02 1203 0000 0000 2020 51"), iban("4711"), iban("")) == ("DE02120300000000202051", "", "")


def test_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(lines_of("a\r\nb\rc\n\nd")) == ["a", "b", "c", "", "d"]
    assert list(lines_of("")) == [""]
    monkeypatch.setattr(texts, "MAX_TEXT_LINES", 3)
    assert refusal(MT940).data == {"most": 3, "unit": "lines of text"}
    monkeypatch.undo()
    monkeypatch.setattr(texts, "MAX_CHARACTERS", 20)
    assert refusal(MT940).data["line"] == 2


# Fingerprints

LINE = ParsedLine(
    number=1, booking_date=date(2026, 3, 31), value_date=None, amount=Decimal("1.50"), currency="EUR", bank_reference="B",
    end_to_end="E", customer_reference="C", counterparty="X", iban="", text="T", raw="R",
)  # fmt: skip


def test_equal_lines_have_fingerprints_of_their_own() -> None:
    first, second, other = fingerprints([LINE, replace(LINE, number=2), replace(LINE, text="U")])
    assert len({first, second, other}) == 3
    assert all(len(found) == 64 for found in (first, second, other))


def test_the_same_line_in_another_file_has_the_same_fingerprint() -> None:
    again = replace(LINE, number=7, amount=Decimal("1.5"), raw="other")
    assert fingerprints([replace(LINE, text="before"), again])[1] == fingerprints([LINE])[0]


@pytest.mark.parametrize(
    "field,value",
    [("booking_date", date(2026, 3, 30)), ("value_date", date(2026, 3, 31)), ("amount", Decimal("-1.50")), ("currency", "USD"),
     ("bank_reference", "b"), ("end_to_end", "e"), ("customer_reference", "c"), ("counterparty", "x"), ("iban", "i"), ("text", "t")],
)  # fmt: skip
def test_whatever_identifies_a_line_changes_it(field: str, value: Any) -> None:
    assert fingerprints([replace(LINE, **{field: value})]) != fingerprints([LINE])


def test_texts_do_not_run_into_each_other() -> None:
    one, two = replace(LINE, counterparty="ab", iban="c"), replace(LINE, counterparty="a", iban="bc")
    assert fingerprints([one]) != fingerprints([two])


def test_the_sign_of_all_samples() -> None:
    assert {name: amounts(read_statements(GOOD[name].encode(), CSV_MAP))[0][0] for name in GOOD} == {
        "mt940": "5", "camt.053": "5", "ofx": "5", "ofx2": "-", "bai2": "5", "csv": "1",
    }  # fmt: skip
