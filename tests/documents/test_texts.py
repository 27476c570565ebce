"""How a text is drawn in a file: its direction, its marks, and where its lines break."""

from __future__ import annotations

import pytest

from ledgerflow.documents.bidi import visual
from ledgerflow.documents.wrapping import wrapped

pytestmark = pytest.mark.pure

# Right to left: capitals stand for Hebrew letters


def hebrew(text: str) -> str:
    return "".join(chr(0x05D0 + ord(letter) - 65) if letter.isupper() else letter for letter in text)


@pytest.mark.parametrize(
    "text, drawn",
    [
        ("plain", "plain"),
        ("ABC", "CBA"),
        ("ABC 12.30 (D)", "(D) 12.30 CBA"),
        ("bank AB CD, then", "bank DC BA, then"),
        ("A bank B", "B bank A"),
        ("ABC 50%", "50% CBA"),
        ("AB!", "!BA"),
        ("x 12 AB", "x 12 BA"),
        ("12 AB", "BA 12"),
    ],
)
def test_text_from_right_to_left_is_drawn_from_its_end(text: str, drawn: str) -> None:
    assert visual(hebrew(text)) == hebrew(drawn)


def test_marks_stay_on_their_letter_and_controls_are_not_drawn() -> None:
    assert visual("\u05d0\u05b8\u05d1") == "\u05d1\u05d0\u05b8"
    assert visual("a\u202eb\u200f") == "ab"


# Lines


class Fixed:
    """Every character is one wide."""

    def width(self, text: str) -> float:
        return len(text)


@pytest.mark.parametrize(
    "text, lines",
    [
        ("short", ["short"]),
        ("two words", ["two", "words"]),
        ("a wordthatistoolong", ["a", "wordth", "atisto", "olong"]),
        ("one two three four five", ["one", "two", "three", "four…"]),
        ("exactly six in", ["exactl", "y six", "in"]),
        ("a" * 30, ["aaaaaa", "aaaaaa", "aaaaaa", "aaaaa…"]),
        ("", [""]),
    ],
)
def test_lines_are_broken_at_spaces_and_inside_long_words(text: str, lines: list[str]) -> None:
    assert wrapped(text, 6, 1, Fixed(), 4) == lines


def test_a_column_too_narrow_for_a_character_ends() -> None:
    assert wrapped("wide", 0.5, 1, Fixed(), 2) == ["w", "…"]
