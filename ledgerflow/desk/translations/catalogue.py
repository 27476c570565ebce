"""Catalogues of translations: reading and writing .po files, and compiling .mo files as Python's gettext reads them.

GNU gettext does the same, and is not on every machine that LedgerFlow runs or is developed on. Pure.
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

MAGIC = 0x950412DE
CONTEXT_ENDS = "\x04"  # between the context of a text and the text
NEXT = "\x00"  # between a text and its plural
_LINE = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[([0-9])\])?)?\s*(".*")')

_PLACE = re.compile(r"%\([a-z_]+\)s|\{[a-z_.]*(?:![rs]|:[^{}]*)?\}")


class CatalogueMessage(NamedTuple):
    """A text that is marked for translation."""

    text: str
    plural: str = ""
    context: str = ""

    def is_kept_by(self, form: str) -> bool:
        """Whether a translation has the places for figures that the text has: another name of one would fail a page."""
        ours, theirs = set(_PLACE.findall(self.text)), set(_PLACE.findall(form))
        return theirs <= ours | set(_PLACE.findall(self.plural)) if self.plural else theirs == ours


@dataclass
class Translation:
    """What a catalogue says of a text; `forms` are one, or one for each plural of the language."""

    forms: list[str] = field(default_factory=list)
    is_fuzzy: bool = False

    @property
    def is_whole(self) -> bool:
        return bool(self.forms) and all(self.forms) and not self.is_fuzzy


class CatalogueUnreadable(ValueError):
    def __init__(self, number: int, line: str) -> None:
        super().__init__(f"Line {number} is none of a catalogue: {line[:80]!r}.")


Catalogue = dict[CatalogueMessage, Translation]
HEADER = CatalogueMessage("")


def read_catalogue(text: str) -> Catalogue:
    """All entries of a .po file, its header being the one of the empty text. Raises `CatalogueUnreadable`."""
    found: Catalogue = {}
    for lines in _entries(text):
        parts: dict[str, str] = {}
        is_fuzzy, last = False, ""
        for number, line in lines:
            if line.startswith("#"):
                is_fuzzy = is_fuzzy or (line.startswith("#,") and "fuzzy" in line)
                continue
            match = _LINE.fullmatch(line)
            if match is None:
                raise CatalogueUnreadable(number, line)
            last = match[1] or last
            parts[last] = parts.get(last, "") + ast.literal_eval(match[3])
        if "msgid" in parts:
            forms = [parts[name] for name in sorted(parts) if name.startswith("msgstr")]
            message = CatalogueMessage(parts["msgid"], parts.get("msgid_plural", ""), parts.get("msgctxt", ""))
            found[message] = Translation(forms, is_fuzzy)
    return found


def write_catalogue(catalogue: Mapping[CatalogueMessage, Translation]) -> str:
    """The .po file: the header first, then texts in their order, one a line, so that a change is a small difference."""
    ordered = sorted(catalogue, key=lambda one: (one != HEADER, one.text.lower(), one))
    return "\n".join("".join(_written(one, catalogue[one])) for one in ordered)


def compiled(catalogue: Mapping[CatalogueMessage, Translation]) -> bytes:
    """The .mo file of the texts that are translated: sorted by their bytes, without a table of hashes."""
    texts = {}
    for message, translation in catalogue.items():
        if translation.is_whole:
            name = f"{message.context}{CONTEXT_ENDS if message.context else ''}{message.text}"
            name += f"{NEXT}{message.plural}" if message.plural else ""
            texts[name.encode()] = NEXT.join(translation.forms).encode()
    ordered = sorted(texts)
    start = 7 * 4
    places, data = [b"", b""], b""
    begins = start + len(ordered) * 16
    for place, column in enumerate((ordered, [texts[name] for name in ordered])):
        for one in column:
            places[place] += struct.pack("<II", len(one), begins + len(data))
            data += one + b"\x00"
    head = struct.pack("<IIIIIII", MAGIC, 0, len(ordered), start, start + len(ordered) * 8, 0, begins)
    return head + places[0] + places[1] + data


def with_marked(catalogue: Catalogue, marked: Iterable[CatalogueMessage], plurals: int) -> Catalogue:
    """The catalogue with an empty place for each marked text that it lacks, and without what is not marked any more."""
    kept = {HEADER: catalogue.get(HEADER, Translation(["Content-Type: text/plain; charset=UTF-8\n"]))}
    empty = {one: [""] * (plurals if one.plural else 1) for one in marked}
    return kept | {one: catalogue.get(one, Translation(forms)) for one, forms in empty.items()}


def _entries(text: str) -> Iterator[list[tuple[int, str]]]:
    """The lines of each entry, with their numbers."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip():
            lines.append((number, line.strip()))
        elif lines:
            yield lines
            lines = []


def _written(message: CatalogueMessage, translation: Translation) -> Iterator[str]:
    if translation.is_fuzzy:
        yield "#, fuzzy\n"
    if message.context:
        yield f"msgctxt {_quoted(message.context)}\n"
    yield f"msgid {_quoted(message.text)}\n"
    if message.plural:
        yield f"msgid_plural {_quoted(message.plural)}\n"
    for number, one in enumerate(translation.forms):
        yield f"msgstr{f'[{number}]' if message.plural else ''} {_quoted(one)}\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    first, *more = escaped.splitlines(keepends=True) or [""]
    if not more:
        return '"' + first.replace("\n", "\\n") + '"'
    return '""\n' + "\n".join('"' + line.replace("\n", "\\n") + '"' for line in (first, *more))
