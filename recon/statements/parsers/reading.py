"""Bank statements out of the bytes of a file, in whatever format they are. Pure."""

from __future__ import annotations

from itertools import pairwise

from recon.statements.errors import (
    ColumnsMissing,
    StatementEmpty,
    StatementFormatUnknown,
    StatementTooLarge,
)
from recon.statements.parsers.bai2 import is_bai2, read_bai2
from recon.statements.parsers.camt import is_camt, read_camt
from recon.statements.parsers.columns import DELIMITERS, ColumnMap
from recon.statements.parsers.csv_lines import read_csv_lines
from recon.statements.parsers.mt940 import is_mt940, read_mt940
from recon.statements.parsers.ofx import is_ofx, read_ofx
from recon.statements.parsers.shapes import MAX_BYTES, ParsedFile
from recon.statements.parsers.texts import head_of

# In this order: the first one that knows the beginning of the file reads it.
FORMATS = ((is_camt, read_camt), (is_ofx, read_ofx), (is_bai2, read_bai2), (is_mt940, read_mt940))
# How archives begin (zip and workbooks, gzip, bzip2, xz, 7z, zstandard), and PDF: whatever the map of columns says,
# they are no CSV in a strange encoding.
PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd", b"%PDF-")
FEWEST_COLUMNS = 3  # a date, an amount, and something that tells what it was


def read_statements(data: bytes, columns: ColumnMap | None = None) -> ParsedFile:
    """All statements of a file: MT940, CAMT.052, .053 or .054, OFX, BAI2, or CSV with a map of its columns.

    The format is known by what is in the file. Money that came in is positive, and amounts are in major units. A
    statement with both balances is proven: its lines lead from one to the other, or the file is refused. Raises
    `StatementRefused` with the line where something is wrong; then nothing of the file is taken.
    """
    if len(data) > MAX_BYTES:
        raise StatementTooLarge(most=MAX_BYTES, unit="bytes")
    head = head_of(data)
    if not head.strip("\x00 \t\r\n"):
        raise StatementEmpty
    if data.startswith(PACKED):
        raise StatementFormatUnknown
    for knows, read in FORMATS:
        if knows(head):
            return read(data)
    if columns is not None:
        return read_csv_lines(data, columns)
    if _looks_like_csv(head):
        raise ColumnsMissing(missing="it needs one that tells where the date, the amount and the currency are")
    raise StatementFormatUnknown


def _looks_like_csv(head: str) -> bool:
    """Whether one of the first lines has the same mark between columns as the next, and often enough."""
    lines = [line for line in head.replace("\r\n", "\n").split("\n")[:20] if line.strip()]
    return any(
        min(first.count(mark), second.count(mark)) >= FEWEST_COLUMNS - 1
        for first, second in pairwise([*lines, *lines[-1:]])
        for mark in DELIMITERS
    )
