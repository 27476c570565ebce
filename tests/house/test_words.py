"""One word for an idea: nothing in the code has a name with a word that the glossary replaces, or a name of two things."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).parents[2]
ROOMS = ("ledgerflow", "accounts", "journals", "fx", "reports")
REPLACED = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
# What each room has under the same name because Django or the architecture says so.
OF_EVERY_ROOM = {"Meta", "Command"}


def replaced() -> set[str]:
    """The words in the last table of the glossary."""
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    return set(REPLACED.findall(glossary.partition("\n## Words that were replaced\n")[2]))


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts)


def names_in(path: Path) -> Iterator[str]:
    """Of the module, its classes and functions, and what may be a type of event."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and EVENT.fullmatch(node.value):
            yield node.value


def words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_the_glossary_says_what_it_replaces() -> None:
    assert {"fence", "deed", "verification"} <= replaced()
    assert words_of("_DayFence.last_seen") == {"day", "fence", "last", "seen"}


def test_no_name_has_a_word_that_the_glossary_replaces() -> None:
    old = replaced()
    found = {
        f"{path.relative_to(ROOT)}: {name}" for path in modules() for name in names_in(path) if words_of(name) & old
    }
    found |= {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.sql")
        if words_of(path.stem) & old
    }
    assert found == set()


def test_no_two_classes_have_the_same_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.name not in OF_EVERY_ROOM:
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_choices_are_written_as_sentences_are() -> None:
    """Django makes "Written Off" of a value that has no label of its own."""
    found = {
        f"{model._meta.label}.{field.name}: {label}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        for _, label in field.flatchoices
        if re.search(r"[A-Z][a-z]+ [A-Z][a-z]", str(label))
    }
    assert found == set()
