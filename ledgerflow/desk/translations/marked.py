"""Which texts are marked for translation: in Python, in templates, and the labels of models and of columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.utils.translation import gettext_lazy, override
from django.utils.translation.template import templatize

from ledgerflow.core.plugins import registry
from ledgerflow.desk.navigation import GROUPS, OTHERS, WORK
from ledgerflow.desk.translations.catalogue import CatalogueMessage
from ledgerflow.filling import folder
from ledgerflow.installing import HOME, ROOMS

# What a link to a cure is called is translated where it is shown.
# By the letters before `gettext`, which arguments of a call are the context, the text and its plural.
PLACES: dict[str, tuple[int | None, int, int | None]] = {
    "": (None, 0, None),
    "n": (None, 0, 1),
    "p": (0, 1, None),
    "np": (0, 1, 2),
}
_NAME = re.compile(r"(n?p?)gettext(?:_lazy|_noop)?|(_)|Cure")
_STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)")


def marked_texts() -> set[CatalogueMessage]:
    """All of them, wherever they are."""
    found = {one for path in _sources() for one in marked_in_python(path.read_text())}
    found |= {one for path in folder("templates").rglob("*.html") for one in marked_in_template(path.read_text())}
    return found | {CatalogueMessage(one) for one in labels() if one}


def marked_in_python(source: str) -> Iterator[CatalogueMessage]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            match = _NAME.fullmatch(name)
            values = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
            if match is not None and values:
                yield from _message(match[1] or "", values)


def marked_in_template(source: str) -> Iterator[CatalogueMessage]:
    for name, strings in _CALL.findall(templatize(source)):
        values = ast.literal_eval(f"[{strings}]")
        yield from _message(name.removesuffix("gettext").removesuffix("_"), values)


def labels() -> set[str]:
    """What rooms, models, columns of lists, places of the navigation and checks of Home are called, untranslated."""
    found: set[str] = set()
    with override(None):
        own = own_apps()
        found |= {str(config.verbose_name) for config in own}
        found |= {section.label for section in WORK} | {label for label, _ in GROUPS} | {OTHERS}
        found |= {check.title for check in registry.home_checks.values()}
        for model, model_admin in admin.site._registry.items():  # noqa: SLF001 - there is no other way
            meta: Any = model._meta  # noqa: SLF001 - documented
            if meta.app_config in own:
                found |= {str(meta.verbose_name), str(meta.verbose_name_plural)}
                found |= {str(label_for_field(name, model, model_admin)) for name in model_admin.list_display}
    return found


def own_apps() -> list[AppConfig]:
    return [one for one in apps.get_app_configs() if one.name in ROOMS]


def make_labels_translatable() -> None:
    """Rooms call their models and fields in plain English; from now on each page shows them in its language."""
    for config in own_apps():
        config.verbose_name = _lazily(config.verbose_name)
        for model in config.get_models():
            meta: Any = model._meta  # noqa: SLF001 - documented
            meta.verbose_name, meta.verbose_name_plural = map(_lazily, (meta.verbose_name, meta.verbose_name_plural))
            for field in meta.local_concrete_fields:
                field.verbose_name = _lazily(field.verbose_name)


def _lazily(label: Any) -> Any:
    with override(None):  # Django makes a plural that is lazy itself
        text = str(label)
    return gettext_lazy(text) if text else label


def _message(kind: str, values: list[Any]) -> Iterator[CatalogueMessage]:
    """Nothing where a part is no text but a variable: what it holds is marked elsewhere."""
    parts = ["" if place is None else values[place] if place < len(values) else None for place in PLACES[kind]]
    context, text, plural = parts
    if isinstance(context, str) and isinstance(text, str) and isinstance(plural, str) and text:
        yield CatalogueMessage(text, plural, context)


def _sources() -> Iterator[Path]:
    for name in sorted({room.partition(".")[0] for room in ROOMS}):
        yield from sorted((HOME / name).rglob("*.py"))
