"""Small charts: figures in, SVG out. Pure.

Colours and strokes come from the style sheet by class (`lf-chart…`), so that light, dark and print have their own and
a strict policy for content has nothing to refuse. A title and a description say in words what the chart shows; the
page puts the figures beside it as a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 240, 48
INSIDE = 2  # between the lines and the edge, so that nothing is cut off

Number = Decimal | int


class Point(NamedTuple):
    """One place on the axis: what it is called, and its figure."""

    label: str
    value: Number


class TwoBars(NamedTuple):
    """One place on the axis with two figures that are not negative: what came in, and what went out."""

    label: str
    up: Number
    down: Number


class Words(NamedTuple):
    """What a chart is called, and what it shows, for those who do not see it. `name` is part of ids on the page."""

    name: str
    title: str
    description: str


def line_chart(points: Sequence[Point], words: Words) -> str:
    """A line through the values, with a line at zero where it is crossed; nothing for no points."""
    if not points:
        return ""
    low, high = _range(point.value for point in points)
    step = max(len(points) - 1, 1)
    places = [
        f"{INSIDE + (WIDTH - 2 * INSIDE) * number // step},{_height(point.value, low, high)}"
        for number, point in enumerate(points)
    ]
    zero = _zero_line(_height(0, low, high)) if low < 0 < high else ""
    return _svg(words, f'{zero}<polyline class="lf-chart-line" points="{" ".join(places)}"/>')


def bar_chart(points: Sequence[Point], words: Words) -> str:
    """A bar for each value, none of which is negative; nothing for no points."""
    if not points:
        return ""
    _, high = _range((0, *(point.value for point in points)))
    bars = [
        _bar(number, len(points), _height(point.value, 0, high), HEIGHT - INSIDE, "lf-chart-bar", point)
        for number, point in enumerate(points)
    ]
    return _svg(words, "".join(bars))


def pair_chart(pairs: Sequence[TwoBars], words: Words) -> str:
    """Two bars for each pair, one up and one down from a line in the middle; nothing for no pairs."""
    if not pairs:
        return ""
    most = max(max(pair.up, pair.down) for pair in pairs)
    middle = _height(0, -most, most)
    bars = []
    for number, pair in enumerate(pairs):
        top, bottom = _height(pair.up, -most, most), _height(-pair.down, -most, most)
        bars.append(_bar(number, len(pairs), top, middle, "lf-chart-in", Point(pair.label, pair.up)))
        bars.append(_bar(number, len(pairs), middle, bottom, "lf-chart-out", Point(pair.label, -pair.down)))
    return _svg(words, "".join(bars) + _zero_line(middle))


def _range(values: Iterable[Number]) -> tuple[Number, Number]:
    found = list(values)
    return min(found), max(found)


def _height(value: Number, low: Number, high: Number) -> int:
    """From the top. What never changes stands in the middle."""
    if high == low:
        return HEIGHT // 2
    return HEIGHT - INSIDE - int((HEIGHT - 2 * INSIDE) * (value - low) / (high - low))


def _bar(number: int, count: int, top: int, bottom: int, css_class: str, point: Point) -> str:
    left, right = (INSIDE + (WIDTH - 2 * INSIDE) * place // count for place in (number, number + 1))
    width = max(right - left - 1, 1)
    title = f"<title>{escape(point.label)}: {point.value:,}</title>"
    return f'<rect class="{css_class}" x="{left}" y="{top}" width="{width}" height="{bottom - top}">{title}</rect>'


def _zero_line(height: int) -> str:
    return f'<line class="lf-chart-zero" x1="0" x2="{WIDTH}" y1="{height}" y2="{height}"/>'


def _svg(words: Words, inside: str) -> str:
    name = escape(words.name)
    return (
        f'<svg class="lf-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{name}-title {name}-text">'
        f'<title id="{name}-title">{escape(words.title)}</title>'
        f'<desc id="{name}-text">{escape(words.description)}</desc>{inside}</svg>'
    )
