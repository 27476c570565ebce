"""Text out of the bytes of a bank, in whatever encoding they came, and made fit to be stored. Pure."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator

from ledgerflow.files.encodings import ENCODINGS, utf16_of
from recon.statements.errors import EncodingNotTaken, EncodingUnreadable, StatementBroken, StatementTooLarge

MAX_REFERENCE = 140
MAX_NAME = 140
MAX_TEXT = 2000
MAX_RAW = 4000
MAX_TEXT_LINES = 4_000_000
MAX_CHARACTERS = 1_000_000  # of a line, and of a row or record that goes over several

# Control characters, and those that turn the direction of what stands behind them: who pays writes the text that an
# operator reads.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]+"
)
# In windows-1252 these bytes are marks of punctuation that no word has inside; in the code pages of DOS, which banks
# of Central Europe still write, they are vowels.
_DOS_LETTER = re.compile(rb"[a-z][\x81\x82\x84\xa1-\xa3][a-z]")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_IBAN_IN_TEXT = re.compile(r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b", re.ASCII)
_NAMED_NOTHING = frozenset({"NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE", "EREF", "KREF", "KREF+", "EREF+"})


def clean(text: str, most: int) -> str:
    """The text without control characters, white space reduced to single blanks, with at most so many characters."""
    return " ".join(_UNSEEN.sub(" ", text[: most * 4]).split())[:most].rstrip()


def reference(text: str) -> str:
    """A reference, or "" where the bank wrote a word that says that there is none here."""
    found = clean(text, MAX_REFERENCE)
    return "" if found.upper() in _NAMED_NOTHING else found


def iban(text: str) -> str:
    """The text when it has the shape of an IBAN, without its blanks, or ""."""
    found = text[:60].replace(" ", "").upper()
    return found if _IBAN.fullmatch(found) else ""


def iban_in(text: str) -> str:
    """The first IBAN in a free text. Its check digits must be right, since other numbers have the same shape."""
    for found in _IBAN_IN_TEXT.findall(text):
        digits = "".join(str(int(character, 36)) for character in found[4:] + found[:4])
        if int(digits) % 97 == 1:
            return str(found)
    return ""


def decoded(data: bytes) -> str:
    """The text of a format that does not tell its encoding: UTF-16 by its mark, UTF-8, windows-1252, or that of DOS.

    Raises `EncodingUnreadable`.
    """
    marked = utf16_of(data)
    if marked:
        return decoded_as(data, marked)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if not _DOS_LETTER.search(data):
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            pass
    return data.decode("cp852")


def decoded_as(data: bytes, encoding: str) -> str:
    """Raises `EncodingNotTaken`, or `EncodingUnreadable` with the line of the first byte that means nothing."""
    if encoding.lower() not in ENCODINGS:
        raise EncodingNotTaken(encoding=encoding[:40])
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EncodingUnreadable(encoding=encoding, line=line) from error


def head_of(data: bytes, most: int = 64 * 1024) -> str:
    """The beginning as text, good enough to recognise a format by: nothing is refused."""
    head = data[:most].removeprefix(BOM_UTF8)
    return head.decode(utf16_of(data) or "latin-1", "replace").removeprefix("\ufeff")


def lines_of(text: str) -> Iterator[str]:
    """Its lines, one by one: 64 million empty ones would be half a gigabyte as a list. Raises `StatementBroken`.

    Not splitlines(), which also ends lines at characters that no editor counts as one.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = number = 0
    while start <= len(text):
        number += 1
        if number > MAX_TEXT_LINES:
            raise StatementTooLarge(most=MAX_TEXT_LINES, unit="lines of text")
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start > MAX_CHARACTERS:
            raise StatementBroken(line=number, reason=f"The line has more than {MAX_CHARACTERS:,} characters.")
        yield text[start:end]
        start = end + 1
