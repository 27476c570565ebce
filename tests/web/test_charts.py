"""Charts: where their points lie, what they say to those who do not see them, and that nothing is written inline."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ledgerflow.web.pages.charts import HEIGHT, WIDTH, Point, TwoBars, Words, bar_chart, line_chart, pair_chart

pytestmark = pytest.mark.pure

WORDS = Words("cash", "Cash & bank", "From <10> to 30")


def shapes(svg: str, tag: str) -> list[dict[str, str]]:
    return [one.attrib for one in ET.fromstring(svg).iter(tag)]  # noqa: S314 - our own


def test_a_line_goes_from_edge_to_edge_and_shows_where_zero_is() -> None:
    svg = line_chart([Point("a", Decimal(-10)), Point("b", 0), Point("c", 30)], WORDS)
    (line,) = shapes(svg, "polyline")
    assert line["points"] == f"2,{HEIGHT - 2} 120,35 {WIDTH - 2},2"
    assert [one["y1"] for one in shapes(svg, "line")] == ["35"]
    (flat,) = shapes(line_chart([Point("a", 7)], WORDS), "polyline")
    assert flat["points"] == "2,24"
    assert shapes(line_chart([Point("a", 1), Point("b", 2)], WORDS), "line") == []


def test_bars_stand_on_the_ground_and_pairs_on_a_line_in_the_middle() -> None:
    bars = shapes(bar_chart([Point("a", 0), Point("b", 5), Point("c", 10)], WORDS), "rect")
    assert [(one["y"], one["height"]) for one in bars] == [("46", "0"), ("24", "22"), ("2", "44")]
    pairs = shapes(pair_chart([TwoBars("w1", 10, 5), TwoBars("w2", Decimal("2.5"), 0)], WORDS), "rect")
    assert [(one["class"], one["y"], one["height"]) for one in pairs] == [
        ("lf-chart-in", "2", "22"), ("lf-chart-out", "24", "11"), ("lf-chart-in", "19", "5"), ("lf-chart-out", "24", "0"),
    ]  # fmt: skip
    assert {one["height"] for one in shapes(pair_chart([TwoBars("w1", 0, 0)], WORDS), "rect")} == {"0"}


@pytest.mark.parametrize(
    "chart, points",
    [(line_chart, [Point("<b>", 1)]), (bar_chart, [Point("<b>", 1)]), (pair_chart, [TwoBars("<b>", 1, 2)])],
)
def test_a_chart_has_words_and_no_style_of_its_own(chart: Callable[..., str], points: list[Any]) -> None:
    assert chart([], WORDS) == ""
    svg = chart(points, WORDS)
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "cash-title cash-text"
    assert [(one.tag, one.text) for one in root][:2] == [("title", "Cash & bank"), ("desc", "From <10> to 30")]
    assert "style" not in svg
    assert "<b>" not in svg
