"""How files of many countries are laid out: what is found, what is refused because it could be read in two ways."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journals.portability.drafting import AMOUNTS, TRANSFER_FIELDS
from ledgerflow.core.errors import Malformed
from ledgerflow.files.items import check_cells, read_date
from ledgerflow.files.layout import LayoutOptions, layout_of, lines_about, read_map
from ledgerflow.files.numbers import Numbers, evidence, found_numbers, said_numbers
from ledgerflow.files.problems import FileProblem, OptionProblem
from ledgerflow.files.rows import FileRow, examine, open_rows

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("text, with_point, with_comma", [
    ("1.000", "1.000", "1000"),
    ("1,000", "1000", "1.000"),
    ("1.234,56", None, "1234.56"),
    ("1,234.56", "1234.56", None),
    ("1'234.56", "1234.56", None),
    ("1’234,56", None, "1234.56"),  # noqa: RUF001 - the apostrophe of Swiss banks
    ("1\u00a0234\u202f567,8", None, "1234567.8"),
    ("(1,234.56)", "-1234.56", None),
    ("1.234,56-", None, "-1234.56"),
    ("−5", "-5", "-5"),  # noqa: RUF001 - the true minus
    ("+5.00", "5.00", None),
    ("-(5)", None, None),
    ("(5", None, None),
    ("1,00", None, "1.00"),
    ("1,2345", None, "1.2345"),
    ("1,234,56", None, None),
    ("1.234.56", None, None),
    ("1'234,567.00", None, None),
    ("1.", None, None),
    (".5", None, None),
    ("1e3", None, None),
    ("١٢", None, None),
    ("NaN", None, None),
    ("5 EUR", None, None),
    ("$5", None, None),
    ("", "", ""),
])  # fmt: skip
def test_amounts_by_their_decimal_mark(text: str, with_point: str | None, with_comma: str | None) -> None:
    for mark, right in ((".", with_point), (",", with_comma)):
        if right is None:
            with pytest.raises(Malformed, match="not an amount with a decimal"):
                Numbers(mark).plain(text)
        else:
            assert Numbers(mark).plain(text) == right


def test_the_mark_of_thousands_that_is_said_is_the_only_one() -> None:
    assert Numbers(".", ",").plain("12,34,567.00") == "1234567.00"  # as India groups
    with pytest.raises(Malformed):
        Numbers(".", ",").plain("1'234.00")


@pytest.mark.parametrize("text, mark", [
    ("1.5", "."), ("1,5", ","), ("1234.567", "."), ("0.500", "."), ("0,500", ","), ("1.000.000", ","), ("1,000,000", "."),
    ("1,000.50", "."), ("1.000,50", ","), ("1'000.000", "."), ("1.000", "?"), ("(999,000)", "?"), ("1000", ""),
    ("1'000", ""), ("1.2.3", ""), ("1.2,3.4", ""), ("x.5", ""), ("12,50.5", ""), ("--1.5", ""),
])  # fmt: skip
def test_what_an_amount_tells_of_the_decimal_mark(text: str, mark: str) -> None:
    assert evidence(text) == mark


@pytest.mark.parametrize("texts, mark", [
    (["1.000", "12.50"], "."),
    (["1.000", "12,50"], ","),
    (["1,000", "12.50"], "."),
    (["1,000", "1.000.000"], ","),
    (["1000", "x", "7"], "."),
])  # fmt: skip
def test_one_amount_tells_for_all_of_the_file(texts: list[str], mark: str) -> None:
    assert found_numbers(enumerate(texts, 2)).decimal_mark == mark


@pytest.mark.parametrize("texts, words", [
    (["5", "1.000"], "'1.000' on line 3 is 1.000 with a decimal point, and 1000 with a decimal comma, and no amount"),
    (["1,000"], "'1,000' on line 2 is 1000 with a decimal point, and 1.000 with a decimal comma, and no amount"),
    (["1.50", "2,50"], "'1.50' on line 2 has a decimal point and '2,50' on line 3 has a decimal comma"),
])  # fmt: skip
def test_a_file_whose_amounts_can_be_read_in_two_ways_is_refused(texts: list[str], words: str) -> None:
    with pytest.raises(FileProblem, match=words):
        found_numbers(enumerate(texts, 2))


STYLES = [(".", ","), (".", "'"), (".", ""), (",", "."), (",", "\u00a0"), (",", "")]


@given(
    st.lists(st.decimals(-(10**9), 10**9, places=3), min_size=1, max_size=8), st.integers(0, 3), st.sampled_from(STYLES)
)
def test_a_file_in_one_style_is_read_right_or_refused(
    amounts: list[Decimal], places: int, style: tuple[str, str]
) -> None:
    mark, thousands = style
    whole = [amount.quantize(Decimal(1).scaleb(-places)) for amount in amounts]
    texts = [f"{amount:,}".translate({ord("."): mark, ord(","): thousands}) for amount in whole]
    try:
        numbers = found_numbers(enumerate(texts, 2))
    except FileProblem as problem:
        assert "no amount of this file tells which" in str(problem)  # noqa: PT017 - both are right
        return
    assert [Decimal(numbers.plain(text)) for text in texts] == whole


def test_marks_that_are_said_fit_each_other() -> None:
    assert said_numbers("", "") is None
    assert said_numbers("", "'") is None  # tells nothing of the decimals
    assert said_numbers("", ".") == Numbers(",", ".", "as you say")
    assert said_numbers(",", "") == Numbers(",", None, "as you say")
    for marks in ((";", ""), (".", "."), (",", "x")):
        with pytest.raises(OptionProblem):
            said_numbers(*marks)


# Dates


@pytest.mark.parametrize("text, date_format, right", [
    ("2026-03-31", "", date(2026, 3, 31)),
    ("31.03.2026", "DD.MM.YYYY", date(2026, 3, 31)),
    ("02/03/2026", "MM/DD/YYYY", date(2026, 2, 3)),
    ("02/03/2026", "DD/MM/YYYY", date(2026, 3, 2)),
    ("1.2.26", "D.M.YY", date(2026, 2, 1)),
    ("31.02.2026", "DD.MM.YYYY", "There is no day '31.02.2026'."),
    ("2026-03-31", "DD.MM.YYYY", "'2026-03-31' is not a date written DD.MM.YYYY."),
    ("31.02.2026", "", "There is no day '31.02.2026'."),
    ("2026-02-30", "", "There is no day '2026-02-30'."),
    ("0000-01-01", "", "There is no day '0000-01-01'."),
    ("02/03/2026", "", "'02/03/2026' is 2026-03-02 as DD/MM/YYYY and 2026-02-03 as MM/DD/YYYY: say which with"),
    ("31.3.26", "", "if it is 2026-03-31, say --date-format D.M.YY."),
    ("12/31/2026", "", "if it is 2026-12-31, say --date-format MM/DD/YYYY."),
    ("02/02/2026", "", "if it is 2026-02-02, say --date-format DD/MM/YYYY."),
    ("31 March 2026", "", "'31 March 2026' is not a date like 2026-03-31."),
])  # fmt: skip
def test_dates_by_their_format_or_with_the_formats_that_would_read_them(
    text: str, date_format: str, right: date | str
) -> None:
    if isinstance(right, date):
        assert read_date(text, None, date_format) == right
    else:
        with pytest.raises(Malformed) as caught:
            read_date(text, None, date_format)
        assert right in caught.value.message


# Encodings, delimiters, rows

TEXT = "debit_account;credit_account;amount;description\nA;B;1,50;Müller 5 €\n"


@pytest.mark.parametrize("encoding, said, found, why", [
    ("utf-8", "", "utf-8-sig", "every byte of it is valid in it"),
    ("utf-8", "UTF-8", "utf-8-sig", "as you say"),
    ("utf-8-sig", "", "utf-8-sig", "it begins with the mark of UTF-8"),
    ("utf-8-sig", "utf-8", "utf-8-sig", "as you say, and it begins with the mark of UTF-8"),
    ("utf-16", "", "utf-16", "it begins with the mark of UTF-16"),
    ("utf-16", "utf-16-le", "utf-16", "as you say, and it begins with the mark of UTF-16"),
    ("utf-16-le", "", "utf-16-le", "every second byte at its start is NUL"),
    ("utf-16-be", "utf-16", "utf-16-be", "as you say, and every second byte at its start is NUL"),
    ("cp1252", "cp1252", "cp1252", "as you say"),
])  # fmt: skip
def test_encodings_are_told_or_found_and_the_text_is_right(
    tmp_path: Path, encoding: str, said: str, found: str, why: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(TEXT.encode(encoding))
    source = examine(path, said)
    assert (source.encoding.name, source.encoding.why, source.lines) == (found, why, 2)
    layout = layout_of(source, LayoutOptions(), TRANSFER_FIELDS, AMOUNTS)
    with open_rows(source, layout.delimiter.mark) as (header, rows):
        assert header[0] == "debit_account"
        assert list(rows) == [FileRow(2, ["A", "B", "1,50", "Müller 5 €"])]
    assert lines_about(source, layout) == [
        f"encoding      {found.removesuffix('-sig')} ({why})",
        "delimiter     semicolon (the header has it)",
        "decimal mark  , ('1,50' on line 2 tells it)",
        "date format   YYYY-MM-DD (unless you say another)",
    ]


@pytest.mark.parametrize("data, said, words", [
    (b"a\nM\xfcller\n", "", "It may be 'Müller' in windows-1252 and iso-8859-1 and windows-1250, 'M³ller' in cp850"),
    (b"a\n\x81x\n", "cp1252", "is not cp1252: byte 0x81 on line 2"),
    (b"a\nM\xfcller\n", "utf-8", "is not UTF-8: byte 0xfc on line 2"),
    (b"\xef\xbb\xbfa\n", "cp1252", "You say that the file is cp1252, and it begins with the mark of UTF-8"),
    (b"a\x00,\x00b\x00\n", "", "is not utf-16-le"),
    ("中".encode("utf-16-le"), "utf-16", "say which"),
])  # fmt: skip
def test_bytes_that_can_be_read_in_several_ways_or_in_none_are_refused(
    tmp_path: Path, data: bytes, said: str, words: str
) -> None:
    (tmp_path / "file.csv").write_bytes(data)
    with pytest.raises(FileProblem) as caught:
        examine(tmp_path / "file.csv", said)
    assert words in str(caught.value)


def test_an_encoding_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.csv").write_bytes(b"a\n")
    with pytest.raises(OptionProblem, match="no encoding"):
        examine(tmp_path / "file.csv", "zip")


@pytest.mark.parametrize("text, options, words", [
    ("debit_account;credit_account,amount\n", {}, "has comma and semicolon"),
    ("debit_account\n", {}, ""),
    ('"debit;account"|b\n', {}, ""),
    ("debit_account,amount\nA,1.000\nA\n", {}, "'1.000' on line 2"),
    ("debit_account\n", {"date_format": "DD.MM"}, "--date-format is made of"),
    ("debit_account\n", {"decimal_mark": "x"}, "The decimal mark is"),
])  # fmt: skip
def test_the_layout_of_a_header(tmp_path: Path, text: str, options: dict[str, Any], words: str) -> None:
    (tmp_path / "file.csv").write_text(text)
    source = examine(tmp_path / "file.csv")
    if words:
        with pytest.raises((FileProblem, OptionProblem), match=words):
            layout_of(source, LayoutOptions(**options), TRANSFER_FIELDS, AMOUNTS)
    else:
        layout_of(source, LayoutOptions(), TRANSFER_FIELDS, AMOUNTS)


def test_a_row_that_is_the_header_again_is_named() -> None:
    with pytest.raises(Malformed, match="the header again"):
        check_cells(FileRow(9, [" a", "b "]), ["a", "b"])


def test_a_column_map_has_the_shape_of_a_bank_s() -> None:
    text = (
        b'{"date": "Datum", "dimension.shop": "Filiale", "decimal_mark": ",", "group_by": "Beleg", "set": {"key": "k"}}'
    )
    assert read_map(text, frozenset({"date"}), frozenset({"group_by"})) == {
        "columns": {"date": "Datum", "dimension.shop": "Filiale"},
        "decimal_mark": ",",
        "group_by": "Beleg",
        "constants": {"key": "k"},
    }


@pytest.mark.parametrize(
    "text", [b"", b"[]", b'{"x": "y"}', b'{"columns": {"a": "b"}}', b'{"date": 3}', b'{"set": "a"}', b"\xff"]
)
def test_a_column_map_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(OptionProblem, match="--map"):
        read_map(text, frozenset({"date"}), frozenset())
