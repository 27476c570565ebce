"""XML element by element, each with its line, in bounded memory. Pure.

No statement has a document type, so one is refused: without it there are no entities to expand or to fetch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from ledgerflow.files.encodings import utf16_of
from recon.statements.errors import StatementBroken, StatementTooLarge
from recon.statements.parsers.texts import MAX_RAW, decoded_as

CHUNK = 64 * 1024
MAX_DEPTH = 64
RAW_BYTES = 4 * MAX_RAW
MAX_ELEMENTS = 50_000  # that are kept at a time: those of one entry and of the head of its statement
MAX_ALL_ELEMENTS = 4_000_000
# Different ones, of elements, attributes and namespaces: the parser keeps each to the end. A message has some hundred.
MAX_NAMES = 5000
MAX_PIECE = 1_000_000
MAX_CHARACTERS = 10_000  # of the text of one element; more is cut off

_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


class Element:
    """`name` is without its namespace, which banks write in a dozen ways and which tells nothing that is needed."""

    __slots__ = ("attributes", "children", "line", "name", "size", "start", "text")

    def __init__(self, name: str, attributes: dict[str, str], line: int, start: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.start = start
        self.text = ""
        self.children: list[Element] = []
        self.size = 1

    def all(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    def find(self, *path: str) -> Element | None:
        """The first element down the path."""
        found: Element | None = self
        for name in path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def value(self, *path: str) -> str:
        """The text of the first element down the path, or ""."""
        found = self.find(*path)
        return found.text.strip() if found else ""


# Takes each element when it ends, with the names of those around it and the bytes it is made of. Returns whether it
# is done with, so that it need not be kept.
Taker = Callable[[Element, Sequence[str], bytes], bool]


def read_xml(data: bytes, take: Taker, *, starts: Callable[[str, int], None] = lambda _name, _line: None) -> None:
    """Give each element to `take`, and the name and line of each that begins to `starts`.

    Raises `StatementBroken` with the line where it is no XML, or more than can be kept.
    """
    data = _utf8(data)
    builder = _XmlBuilder(data, take, starts)
    parser = DefusedXMLParser(target=builder, encoding="utf-8", forbid_dtd=True)
    builder.expat = parser.parser
    parser.parser.StartNamespaceDeclHandler = builder.namespace
    try:
        for start in range(0, len(data), CHUNK):
            # A tag comes in one piece, with all its attributes: what is longer than any of a bank is not waited for.
            if start - builder.position > MAX_PIECE:
                reason = f"Behind this tag, there is none for more than {MAX_PIECE:,} bytes."
                raise StatementBroken(line=builder.line, reason=reason)
            parser.feed(data[start : start + CHUNK])
        parser.close()
    except ParseError as error:
        raise StatementBroken(line=error.position[0], reason=f"The XML cannot be read: {error}.") from error
    except DefusedXmlException as error:
        reason = "The XML has a document type or entities of its own, which no statement has."
        raise StatementBroken(line=parser.parser.CurrentLineNumber, reason=reason) from error


def _utf8(data: bytes) -> bytes:
    """The document in UTF-8, whatever its declaration says it is in."""
    declared = _DECLARED.match(data[:400])
    encoding = utf16_of(data) or (declared[1].decode().lower() if declared else "utf-8")
    text = decoded_as(data, encoding)
    return data if encoding in {"utf-8", "us-ascii", "ascii"} else text.encode()


class _XmlBuilder:
    def __init__(self, data: bytes, take: Taker, starts: Callable[[str, int], None]) -> None:
        self._data = data
        self._take = take
        self._starts = starts
        self._open: list[Element] = []
        self._names: list[str] = []
        self._kept = self._seen = 0
        self._known: set[str] = set()
        self.line = 1
        self.position = 0  # of the last tag
        self.expat: object = None

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        self._know(f"{prefix} {uri}")

    def _know(self, *names: str) -> None:
        self._known.update(names)
        if len(self._known) > MAX_NAMES:
            raise StatementBroken(
                line=self.expat.CurrentLineNumber,  # type: ignore[attr-defined]
                reason=f"The XML has more than {MAX_NAMES} different names, and no statement has so many.",
            )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line: int = self.expat.CurrentLineNumber  # type: ignore[attr-defined]
        self._know(tag, *attributes)
        name = tag.rpartition("}")[2]
        self._kept += 1
        self._seen += 1
        if self._seen > MAX_ALL_ELEMENTS:
            raise StatementTooLarge(most=MAX_ALL_ELEMENTS, unit="elements")
        if len(self._open) >= MAX_DEPTH or self._kept > MAX_ELEMENTS:
            reason = (
                f"The XML is nested more than {MAX_DEPTH} deep or has more than {MAX_ELEMENTS} elements in a piece."
            )
            raise StatementBroken(line=line, reason=reason)
        self.line, self.position = line, self.expat.CurrentByteIndex  # type: ignore[attr-defined]
        element = Element(name, attributes, line, self.position)
        self._open.append(element)
        self._names.append(name)
        self._starts(name, line)

    def data(self, text: str) -> None:
        if self._open and len(self._open[-1].text) < MAX_CHARACTERS:
            self._open[-1].text += text[:MAX_CHARACTERS]

    def end(self, _tag: str) -> None:
        element = self._open.pop()
        self._names.pop()
        self.position = self.expat.CurrentByteIndex  # type: ignore[attr-defined]
        raw = self._data[element.start : min(self.position, element.start + RAW_BYTES)]
        if self._take(element, self._names, raw):
            self._kept -= element.size
        elif self._open:
            self._open[-1].children.append(element)
            self._open[-1].size += element.size
