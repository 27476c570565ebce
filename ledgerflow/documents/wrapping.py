"""Text cut into lines of a width. Pure but for the widths, which a typeface knows."""

from __future__ import annotations

from typing import Protocol

MORE = "…"


class Measure(Protocol):
    def width(self, text: str) -> float:
        """How wide the text is at size 1."""
        ...


def wrapped(text: str, room: float, size: float, face: Measure, most: int) -> list[str]:
    """At most `most` lines, broken at spaces and inside of words that are too long; what does not fit is "…"."""
    width = room / size
    if face.width(text) <= width:
        return [text]
    lines: list[str] = []
    rest = text.strip()
    while rest and len(lines) < most:
        line = _first_line(rest, width, face)
        rest = rest[len(line) :].lstrip()
        lines.append(line.rstrip())
    if rest:
        last = lines[-1]
        while last and face.width(last + MORE) > width:
            last = last[:-1]
        lines[-1] = last.rstrip() + MORE
    return lines


def _first_line(text: str, width: float, face: Measure) -> str:
    """The longest beginning that fits, up to a space if there is one in it; at least one character."""
    fits, too_long = 1, len(text) + 1
    while too_long - fits > 1:  # widths grow with the text, or nearly: so halve
        middle = (fits + too_long) // 2
        if face.width(text[:middle].rstrip()) <= width:
            fits = middle
        else:
            too_long = middle
    if fits == len(text) or text[fits] == " ":
        return text[:fits]
    space = text.rfind(" ", 0, fits)
    return text[: space + 1] if space > 0 else text[:fits]
