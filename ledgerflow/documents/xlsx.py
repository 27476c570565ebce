"""A document as an Excel workbook: a sheet with the table, and a sheet "About" that says what it shows.

Excel keeps numbers as doubles, which hold 15 decimal digits. An amount of at most 15 digits is written as a number,
one of more as text, so that every amount reads exactly as it is in the books; a note under the table says so.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from ledgerflow.core.documents import Cell, Document, DocumentRow, Style, cell_text, cells_of, printable
from ledgerflow.documents.errors import SheetTooLong

MAX_ROWS = 1_000_000  # Excel takes 1,048,576 with header and notes
MAX_TEXT = 32_767
MAX_HEADER = 255
EXACT_DIGITS = 15
FIRST_DATE = date(1900, 3, 1)  # Excel's calendar has a 29 February 1900
A4 = 9
PORTRAIT_CHARACTERS = 100
AS_TEXT = "Amounts of more than 15 digits are written as text: a number in Excel cannot hold them exactly."
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def to_xlsx(document: Document, file: BinaryIO) -> None:
    """Write the workbook to `file`; memory does not grow with the rows.

    Raises `ReportTooLarge` past 1,000,000 rows.
    """
    with Workbook(file, OPTIONS) as book:
        book.set_properties(
            {"title": printable(document.title), "created": document.generated_at.astimezone(UTC).replace(tzinfo=None)}
        )
        _Table(book, document).write()
        _write_about(book, document)


class _Table:
    def __init__(self, book: Workbook, document: Document) -> None:
        self.book = book
        self.document = document
        self.sheet: Worksheet = book.add_worksheet("Report")
        self.formats: dict[tuple[Any, ...], CellFormat] = {}
        self.has_text_amounts = False

    def write(self) -> None:
        _lay_out(self.sheet, self.document)
        for number, column in enumerate(self.document.columns):
            align = "right" if column.is_right else "left"
            self._text(0, number, printable(column.name), self._format(bold=True, bottom=1, align=align))
        line = 0
        for line, row in enumerate(self.document.rows, 1):
            if line > MAX_ROWS:
                raise SheetTooLong(most=MAX_ROWS, take="csv")
            self._row(line, row)
        notes = [*self.document.notes, *([AS_TEXT] if self.has_text_amounts else [])]
        for place, note in enumerate(notes, line + 2):
            self._text(place, 0, printable(note), self._format(italic=True))

    def _row(self, line: int, row: DocumentRow) -> None:
        look = _LOOKS[row.style]
        for number, cell in enumerate(cells_of(row, self.document.columns)):
            indent = {"indent": min(row.indent, 15)} if number == 0 and row.indent else {}
            self._cell(line, number, cell, {**look, **indent})

    def _cell(self, line: int, number: int, cell: Cell, look: dict[str, Any]) -> None:
        if isinstance(cell, Decimal | int) and _is_exact(cell):
            self.sheet.write_number(line, number, cell, self._format(num_format=_number_format(cell), **look))
        elif isinstance(cell, date) and cell >= FIRST_DATE:
            moment = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - a business date has no time zone
            self.sheet.write_datetime(line, number, moment, self._format(num_format="yyyy-mm-dd", **look))
        elif isinstance(cell, Decimal | int):
            self.has_text_amounts = True
            self._text(line, number, cell_text(cell), self._format(align="right", **look))
        elif cell is None:
            self.sheet.write_blank(line, number, None, self._format(**look))
        else:
            self._text(line, number, cell_text(cell), self._format(**look))

    def _text(self, line: int, number: int, text: str, look: CellFormat) -> None:
        self.sheet.write_string(line, number, _harmless(_shortened(text, MAX_TEXT)), look)

    def _format(self, **look: Any) -> CellFormat:
        """A format once per look: each is a record in the file."""
        key = tuple(sorted(look.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"valign": "top", **look})
        return self.formats[key]


_LOOKS: dict[Style, dict[str, Any]] = {
    "normal": {},
    "heading": {"bold": True},
    "subtotal": {"bold": True, "top": 1},
    "total": {"bold": True, "top": 1, "bottom": 6},
}


def _lay_out(sheet: Worksheet, document: Document) -> None:
    """How the sheet looks on the screen and on paper: everything but its cells."""
    widths = [max(column.usual_width, len(column.name)) + 2 for column in document.columns]
    for number, width in enumerate(widths):
        sheet.set_column(number, number, min(width, 80))
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # account codes, and amounts that are too long
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=1.1, bottom=0.7)
    if sum(widths) > PORTRAIT_CHARACTERS:
        sheet.set_landscape()
    asked = "; ".join(f"{name}: {value}" for name, value in document.parameters)
    sheet.set_header(_printed(f"{document.title}\n{document.entity}\n{asked}", "&L"))
    sheet.set_footer(_printed(f"{document.data_cut}", "&L") + "&RPage &P of &N")


def _write_about(book: Workbook, document: Document) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    name_look = book.add_format({"bold": True, "valign": "top"})
    value_look = book.add_format({"text_wrap": True, "valign": "top"})
    lines = [*document.preamble(), *(("Note", note) for note in document.notes)]
    for line, (name, value) in enumerate(lines):
        sheet.write_string(line, 0, _harmless(_shortened(printable(name), MAX_TEXT)), name_look)
        sheet.write_string(line, 1, _harmless(_shortened(printable(value), MAX_TEXT)), value_look)


def _is_exact(number: Decimal | int) -> bool:
    """Whether a double gives back the number: 15 significant digits always survive (IEEE 754)."""
    digits = cell_text(number).lstrip("-").replace(".", "").strip("0")
    return len(digits) <= EXACT_DIGITS


def _number_format(number: Decimal | int) -> str:
    """Thousands separators, and the decimal places that the amount has."""
    if isinstance(number, int):
        return "0"
    places = len(cell_text(number).partition(".")[2])
    return f"#,##0.{'0' * places}" if places else "#,##0"


def _printed(text: str, place: str) -> str:
    """Text for a page header or footer, where "&" starts a command and 255 characters are the limit."""
    lines = "\n".join(printable(line) for line in text.splitlines())
    shortened = _shortened(lines, MAX_HEADER - 40)
    while len(escaped := place + shortened.replace("&", "&&")) > MAX_HEADER - 20:
        shortened = _shortened(shortened, len(shortened) - 10)
    return escaped


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _harmless(text: str) -> str:
    """XlsxWriter would take a text between these two tags for XML of its own and not escape it."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text
