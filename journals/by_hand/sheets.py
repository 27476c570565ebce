"""The editor's form as it was typed: what a draft keeps, what is checked, and what becomes a journal. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

import msgspec

from journals.by_hand.errors import ColumnsUnknown, LinesUnreadable, TooManyJournalLines
from journals.drafts import MAX_LINES, ORDINARY

FIRST_ROWS = 4
MORE_ROWS = 5
MOST_ROWS = 100  # as fields; more lines stay text, so that no page is heavier than a few of these
COLUMNS = ("account", "description", "debit", "credit", "amount")
DELIMITERS = "\t;,"
# A plain number after a minus. What is calculated keeps its minus, which belongs to the first of its numbers alone.
_NEGATIVE = re.compile(r"[-\u2212]\s*([0-9.,'\u2019\s]+)", re.ASCII)


class SheetLine(msgspec.Struct, omit_defaults=True):
    """A line as typed: nothing in it has been looked at."""

    account: str = ""
    description: str = ""
    debit: str = ""
    credit: str = ""
    dimensions: dict[str, str] = {}

    def is_empty(self) -> bool:
        """Whether nobody typed anything."""
        texts = (self.account, self.description, self.debit, self.credit, *self.dimensions.values())
        return not any(text.strip() for text in texts)

    def given_dimensions(self) -> dict[str, str] | None:
        """The dimensions that have a value."""
        return {name: value.strip() for name, value in self.dimensions.items() if value.strip()} or None


class Sheet(msgspec.Struct, omit_defaults=True):
    """The form. `text` holds lines as CSV, after those in `lines`; `columns` says what they are without a head."""

    key: str = ""
    date: str = ""
    layer: str = ORDINARY
    reference: str = ""
    description: str = ""
    confirm: bool = False
    lines: list[SheetLine] = []
    text: str = ""
    columns: str = ""
    made_from: str = ""  # the template whose lines it began with, and its version

    def is_empty(self) -> bool:
        """Whether nobody typed anything but a date."""
        return not (self.reference.strip() or self.description.strip() or self.text.strip() or self.filled())

    def title(self, most: int) -> str:
        """What it is called in a list: its description, else its reference."""
        return (self.description.strip() or self.reference.strip())[:most].replace("\x00", "")

    def filled(self) -> list[SheetLine]:
        """The lines in which something stands."""
        return [line for line in self.lines if not line.is_empty()]

    def with_rows(self, more: int = 0) -> Sheet:
        """The same with empty rows at the end: at least `FIRST_ROWS` in all, and `more` than there are."""
        rows = max(len(self.lines) + more, FIRST_ROWS)
        added = [SheetLine() for _ in range(min(rows, MOST_ROWS) - len(self.lines))]
        return msgspec.structs.replace(self, lines=[*self.lines, *added])


def encoded(sheet: Sheet) -> str:
    """As a draft keeps it."""
    return msgspec.json.encode(sheet).decode()


def decoded(content: str) -> Sheet:
    """A kept draft back as the form."""
    return msgspec.json.decode(content, type=Sheet)


def all_lines(sheet: Sheet, dimensions: Sequence[str]) -> list[SheetLine]:
    """The lines in which something stands, those of the text after the others.

    Raises `ColumnsUnknown`, `LinesUnreadable` or `TooManyJournalLines`.
    """
    lines = [*sheet.filled(), *read_lines(sheet.text, sheet.columns, dimensions)]
    if len(lines) > MAX_LINES:
        raise TooManyJournalLines(most=MAX_LINES)
    return lines


def taken_over(sheet: Sheet, dimensions: Sequence[str]) -> Sheet:
    """The same with the text's lines as rows; where those are too many, with all of them in the text."""
    lines = all_lines(sheet, dimensions)
    if len(lines) <= MOST_ROWS:
        return msgspec.structs.replace(sheet, lines=lines, text="", columns="")
    return msgspec.structs.replace(sheet, lines=[], text=written(lines, dimensions), columns="")


def read_lines(text: str, columns: str, dimensions: Sequence[str]) -> list[SheetLine]:
    """Lines of CSV, with `;`, `,` or a tab between the fields, as spreadsheets copy them.

    The columns are those of a first line that names an account's column, else `columns`, else the usual order: account,
    description, debit, credit, then the dimensions of the books. `amount` is signed, debit positive.
    """
    rows = _rows_of(text)
    if not rows:
        return []
    head = _names(columns.replace(";", ",").split(","))
    start = 0
    if "account" in _names(rows[0][1]):
        head, start = _names(rows[0][1]), 1
    if head == [""]:
        head = ["account", "description", "debit", "credit", *_names(dimensions)]
    names = {name.lower(): name for name in dimensions}
    _check_columns(head, names)
    return [_line_of(number, fields, [names.get(name, name) for name in head]) for number, fields in rows[start:]]


def written(lines: Sequence[SheetLine], dimensions: Sequence[str]) -> str:
    """The lines as text that `read_lines` reads."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(["account", "description", "debit", "credit", *dimensions])
    for line in lines:
        values = [line.dimensions.get(name, "") for name in dimensions]
        writer.writerow([line.account, line.description, line.debit, line.credit, *values])
    return out.getvalue()


def _rows_of(text: str) -> list[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                rows.append((reader.line_num, fields))
            if len(rows) > MAX_LINES + 1:
                raise TooManyJournalLines(most=MAX_LINES)
    except csv.Error as error:
        raise LinesUnreadable(line=reader.line_num, reason=str(error)) from None
    return rows


def _names(fields: Sequence[str]) -> list[str]:
    return [field.strip().lower() for field in fields]


def _check_columns(head: Sequence[str], dimensions: Iterable[str]) -> None:
    known = [*COLUMNS, *dimensions]
    unknown = sorted({name for name in head if name not in known or head.count(name) > 1})
    if unknown or "account" not in head:
        raise ColumnsUnknown(columns=", ".join(unknown) or ", ".join(head), known=", ".join(known))


def _line_of(number: int, fields: Sequence[str], head: Sequence[str]) -> SheetLine:
    if len(fields) > len(head):
        raise LinesUnreadable(line=number, reason=f"it has {len(fields)} fields, and there are {len(head)} columns.")
    given = {name: field.strip() for name, field in zip(head, fields, strict=False)}
    account, description = given.pop("account", ""), given.pop("description", "")
    debit, credit, amount = given.pop("debit", ""), given.pop("credit", ""), given.pop("amount", "")
    if amount and (debit or credit):
        raise LinesUnreadable(line=number, reason="it has an amount besides a debit or a credit.")
    if amount:
        negative = _NEGATIVE.fullmatch(amount)
        debit, credit = ("", negative[1]) if negative else (amount, "")
    return SheetLine(account, description, debit, credit, {name: value for name, value in given.items() if value})
