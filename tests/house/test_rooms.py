"""What rooms declare is what code uses, and no room names a higher one, by string either."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest
from django.apps import apps

from ledgerflow.core.plugins import registry

PROJECT = Path(__file__).parents[2]
ROOMS = ("accounts", "apps", "fx", "journals", "ledgerflow", "recon", "reports")
# The rooms from the lowest to the highest, and what the lower ones may not say.
HIGHER = {
    "ledgerflow": ("accounts", "journals", "fx", "recon"),
    "accounts": ("journals", "fx", "recon"),
    "journals": ("fx", "recon"),
    "fx": ("recon",),
}
# The apps inside them: their labels are common words, so that only what follows one makes a name of it.
INSIDE = {
    "accounts": (),
    "journals": ("holds", "days", "periods", "schedules", "taxes", "series", "portability", "attachments"),
    "fx": ("rates", "deals", "revaluation", "functional"),
    "recon": ("statements", "matching", "cases", "recon_reports", "open_items"),
}
# What puts the rooms together has to name them.
WIRING = frozenset(
    {
        "ledgerflow/installing.py",
        "ledgerflow/urls.py",
        "ledgerflow/urls_to_include.py",
        "ledgerflow/role_urls/query.py",
        "ledgerflow/settings.py",
    }
)
# A role of accounts, which anybody's chart may have, is a word of the domain.
ALLOWED = frozenset({"fx_clearing", "journals_journalkind"})
# A path of the API and a member of a body are interfaces that people know, whoever is above.
WORDS_OF_THE_API = frozenset({"accounts", "journals"})
# A table or a permission: the label, then the name of a model or an action on one.
MODEL = r"(?:view|add|change|delete|close|reopen|lock|override)_\w+|[a-z]+\b"
EXAMPLE = "def f():\n    '''What rates_rate is.'''\n    return {text!r}  # fx\n"


def strings(source: str) -> list[tuple[int, str]]:
    """The strings of a module with their lines, docstrings left out: comments and they may tell who is above."""
    tree = ast.parse(source)
    told = {
        (node.body[0].value.lineno, node.body[0].value.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    }  # fmt: skip
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = [(token.start, token.string) for token in tokens if token.type == tokenize.STRING]
    return [(start[0], text) for start, text in found if start not in told]


def named(source: str, rooms: tuple[str, ...]) -> list[str]:
    """The words in its strings that begin with the label of one of the rooms: a table, an app, a permission, a kind."""
    labels = [label for room in rooms for label in INSIDE[room]]
    names = rf"|\b(?:{'|'.join(labels)})[_.](?:{MODEL})" if labels else ""
    word = re.compile(rf"\b(?:{'|'.join(rooms)})(?:[_.]\w+)?\b{names}")
    if not word.search(source):  # to read it as Python takes long
        return []
    return [
        f"{line}: {one}"
        for line, text in strings(source)
        for one in word.findall(text)
        if one not in ALLOWED | WORDS_OF_THE_API
    ]


# The desk puts all rooms on one admin site: it may know them.
DESK = PROJECT / "ledgerflow" / "desk"


def modules(room: str) -> list[Path]:
    return [path for path in (PROJECT / room).rglob("*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("room", ["accounts", "journals"])
def test_no_room_names_a_higher_one(room: str) -> None:
    found = {path.relative_to(PROJECT).as_posix(): named(path.read_text(), HIGHER[room]) for path in modules(room)}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_platform_names_no_domain_room_but_in_its_wiring() -> None:
    found = {
        path.relative_to(PROJECT).as_posix(): named(path.read_text(), HIGHER["ledgerflow"])
        for path in modules("ledgerflow")
        if DESK not in path.parents
    }
    assert {name: lines for name, lines in found.items() if lines and name not in WIRING} == {}


@pytest.mark.parametrize("text", ["fx_revaluation", "fx", "SELECT 1 FROM rates_rate", "rates.view_rate"])
def test_a_name_of_a_higher_room_is_found(text: str) -> None:
    assert [line.partition(":")[0] for line in named(EXAMPLE.format(text=text), ("fx",))] == ["3"]


@pytest.mark.parametrize("text", ["suffix_", "fx_clearing", "effects"])
def test_another_word_is_none(text: str) -> None:
    assert named(EXAMPLE.format(text=text), ("fx",)) == []


def test_every_room_that_declares_something_is_registered() -> None:
    declared = {path.parent.name for room in ROOMS for path in (PROJECT / room).rglob("plugin.py")}
    assert declared <= {plugin.room for plugin in registry.plugins}


def test_every_kind_of_journal_that_code_posts_is_declared() -> None:
    posted = {
        keyword.value.value
        for room in ROOMS
        for path in modules(room)
        if "Draft" in path.read_text()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Draft")
        for keyword in node.keywords
        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
    }
    assert posted
    assert posted <= registry.journal_kinds.keys()


def test_permissions_of_its_own_are_declared_by_each_room() -> None:
    """Beyond Django's four a model."""
    made = {f"{model._meta.app_label}.{name}" for model in apps.get_models() for name, _ in model._meta.permissions}
    assert made == {permission.name for plugin in registry.plugins for permission in plugin.permissions}
