"""Reports as files: what is written is read back with somebody else's reader."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pypdf import PdfReader

from ledgerflow.core.documents import Cell, Column, DataCut, Document, DocumentRow, cells_of, printable
from ledgerflow.documents import pdf, xlsx
from ledgerflow.documents.csvfile import to_csv
from ledgerflow.documents.errors import ReportTooLarge
from ledgerflow.documents.fonts import _typefaces, typefaces

pytestmark = pytest.mark.pure

CUT = "Data up to event 1234, 2026-03-02T12:00:00.000000Z"
COLUMNS = (Column("Account"), Column("Opened", "date"), Column("Lines", "integer"), Column("Balance", "amount"))
AWKWARD = {
    "cyrillic": "Дебиторская задолженность",
    "greek": "Απαιτήσεις πελατών",
    "chinese": "现金及银行存款",
    "japanese": "売掛金 オフィス",
    "korean": "미수금",
    "hebrew": "חשבון בנק",
    "thai": "ลูกหนี้",
    "markup": "<b>&amp; <r>",
    "rich text of XlsxWriter": "<r>x</r>",
    "quotes": 'the "big" one, and; more',
    "hash": "#1",
    "hash inside": "Room #5",
}


def a_document(rows: Iterable[DocumentRow] = (), **changes: Any) -> Document:
    given: dict[str, Any] = {
        "title": "Trial balance",
        "entity_code": "ACME",
        "entity_name": "Acme, Inc",
        "data_cut": DataCut(1234, "2026-03-02T12:00:00.000000Z"),
        "generated_at": datetime(2026, 3, 2, 12, 1, tzinfo=UTC),
        "columns": COLUMNS,
        "rows": rows,
        "parameters": (("As of", "2026-02-28"), ("Layers", "ordinary")),
    }
    return Document(**given | changes)


def a_row(name: str = "Cash", balance: Cell = Decimal("12.30"), **changes: Any) -> DocumentRow:
    return DocumentRow((name, date(2026, 2, 28), 7, balance), **changes)


def csv_of(document: Document) -> tuple[list[list[str]], list[list[str]]]:
    """What stands before the table, and the table."""
    lines = "".join(to_csv(document)).encode().decode("utf-8").split("\r\n")
    assert lines.pop() == ""
    comments = [line for line in lines if line.startswith("#")]
    assert lines[: len(comments)] == comments
    return list(csv.reader(comments, strict=True)), list(csv.reader(lines[len(comments) :], strict=True))


def sheets_of(document: Document) -> tuple[Worksheet, Worksheet]:
    file = BytesIO()
    xlsx.to_xlsx(document, file)
    table, about = load_workbook(file).worksheets
    return table, about


def printed(table: Worksheet) -> Any:
    """The header and footer of each printed page."""
    return table.HeaderFooter


def pages_of(document: Document) -> list[str]:
    file = BytesIO()
    pdf.to_pdf(document, file)
    return [page.extract_text() for page in PdfReader(file).pages]


# CSV


def test_csv_says_what_was_asked_and_then_gives_the_table() -> None:
    comments, table = csv_of(a_document([a_row()], notes=("Drafts are left out.",)))
    assert comments == [
        ["# Report", "Trial balance"],
        ["# Entity", "Acme, Inc (ACME)"],
        ["# As of", "2026-02-28"],
        ["# Layers", "ordinary"],
        ["# Data cut", CUT],
        ["# Generated", "2026-03-02T12:01:00Z"],
        ["# Note", "Drafts are left out."],
    ]
    assert table == [["Account", "Opened", "Lines", "Balance"], ["Cash", "2026-02-28", "7", "12.30"]]


def test_csv_tells_subtotals_from_accounts() -> None:
    _, table = csv_of(a_document([a_row(indent=2), a_row("Assets", style="subtotal")], is_tree=True))
    assert [line[4:] for line in table] == [["Level", "Row"], ["2", "normal"], ["0", "subtotal"]]


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_csv_keeps_texts(text: str) -> None:
    assert csv_of(a_document([a_row(text)]))[1][1][0] == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1"], ids=ascii)
def test_csv_holds_no_formula(text: str) -> None:
    document = a_document([a_row(text)], parameters=(("Name", text),), columns=(Column(text), *COLUMNS[1:]))
    comments, table = csv_of(document)
    for cell in (table[0][0], table[1][0], comments[2][1]):
        assert cell == "'" + printable(text)


def test_csv_takes_a_comma_in_a_parameter_for_no_formula() -> None:
    assert '# Name,"x,=1+1"\r\n' in list(to_csv(a_document(parameters=(("Name", "x,=1+1"),))))


@pytest.mark.parametrize(
    "amount", [Decimal("-12.30"), Decimal("1E+3"), Decimal("-98765432109876543210.123456789012345678")], ids=str
)
def test_csv_leaves_amounts_as_they_are(amount: Decimal) -> None:
    text = csv_of(a_document([a_row(balance=amount)]))[1][1][3]
    assert Decimal(text) == amount
    assert "E" not in text


def test_csv_of_nothing_is_the_header() -> None:
    assert csv_of(a_document())[1] == [["Account", "Opened", "Lines", "Balance"]]


def test_csv_shows_an_empty_line() -> None:
    assert list(to_csv(a_document([DocumentRow((None,))], columns=(Column("Name"),))))[-1] == '""\r\n'


def test_csv_reads_its_rows_as_it_is_read() -> None:
    def rows() -> Iterator[DocumentRow]:
        yield a_row()
        pytest.fail("The second row was asked for.")

    lines = to_csv(a_document(rows()))
    assert next(line for line in lines if line.startswith("Cash"))


# Cells


def test_a_decimal_string_in_an_amount_column_is_an_amount() -> None:
    assert list(cells_of(a_row(balance="-5.00"), COLUMNS))[3] == Decimal("-5.00")
    assert list(cells_of(a_row(balance="n/a"), COLUMNS))[3] == "n/a"


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="Balance"):
        list(cells_of(a_row(balance=0.1), COLUMNS))  # type: ignore[arg-type]


def test_a_row_has_a_cell_per_column() -> None:
    with pytest.raises(ValueError, match="argument"):
        list(cells_of(DocumentRow(("Cash",)), COLUMNS))


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("a\r\n\tb", "a b"),
        ("a\u2028b", "a b"),
        ("\x1b[0m", "\ufffd[0m"),
    ],
    ids=ascii,
)
def test_what_no_file_can_hold_is_replaced(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert csv_of(a_document([a_row(text)]))[1][1][0] == shown
    assert sheets_of(a_document([a_row(text)]))[0]["A2"].value == shown
    assert pages_of(a_document([a_row(text)]))


# XLSX


def test_xlsx_holds_numbers_and_dates() -> None:
    table, about = sheets_of(a_document([a_row(balance=Decimal("-1234567.80"))]))
    assert [[cell.value for cell in line] for line in table] == [
        ["Account", "Opened", "Lines", "Balance"],
        ["Cash", datetime(2026, 2, 28), 7, -1234567.8],  # noqa: DTZ001 - Excel's have no time zone
    ]
    assert table["D2"].number_format == "#,##0.00"
    assert table.freeze_panes == "A2"
    assert table.print_title_rows == "$1:$1"
    assert ["Data cut", CUT] in [[cell.value for cell in line] for line in about]


def test_xlsx_prints_parameters_data_cut_and_page_numbers() -> None:
    table, _ = sheets_of(a_document(title="Profit & loss"))
    assert printed(table).oddHeader.left.text == "Profit && loss\nAcme, Inc (ACME)\nAs of: 2026-02-28; Layers: ordinary"
    assert printed(table).oddFooter.left.text == CUT
    assert printed(table).oddFooter.right.text == "Page &P of &N"


def test_xlsx_shortens_a_header_that_excel_would_not_open() -> None:
    table, about = sheets_of(a_document(parameters=(("Name", "&" * 400),)))
    assert len(printed(table).oddHeader.left.text) < 255
    assert about["B3"].value == "&" * 400


@pytest.mark.parametrize(
    "amount, kept",
    [
        ("9999999999999.99", 9999999999999.99),
        ("123456789012345.00", 123456789012345),
        ("99999999999999.99", "99999999999999.99"),
        ("-12345678901234567890.000000000000000001", "-12345678901234567890.000000000000000001"),
        ("5", 5),
    ],
    ids=str,
)
def test_xlsx_writes_an_amount_that_a_double_cannot_hold_as_text(amount: str, kept: object) -> None:
    table, _ = sheets_of(a_document([a_row(balance=Decimal(amount))]))
    assert table["D2"].value == kept
    assert (table["A4"].value == xlsx.AS_TEXT) is isinstance(kept, str)


@pytest.mark.parametrize("text", ["=1+1", "http://example.com", "007", *AWKWARD.values()])
def test_xlsx_keeps_texts(text: str) -> None:
    cell = sheets_of(a_document([a_row(text)]))[0]["A2"]
    assert cell.value is not None
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert str(cell.value).rstrip() == text


def test_xlsx_escapes_what_excel_would_decode() -> None:
    # ECMA-376 part 1, 22.9.2.19 ST_Xstring: _xHHHH_ is a character, so its underscore is written as _x005F_.
    assert sheets_of(a_document([a_row("_x0041_")]))[0]["A2"].value == "_x005F_x0041_"


def test_xlsx_takes_texts_and_dates_that_excel_does_not() -> None:
    table, _ = sheets_of(a_document([DocumentRow(("x" * 40_000, date(1899, 12, 31), None, None), "total", 20)]))
    assert table["A2"].value == "x" * 32_766 + "…"
    assert table["B2"].value == "1899-12-31"
    assert table["C2"].value is None
    assert table["D2"].font.bold


def test_xlsx_of_nothing_has_its_header_and_notes() -> None:
    table, _ = sheets_of(a_document(notes=("Nothing was posted.",)))
    assert table["A1"].value == "Account"
    assert table["A3"].value == "Nothing was posted."


@pytest.mark.parametrize("columns, is_wide", [(2, False), (7, True)])
def test_xlsx_lies_on_its_side_when_it_is_wide(columns: int, is_wide: bool) -> None:
    table, _ = sheets_of(a_document(columns=tuple(Column(f"Amount {n}", "amount") for n in range(columns))))
    assert (table.page_setup.orientation == "landscape") is is_wide


# PDF


def test_pdf_prints_parameters_data_cut_and_page_numbers_on_every_page() -> None:
    pages = pages_of(a_document(a_row(f"Account {number}") for number in range(200)))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        words = " ".join(page.split())
        assert "Trial balance Acme, Inc (ACME) As of: 2026-02-28 · Layers: ordinary" in words
        assert f"{CUT} · Generated 2026-03-02T12:01:00Z Page {number} of {len(pages)}" in words
        assert "Account Opened Lines Balance" in words
    found = [word for page in pages for word in page.split("\n") if word.startswith("Account ")]
    assert found == [f"Account {number}" for number in range(200)]


def test_pdf_wraps_what_is_long_above_and_below_the_table() -> None:
    pages = pages_of(a_document([a_row()] * 49, entity_name="Acme " * 100, notes=("Every word of it. " * 60,)))
    assert pages[0].count("…") == 1
    assert "".join(pages).replace("\n", " ").count("word") == 60


def test_pdf_separates_thousands_and_never_cuts_a_figure() -> None:
    huge = Decimal("-98765432109876543210.123456789012345678")
    columns = (Column("Account"), *(Column(f"Amount {number}", "amount", 3) for number in range(3)))
    [page] = pages_of(
        a_document([DocumentRow(("Cash", Decimal("1234567.80"), huge, Decimal("0.00")))], columns=columns)
    )
    lines = page.split("\n")
    assert "1,234,567.80" in lines
    assert "-98,765,432,109,876,543,210.123456789012345678" in lines


@pytest.mark.parametrize("name", ["cyrillic", "greek", "chinese", "japanese", "korean", "hebrew", "thai", "markup"])
def test_pdf_shows_other_scripts(name: str) -> None:
    [page] = pages_of(a_document([a_row(AWKWARD[name])]))
    assert all(word in page for word in AWKWARD[name].split())
    assert "\ufffd" not in page
    assert (pdf.OWN_FONTS in page) is (name in {"chinese", "japanese", "korean"})


def test_fonts_are_read_once_whatever_the_threads_do() -> None:
    _typefaces.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: typefaces(), range(4)))
    assert all(faces is found[0] for faces in found)


def test_pdf_says_that_characters_are_missing() -> None:
    [page] = pages_of(a_document([a_row("Fun \U0001f600 money")]))
    assert "Fun \ufffd money" in page
    assert pdf.MISSING in page


def test_pdf_wraps_names_and_says_where_they_are_cut() -> None:
    [page] = pages_of(a_document([a_row("word " * 100), a_row("x" * 1000)]))
    assert page.count("…") == 2


def test_pdf_keeps_a_heading_with_its_first_row() -> None:
    rows = [row for number in range(60) for row in (a_row(f"Group {number}", style="heading"), a_row(f"In {number}"))]
    for page in pages_of(a_document(rows)):
        assert page.count("Group ") == page.count("In ")


def test_pdf_marks_subtotals_and_totals_and_ends_with_the_notes() -> None:
    [page] = pages_of(
        a_document([a_row(style="subtotal", indent=99), a_row(balance=None, style="total")], notes=("All of it.",))
    )
    assert page.rstrip().endswith("All of it.")


@pytest.mark.parametrize("columns", [(), (Column("Account"),)], ids=["no column", "no row"])
def test_pdf_of_nothing_is_a_page(columns: tuple[Column, ...]) -> None:
    [page] = pages_of(a_document(columns=columns))
    assert "Trial balance" in page


# Limits


@pytest.mark.parametrize("module, write", [(pdf, pdf.to_pdf), (xlsx, xlsx.to_xlsx)], ids=["pdf", "xlsx"])
def test_a_report_of_too_many_rows_is_refused_by_name(module: Any, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    write(a_document([a_row()] * 3), BytesIO())
    with pytest.raises(ReportTooLarge) as refused:
        write(a_document([a_row()] * 4), BytesIO())
    assert refused.value.data == {"most": 3, "take": "csv"}
