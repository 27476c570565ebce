"""Fonts of PDF files: which of them can show which character.

Noto Sans (Latin, Greek, Cyrillic) and FiraGO (Hebrew, Arabic, Thai, Georgian, Devanagari) are put into the file, as
far as it uses them. Chinese, Japanese and Korean name fonts that the reader's program brings along: a file of theirs
has many megabytes. What none can show is U+FFFD.
"""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from itertools import groupby
from threading import Lock
from typing import Any, NamedTuple

import pymupdf_fonts
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from ledgerflow.documents.bidi import visual

REPLACEMENT = "\ufffd"
CHINESE, JAPANESE, KOREAN = "STSong-Light", "HeiseiKakuGo-W5", "HYGothic-Medium"
EAST_ASIAN = frozenset({CHINESE, JAPANESE, KOREAN})
_KANA = re.compile("[\u3041-\u30ff]")
_EAST_ASIAN = re.compile("[\u3000-\u303f\u3041-\u30ff\u4e00-\u9fa5\uff01-\uff5e]")
_HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e]")


_reading = Lock()


class TextRun(NamedTuple):
    """Text of one font."""

    font: str
    text: str


class Typeface:
    """A weight: the fonts that are tried one after the other. Widths are for a size of 1."""

    def __init__(self, *fonts: TTFont) -> None:
        self.fonts: list[tuple[str, dict[int, float]]] = [(str(font.fontName), font.face.charWidths) for font in fonts]
        self.first, self.widths = self.fonts[0]

    def width(self, text: str) -> float:
        """How wide the text is drawn."""
        if all(ord(character) in self.widths for character in text):
            return sum(self.widths[ord(character)] for character in text) / 1000
        width: float = sum(pdfmetrics.stringWidth(run.text, run.font, 1) for run in self.runs(text))
        return width

    def runs(self, text: str) -> list[TextRun]:
        """The text in the order of drawing, cut where the font changes."""
        if text.isascii():
            return [TextRun(self.first, text)]
        japanese = _KANA.search(text) is not None
        placed = [self._placed(character, japanese=japanese) for character in visual(text)]
        return [
            TextRun(font, "".join(run.text for run in runs)) for font, runs in groupby(placed, key=lambda run: run.font)
        ]

    def _placed(self, character: str, *, japanese: bool) -> TextRun:
        for font, widths in self.fonts:
            if ord(character) in widths:
                return TextRun(font, character)
        if _HANGUL.match(character):
            return TextRun(KOREAN, character)
        if _EAST_ASIAN.match(character):
            return TextRun(JAPANESE if japanese else CHINESE, character)
        return TextRun(self.first, REPLACEMENT)


def typefaces() -> tuple[Typeface, Typeface]:
    """The regular and the bold one, read at the first use.

    Once, whatever the threads do: a font registered again under a name that a page is being drawn with would mix up
    the letters of that page.
    """
    with _reading:
        return _typefaces()


@cache
def _typefaces() -> tuple[Typeface, Typeface]:
    for name in EAST_ASIAN:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return (
        Typeface(_font("notos", "NotoSans"), _font("figo", "FiraGO")),
        Typeface(_font("notosbo", "NotoSans-Bold"), _font("figbo", "FiraGO-Bold")),
    )


def _font(key: str, name: str) -> Any:
    font = TTFont(name, BytesIO(pymupdf_fonts.myfont(key)))
    pdfmetrics.registerFont(font)
    return font
