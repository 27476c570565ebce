"""Reference rates of the European Central Bank as its files have them: 1 EUR = rate of each currency. Pure.

History is a CSV, mostly in a ZIP: a line per day, newest first, a column per currency that ever was in the list, N/A
where it was not. The daily feed and that of the last 90 days are XML. All are told apart by their first bytes.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from codecs import BOM_UTF8
from datetime import date
from lzma import LZMAError
from xml.parsers import expat

from fx.rates.csv_rates import cells_of, lines_of, read_date
from fx.rates.errors import CellsUnlikeHeader
from fx.rates.files import FileRefused, Found, RateFile, RefusedRate
from fx.rates.quotes import SPOT, Quote, check_quote, parse_rate
from ledgerflow.core.errors import LedgerError, Malformed

EURO = "EUR"
SOURCE = "ECB"
GAPS = frozenset({"", "N/A", "-"})
MAX_BYTES = 64 * 1024 * 1024  # unpacked; the whole history has 2 MB
# All that zipfile is known to raise for bytes that are no archive, or a broken one.
BROKEN = (
    zipfile.BadZipFile, zlib.error, LZMAError, struct.error, RuntimeError, EOFError, OSError, ValueError,
)  # fmt: skip
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip


def read_ecb(data: bytes, kind: str = SPOT) -> RateFile:
    """All rates of a file of the ECB, oldest day first: zipped or plain CSV, or XML.

    A gap is no rate and no error. A cell, day or row that is neither gap nor rate is refused and stops nothing.
    Raises `FileRefused` for what is none of these files.
    """
    if len(data) > MAX_BYTES:
        raise FileRefused(_too_large())
    if data.startswith(b"PK"):
        data = _unzipped(data)
    file = _Feed(kind).read(data) if data.removeprefix(BOM_UTF8).lstrip()[:1] == b"<" else _read_csv(data, kind)
    if not file.rates and not file.refused:
        message = "There is no rate in this file."
        raise FileRefused(message)
    file.rates.sort(key=lambda found: found.quote.rate_date)
    return file


def _unzipped(data: bytes) -> bytes:
    """The one CSV or XML file of an archive, read up to the limit whatever size the archive claims."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith((".csv", ".xml"))]
            names = [name for name in names if not name.startswith("__MACOSX/")]  # what macOS puts beside each file
            if len(names) != 1:
                message = f"The ZIP file must hold one CSV or XML file, not {len(names)}."
                raise FileRefused(message)
            with archive.open(names[0]) as member:
                unpacked = member.read(MAX_BYTES + 1)
    except BROKEN as error:
        message = f"The ZIP file cannot be unpacked: {error}."
        raise FileRefused(message) from error
    if len(unpacked) > MAX_BYTES:
        raise FileRefused(_too_large())
    return unpacked


def _too_large() -> str:
    return f"A file of rates has at most {MAX_BYTES // 1024 // 1024} MiB."


def _read_csv(data: bytes, kind: str) -> RateFile:
    lines = lines_of(data)
    header = _header(lines[0])
    file = RateFile([], [])
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            cells = _cells(line, len(header))
            day = _day(cells[0])
            if len(cells) != len(header):
                raise CellsUnlikeHeader(cells=len(cells), columns=len(header))
        except LedgerError as refusal:
            file.refused.append(RefusedRate(number, line, refusal.code, refusal.message))
            continue
        for currency, text_of_rate in zip(header[1:], cells[1:], strict=True):
            _take(file, number, Quote(EURO, currency, day, kind, ZERO_YET), text_of_rate)
    return file


ZERO_YET = parse_rate("1")  # stands in until the cell is read


def _header(line: str) -> list[str]:
    try:
        header = _cells(line, line.count(","))
    except Malformed:
        header = []
    if not header or header[0] != "Date" or len(header) == 1 or len(set(header)) != len(header):
        message = "This is no file of the ECB: the first line of its CSV is Date,USD,JPY, … with each currency once."
        raise FileRefused(message)
    return header


def _cells(line: str, wanted: int) -> list[str]:
    """The cells of a line, without the empty one after the comma that each line of the ECB ends with."""
    cells = [cell.strip() for cell in line.split(",")] if '"' not in line else cells_of(line)
    return cells[:-1] if len(cells) == wanted + 1 and not cells[-1] else cells


def _day(text: str) -> date:
    """2008-09-15 as in the history, or 15 September 2008 as in the daily CSV."""
    day, _, rest = text.partition(" ")
    month, _, year = rest.partition(" ")
    if month in MONTHS:
        text = f"{year}-{MONTHS.index(month) + 1:02d}-{day.zfill(2)}"
    return read_date(text)


def _take(file: RateFile, line: int, quote: Quote, text: str) -> None:
    if text in GAPS:
        return
    try:
        found = quote._replace(value=parse_rate(text))
        check_quote(found)
    except Malformed as refusal:
        shown = f"{quote.rate_date} {quote.quote[:50]} {text[:50]}"
        file.refused.append(RefusedRate(line, shown, refusal.code, refusal.message))
    else:
        file.rates.append(Found(line, found))


class _Feed:
    """<Cube time="2026-04-13"> with <Cube currency="USD" rate="1.1684"/> inside; everything else is passed over.

    The feeds have no document type, so one is refused: without it there are no entities to expand or to fetch.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._day: date | None = None
        self._file = RateFile([], [])
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start

    def read(self, data: bytes) -> RateFile:
        try:
            self._parser.Parse(data, True)  # noqa: FBT003 - expat's own signature: this is all of it
        except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: encodings that are none
            message = f"The XML cannot be read: {error}."
            raise FileRefused(message) from error
        return self._file

    def _refuse_doctype(self, *_: object) -> None:
        message = "The XML has a document type, which the feeds of the ECB do not have."
        raise FileRefused(message)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] != "Cube":
            return
        line = self._parser.CurrentLineNumber
        if "time" in attributes:
            self._open_day(line, attributes["time"])
        elif "currency" in attributes and self._day is not None:
            quote = Quote(EURO, attributes["currency"], self._day, self._kind, ZERO_YET)
            _take(self._file, line, quote, attributes.get("rate", ""))

    def _open_day(self, line: int, text: str) -> None:
        try:
            self._day = read_date(text)
        except Malformed as refusal:
            self._day = None
            self._file.refused.append(RefusedRate(line, text, refusal.code, refusal.message))
