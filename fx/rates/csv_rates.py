"""Rates from a CSV file: base,quote,date,kind,value and, where rows have their own, source. Pure."""

from __future__ import annotations

import csv
from datetime import date

from fx.rates.errors import CellsUnlikeHeader, DateUnreadable, RowUnreadable
from fx.rates.files import FileRefused, Found, RateFile, RefusedRate
from fx.rates.quotes import SPOT, Quote, check_quote, check_source, parse_rate
from ledgerflow.core.errors import LedgerError, Malformed

NEEDED = ("base", "quote", "date", "value")
COLUMNS = (*NEEDED, "kind", "source")


def read_csv_rates(data: bytes) -> RateFile:
    """The rates of a file in UTF-8 whose first line names the columns, in any order; `kind` is spot unless given.

    A row that is no rate is refused and stops nothing. Raises `FileRefused` for another encoding, and for columns
    that are missing, unknown or named twice.
    """
    lines = lines_of(data)
    if not lines[0].strip():
        message = "The file is empty: the first line must name the columns."
        raise FileRefused(message)
    names = _names(lines[0])
    file = RateFile([], [])
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            file.rates.append(_found(number, names, line))
        except LedgerError as refusal:
            file.refused.append(RefusedRate(number, line, refusal.code, refusal.message))
    return file


def lines_of(data: bytes) -> list[str]:
    """The bytes as lines of UTF-8, at least one. Raises `FileRefused` with the line of the first byte that is not."""
    try:
        # Not splitlines(): it also ends lines at characters that no editor counts as one.
        return [line.removesuffix("\r") for line in data.decode("utf-8-sig").split("\n")]
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"The file is not UTF-8: byte 0x{data[error.start]:02x} on line {line}."
        raise FileRefused(message) from error


def cells_of(line: str) -> list[str]:
    """One line as cells. No cell goes over a line, so a stray quote harms only its own. Raises `Malformed`."""
    try:
        (cells,) = csv.reader([line], strict=True)
    except csv.Error as error:
        raise RowUnreadable(reason=str(error)) from error
    return [cell.strip() for cell in cells]


def _names(line: str) -> list[str]:
    try:
        names = [name.lower() for name in cells_of(line)]
    except Malformed as error:
        message = f"The first line must name the columns. {error.message}"
        raise FileRefused(message) from error
    missing = [name for name in NEEDED if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing or unknown or len(set(names)) != len(names):
        message = (
            f"The first line must name the columns {', '.join(COLUMNS)} (the last two if you need them), each once."
        )
        raise FileRefused(message)
    return names


def _found(number: int, names: list[str], line: str) -> Found:
    cells = cells_of(line)
    if len(cells) != len(names):
        raise CellsUnlikeHeader(cells=len(cells), columns=len(names))
    row = dict(zip(names, cells, strict=True))
    kind = row.get("kind") or SPOT
    quote = Quote(row["base"], row["quote"], read_date(row["date"]), kind, parse_rate(row["value"]))
    check_quote(quote)
    source = row.get("source", "")
    if source:
        check_source(source)
    return Found(number, quote, source)


def read_date(text: str) -> date:
    """YYYY-MM-DD. Raises `Malformed`."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:  # fromisoformat also takes 20260302 and 2026-W10-1
        raise DateUnreadable(text=text[:50])
    return found
