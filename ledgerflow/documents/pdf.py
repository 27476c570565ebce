"""A document as PDF, to print or to send: every page says what was asked, up to which event, and its number.

Pages are drawn as the rows come. "of 12" is a form that is filled in at the end, so nothing is laid out twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from ledgerflow.core.documents import Cell, Document, DocumentRow, cell_text, cells_of, printable
from ledgerflow.documents.errors import PdfTooLong
from ledgerflow.documents.fonts import EAST_ASIAN, REPLACEMENT, Typeface, typefaces
from ledgerflow.documents.wrapping import wrapped

MAX_ROWS = 50_000
MARGIN, GAP, INDENT = 28.0, 6.0, 9.0  # points
SIZE, SMALLEST = 7.5, 4.0
LEADING = 1.36  # of the size: from line to line
MAX_LINES = 3  # of a cell; of the parameters twice as many
NOTE_LINE = 100  # characters that fit on a line of any page
CHARACTER = 0.55  # of the size: how wide a usual character is
PORTRAIT_CHARACTERS = 110
TOTAL = "total_pages"
GREY, BLACK = 0.45, 0.0
OWN_FONTS = "Chinese, Japanese and Korean characters are shown in a font of your program."
MISSING = f"Characters that no font here has are shown as {REPLACEMENT}; CSV and XLSX hold them."


def to_pdf(document: Document, file: BinaryIO) -> None:
    """Write the document to `file`. Raises `ReportTooLarge` past 50,000 rows, which are a thousand pages."""
    _Pages(document, file).write()


class _Pages:
    def __init__(self, document: Document, file: BinaryIO) -> None:
        self.document = document
        self.regular, self.bold = typefaces()
        characters = sum(column.usual_width for column in document.columns)
        self.width, self.height = A4 if characters <= PORTRAIT_CHARACTERS else landscape(A4)
        self.canvas = Canvas(file, pagesize=(self.width, self.height), pageCompression=1)
        self.canvas.setTitle(printable(document.title))
        self.canvas.setAuthor(printable(document.entity))
        self.canvas.setCreator("LedgerFlow")
        self.size, self.columns = self._columns(characters)
        self.leading = self.size * LEADING
        self.seen: set[str] = set()  # fonts, and U+FFFD: what the notes must mention
        self.page = 0
        self.y = 0.0

    def write(self) -> None:
        self._start_page()
        for number, row in enumerate(self.document.rows, 1):
            if number > MAX_ROWS:
                raise PdfTooLong(most=MAX_ROWS, take="csv")
            self._row(row)
        self._notes()
        self.canvas.showPage()
        self.canvas.beginForm(TOTAL)
        self._text(0, 0, str(self.page), SIZE, self.regular)
        self.canvas.endForm()
        self.canvas.save()

    def _columns(self, characters: int) -> tuple[float, list[tuple[float, float]]]:
        """The size of the letters, and each column's left edge and width: by their usual widths, over the page."""
        room = self.width - 2 * MARGIN - GAP * (len(self.document.columns) - 1)
        size = max(min(SIZE, room / (characters * CHARACTER)), SMALLEST) if characters else SIZE
        left, columns = MARGIN, []
        for column in self.document.columns:
            width = room * column.usual_width / characters
            columns.append((left, width))
            left += width + GAP
        return size, columns

    # Pages

    def _start_page(self) -> None:
        self.page += 1
        self.y = self.height - MARGIN
        asked = " · ".join(f"{name}: {value}" for name, value in self.document.parameters)
        self._paragraph(self.document.title, 12, self.bold, 1)
        self._paragraph(self.document.entity, 9, self.regular, 2)
        self._paragraph(asked, SIZE, self.regular, 2 * MAX_LINES)
        self._foot()
        self.y -= 3
        self._head()

    def _paragraph(self, text: str, size: float, face: Typeface, most: int) -> None:
        """Lines over the whole width, under what is there."""
        for line in wrapped(printable(text), self.width - 2 * MARGIN, size, face, most):
            self.y -= size * LEADING
            self._text(MARGIN, self.y, line, size, face)

    def _foot(self) -> None:
        self.canvas.setFillGray(GREY)
        y = MARGIN - 8
        self._text(MARGIN, y, f"{self.document.data_cut} · {self.document.generated}", SIZE, self.regular)
        label = f"Page {self.page} of "
        left = self.width - MARGIN - self.regular.width(f"{label}00000") * SIZE
        self._text(left, y, label, SIZE, self.regular)
        self.canvas.saveState()
        self.canvas.translate(left + self.regular.width(label) * SIZE, y)
        self.canvas.doForm(TOTAL)
        self.canvas.restoreState()
        self.canvas.setFillGray(BLACK)

    def _head(self) -> None:
        """The names of the columns, on every page."""
        self.y -= self.leading
        names = [
            wrapped(printable(column.name), width, self.size, self.bold, MAX_LINES)
            for column, (_, width) in zip(self.document.columns, self.columns, strict=True)
        ]
        self._draw(names, self.bold)
        self._rule(self.y + self.leading - 3)
        self.y -= 2

    def _room_for(self, lines: float) -> None:
        if self.y - lines * self.leading < MARGIN + 4:
            self.canvas.showPage()
            self._start_page()

    # Rows

    def _row(self, row: DocumentRow) -> None:
        face = self.regular if row.style == "normal" else self.bold
        cells = list(self._cells(row, face))
        # A heading stays with the row that it is the heading of.
        self._room_for(max(map(len, cells), default=1) + (row.style == "heading"))
        if row.style in {"subtotal", "total"}:
            self._rule(self.y + self.size + 0.5)
        self._draw(cells, face, row.indent)
        if row.style == "total":
            self._rule(self.y + self.leading - 2)

    def _cells(self, row: DocumentRow, face: Typeface) -> Iterator[list[str]]:
        cells = cells_of(row, self.document.columns)
        for number, (cell, (_, width)) in enumerate(zip(cells, self.columns, strict=True)):
            room = width - (self._indent(row.indent, width) if number == 0 else 0)
            yield [_figure(cell)] if not isinstance(cell, str) else wrapped(cell, room, self.size, face, MAX_LINES)

    def _indent(self, level: int, width: float) -> float:
        return min(level * INDENT, width / 2)

    def _draw(self, cells: list[list[str]], face: Typeface, indent: int = 0) -> None:
        """The lines of each cell, from `y` down."""
        for number, (lines, (left, width)) in enumerate(zip(cells, self.columns, strict=True)):
            inset = self._indent(indent, width) if number == 0 else 0
            for line, text in enumerate(lines):
                if text:
                    y = self.y - line * self.leading
                    self._cell(left + inset, y, width - inset, text, face, right=self.document.columns[number].is_right)
        self.y -= max(map(len, cells), default=1) * self.leading

    def _cell(self, left: float, y: float, room: float, text: str, face: Typeface, *, right: bool) -> None:
        """A figure too wide for its column gets smaller letters: half an amount is a wrong amount."""
        size, width = self.size, face.width(text) * self.size
        if width > room:
            size, width = size * room / width, room
        self._text(left + room - width if right else left, y, text, size, face)

    def _notes(self) -> None:
        notes = [*self.document.notes]
        notes += [OWN_FONTS] if self.seen & EAST_ASIAN else []
        notes += [MISSING] if REPLACEMENT in self.seen else []
        for note in notes:
            self._room_for(4 * MAX_LINES if len(note) > NOTE_LINE else 2)
            self._paragraph(note, SIZE, self.regular, 4 * MAX_LINES)

    # Ink

    def _rule(self, y: float) -> None:
        self.canvas.setLineWidth(0.4)
        self.canvas.line(MARGIN, y, self.width - MARGIN, y)

    def _text(self, x: float, y: float, text: str, size: float, face: Typeface) -> None:
        runs = face.runs(text)
        for number, run in enumerate(runs, 1):
            self.canvas.setFont(run.font, size)
            self.canvas.drawString(x, y, run.text)
            self.seen.add(run.font)
            if REPLACEMENT in run.text:
                self.seen.add(REPLACEMENT)
            if number < len(runs):
                x += self.canvas.stringWidth(run.text, run.font, size)


def _figure(cell: Cell) -> str:
    return f"{cell:,f}" if isinstance(cell, Decimal) else cell_text(cell)
