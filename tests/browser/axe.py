"""axe-core in a page: what people with a screen reader, without a mouse or with weak eyes could not use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.devtools import Browser

# As it is distributed, with its licence (MPL-2.0) at its top.
FILE = Path(__file__).with_name("axe.min.js")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Preloading would bring styles into the page, which the policy stops; no rule of these needs it.
RUN = """axe.run({exclude: %s}, {runOnly: %s, resultTypes: ["violations"], preload: false, iframes: false}).then(found => found.violations.flatMap(rule =>
    rule.nodes.map(node => `${rule.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`
        + ` ${node.any.concat(node.all, node.none).map(check => check.message).join("; ").slice(0, 200)}`)))"""


def violations(browser: Browser, *, without: Sequence[str] = ()) -> list[str]:
    """Each rule that the page breaks, with the element that breaks it; not looking at parts that match `without`."""
    browser.run(_source())
    return list(browser.run(RUN % (list(without), list(TAGS))))


@cache
def _source() -> str:
    return FILE.read_text() + "; undefined"
