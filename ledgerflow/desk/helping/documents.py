"""The documentation as pages of the desk: the files of `docs/`, which are in the wheel, as HTML.

Links between the files become links between the pages, relative ones, so that they stay in the books one is in. The
files are ours, and HTML in them is shown as text all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ledgerflow.filling import folder

DOCUMENTS = ("*.md", "decisions/*.md")
RIGHT = "text-align:right"
_OUTSIDE = re.compile(r"[a-z]+:|//")
_NO_WORD = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class HelpDocument:
    """A file as a page: its first heading is the title; `headings` are (address within the page, text)."""

    title: str
    html: str
    headings: tuple[tuple[str, str], ...]


@cache
def documents() -> dict[str, Path]:
    """By name, such as `desk` or `decisions/0052-books-in-the-address`."""
    root = folder("docs")
    paths = sorted(path for form in DOCUMENTS for path in root.glob(form))
    return {path.relative_to(root).with_suffix("").as_posix(): path for path in paths}


@cache
def document_named(name: str) -> HelpDocument:
    """The document of this name. Raises `KeyError` where there is none."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(documents()[name].read_text())
    headings = _with_addresses(tokens)
    title = headings.pop(0)[1]
    del tokens[:3]  # the title, which the page has above
    for token in _every(tokens):
        _fit(token, name)
    _without_empty_heads(tokens)
    return HelpDocument(title, markdown.renderer.render(tokens, markdown.options, {}), tuple(headings))


def address_in_page(heading: str) -> str:
    """What follows `#` in a link to a heading, as the places know it where these files are read too."""
    return _NO_WORD.sub("", heading.lower()).replace(" ", "-")


def _with_addresses(tokens: list[Token]) -> list[tuple[str, str]]:
    """Give each heading its address; of two that are the same the second one has a number."""
    found: list[tuple[str, str]] = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            text = "".join(one.content for one in tokens[place + 1].children or [])
            address = address_in_page(text)
            before = sum(re.fullmatch(rf"{re.escape(address)}(-\d+)?", one) is not None for one, _ in found)
            found.append((f"{address}-{before}" if before else address, text))
            token.attrSet("id", found[-1][0])
    return found


def _every(tokens: list[Token]) -> list[Token]:
    return [one for token in tokens for one in (token, *(token.children or []))]


def _fit(token: Token, name: str) -> None:
    """What the policy of the pages or a reader without a mouse would stop at, and where links lead."""
    if token.type in {"th_open", "td_open"} and token.attrs.pop("style", "") == RIGHT:
        token.attrSet("class", "lf-amount")
    elif token.type in {"table_open", "fence"}:
        token.attrSet("tabindex", "0")  # it scrolls where it is wider than the page
    elif token.type == "link_open":
        _lead(token, name)


def _lead(token: Token, name: str) -> None:
    """To the page of a file that is one; a file that does not ship is named where the link was, and leads nowhere."""
    wanted = str(token.attrGet("href"))
    path, _, heading = wanted.partition("#")
    if _OUTSIDE.match(wanted) or not path:
        return
    found = normpath(join(dirname(name), path)).removesuffix(".md")
    if path.endswith(".md") and found in documents():
        token.attrSet("href", f"{relpath(found, name)}/" + (f"#{heading}" if heading else ""))
    else:
        token.attrs = {"data-file": path}


def _without_empty_heads(tokens: list[Token]) -> None:
    """The first column of many tables has no name: a cell then, because nobody can be read a name that is not there."""
    for opens, text, closes in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opens.type == "th_open" and not text.content:
            opens.tag = closes.tag = "td"
