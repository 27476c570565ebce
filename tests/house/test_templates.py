"""Templates keep to the policy of the pages: nothing that a browser would stop stands in them."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
PROJECT = Path(__file__).parents[2]
FORBIDDEN = {
    "a script in the page": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "a style in the page": re.compile(r"<style\b", re.IGNORECASE),
    "a style on an element": re.compile(r"<[^>]*\sstyle=", re.IGNORECASE),
    "a handler on an element": re.compile(r"<[^>]*\son[a-z]+=", re.IGNORECASE),
    "a script as an address": re.compile(r"[\"']\s*javascript:", re.IGNORECASE),
}


def test_no_template_has_a_script_or_a_style_of_its_own() -> None:
    templates = sorted((PROJECT / "templates").rglob("*.html"))
    assert templates
    found = [
        f"{path.relative_to(PROJECT)}: {what}"
        for path in templates
        for what, form in FORBIDDEN.items()
        if form.search(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>1</script>",
        "<style>",
        '<p class="x" style="color:red">',
        "<a onclick='x()'>",
        '<a href="javascript:x">',
    ],
)
def test_each_way_is_found(html: str) -> None:
    assert any(form.search(html) for form in FORBIDDEN.values())
