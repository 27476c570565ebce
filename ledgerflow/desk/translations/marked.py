"""Which texts are marked for translation: in Python, in templates, and what rooms declare in plain English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation.template import templatize

from ledgerflow.core.sentences import WORDS
from ledgerflow.desk.translations.catalogue import CatalogueMessage
from ledgerflow.desk.translations.declared import labels
from ledgerflow.filling import folder
from ledgerflow.installing import HOME, ROOMS

# What a link to a cure and a column of a report are called, and what a phrase says, is translated where it is shown.
# By the letters before `gettext`, which arguments of a call are the context, the text and its plural.
PLACES: dict[str, tuple[int | None, int, int | None]] = {
    "": (None, 0, None),
    "n": (None, 0, 1),
    "p": (0, 1, None),
    "np": (0, 1, 2),
}
_NAME = re.compile(r"(n?p?)gettext(?:_lazy|_noop)?|(_)|Cure|Column|phrase")
_STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)")


def marked_texts() -> set[CatalogueMessage]:
    """All of them, wherever they are."""
    found = {one for path in _sources() for one in marked_in_python(path.read_text())}
    found |= {one for path in folder("templates").rglob("*.html") for one in marked_in_template(path.read_text())}
    return found | {CatalogueMessage(one) for one in labels() if one}


def marked_in_python(source: str) -> Iterator[CatalogueMessage]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield from _template_of(node)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given = {one.arg: _text(one.value) for one in node.keywords}
            if name == "form_page":  # what its button says is translated by its template
                yield from _message("", [given.get("action")])
            if name[:1].isupper():  # what a refusal is given, or a fact that becomes a part of one
                yield from (CatalogueMessage(text) for one, text in given.items() if one in WORDS and text)
            match = _NAME.fullmatch(name)
            values = [_text(one) for one in node.args]
            if match is not None and values:
                yield from _message(match[1] or "", values)


def marked_in_template(source: str) -> Iterator[CatalogueMessage]:
    for name, strings in _CALL.findall(templatize(source)):
        values = ast.literal_eval(f"[{strings}]")
        yield from _message(name.removesuffix("gettext").removesuffix("_"), values)


def _template_of(node: ast.ClassDef) -> Iterator[CatalogueMessage]:
    """The sentence of a refusal. A class of pages says in `template` which file it has, which has no spaces."""
    for one in node.body:
        if isinstance(one, ast.Assign) and [getattr(name, "id", "") for name in one.targets] == ["template"]:
            text = _text(one.value) or ""
            if " " in text or text.endswith("}"):
                yield CatalogueMessage(text)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _message(kind: str, values: list[Any]) -> Iterator[CatalogueMessage]:
    """Nothing where a part is no text but a variable: what it holds is marked elsewhere."""
    parts = ["" if place is None else values[place] if place < len(values) else None for place in PLACES[kind]]
    context, text, plural = parts
    if isinstance(context, str) and isinstance(text, str) and isinstance(plural, str) and text:
        yield CatalogueMessage(text, plural, context)


def _sources() -> Iterator[Path]:
    for name in sorted({room.partition(".")[0] for room in ROOMS}):
        yield from sorted((HOME / name).rglob("*.py"))
