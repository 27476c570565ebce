"""Which alphabet the bytes of a file are in: by a mark, by their form, or as somebody says. Never by a guess. Pure."""

from __future__ import annotations

import codecs
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import NamedTuple

from ledgerflow.files.problems import FileProblem, OptionProblem

# Python's encodings hold more than alphabets, such as zip archives; these are the ones that people and banks write.
ENCODINGS = frozenset({
    "utf-8", "utf-8-sig", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "utf-16-le", "utf-16-be",
    *(f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)), "latin-1", "latin1",
    *(f"windows-{page}" for page in range(1250, 1259)), *(f"cp{page}" for page in range(1250, 1259)),
    "cp437", "cp850", "cp852", "cp866",
})  # fmt: skip
# Those that are shown for bytes that are no UTF-8: what Windows, Unix and DOS wrote in Western and Central Europe.
LIKELY = ("windows-1252", "iso-8859-1", "windows-1250", "cp850")
UTF8 = "utf-8-sig"  # a byte order mark is fine and no part of the first column's name

_WORD = re.compile(rb"[^\s,;|\"]{1,20}")
_SHOWN = 20


class Encoding(NamedTuple):
    """The name of an encoding, and for people how it is known."""

    name: str
    why: str


def encoding_of(head: bytes, said: str = "") -> Encoding:
    """The encoding of a file that begins with these bytes; `why` is "" where it is UTF-8 only if all of it is.

    Raises `OptionProblem` for an encoding that is not taken, and `FileProblem` where a mark says another one.
    """
    if said and said.lower() not in ENCODINGS:
        message = f"{said!r} is no encoding that is read here; it is one such as utf-8, utf-16, cp1252 or iso-8859-1."
        raise OptionProblem(message)
    found = _marked(head)
    if not said:
        return found or Encoding(UTF8, "")
    name = codecs.lookup(said).name
    if found is None and name == "utf-16":
        message = "The file has no mark of UTF-16, and may be utf-16-le or utf-16-be: say which."
        raise FileProblem(message)
    if found is None:
        return Encoding(UTF8 if name == "utf-8" else said.lower(), "as you say")
    if not _is_same(name, found.name):
        message = f"You say that the file is {said}, and {found.why}, which is {found.name}."
        raise FileProblem(message)
    return Encoding(found.name, f"as you say, and {found.why}")


def utf16_of(data: bytes) -> str:
    """The kind of UTF-16 by the mark at the beginning, or by the NUL of its first character; "" for another."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    nuls = [not byte for byte in data[:4]]
    if nuls == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if nuls == [True, False, True, False] else ""


def readings(data: bytes, place: int) -> str:
    """What the word around the byte at `place` would be in the encodings that are likely, for people."""
    start = max(data.rfind(mark, 0, place) for mark in (b"\n", b"\r", b",", b";", b"\t", b" ", b'"', b"|")) + 1
    word = _WORD.match(data, max(start, place - _SHOWN))
    found: dict[str, list[str]] = {}
    for name in LIKELY:
        try:
            found.setdefault(word[0].decode(name) if word else "", []).append(name)
        except UnicodeDecodeError:
            continue
    return ", ".join(f"{text!r} in {' and '.join(names)}" for text, names in found.items())


def _marked(head: bytes) -> Encoding | None:
    if head.startswith(BOM_UTF8):
        return Encoding(UTF8, "it begins with the mark of UTF-8")
    name = utf16_of(head)
    if not name:
        return None
    has_mark = name == "utf-16"
    return Encoding(name, "it begins with the mark of UTF-16" if has_mark else "every second byte at its start is NUL")


def _is_same(said: str, found: str) -> bool:
    """Whether both are UTF-8, or both the same or an unspecific kind of UTF-16."""
    if found == UTF8:
        return said in {"utf-8", "utf-8-sig"}
    return said == found or ("utf-16" in {said, found} and said.startswith("utf-16"))
