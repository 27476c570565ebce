"""Every event is a fact that a room declares: none is recorded as loose text, none is unknown, none is undocumented."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard, get_args, get_type_hints

import msgspec
import pytest
from django.db import connection

from journals.proof import replay
from ledgerflow.core.events import Fact
from ledgerflow.core.plugins import Plugin, registry
from tests.eventful import eventful_books
from tests.house.test_house_rules import PRODUCT, PROJECT, modules, name_of

DOCUMENT = PROJECT / "docs" / "events.md"
BEGIN, END = "<!-- begin of the catalogue -->", "<!-- end of the catalogue -->"
RECORDING = ("record", "record_encoded")
DECLARING = {"events.py", "hold_events.py"}
# Who may name what: one place appends to the log, and one moves the business date.
ONLY_IN = {
    r"(COPY|INSERT INTO) books_event\b": {"ledgerflow/books/writing.py"},
    r"UPDATE books_entity SET business_date\b": {"ledgerflow/books/business_dates.py"},
    r"\bBusinessDateAdvancedFact\(": {"ledgerflow/books/business_dates.py", "ledgerflow/books/events.py"},
}


# --- where facts are written ---


def recorded_as_text(source: str) -> list[int]:
    """The lines that record an event whose first argument is text, or put together from text."""
    if not any(f".{name}" in source for name in RECORDING):  # to read it as Python takes long
        return []
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RECORDING
        if node.args and (isinstance(node.args[0], ast.JoinedStr) or is_text(node.args[0]))
    ]


def is_text(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_no_event_is_recorded_as_text() -> None:
    found = [f"{name_of(path)}:{line}" for path in modules(PRODUCT) for line in recorded_as_text(path.read_text())]
    assert found == []


@pytest.mark.parametrize("call", ['tx.record("day.closed", s, a)', 'self.tx.record_encoded(f"hold.{x}", s, b"", a)'])
def test_an_event_that_is_recorded_as_text_is_found(call: str) -> None:
    assert recorded_as_text(f"x = 1\n{call}") == [2]
    assert recorded_as_text("tx.record(DayClosed(day), s, a)") == []


@pytest.mark.parametrize("pattern", ONLY_IN)
def test_the_log_and_the_business_date_have_one_door(pattern: str) -> None:
    found = {name_of(path) for path in modules(PRODUCT) if re.search(pattern, path.read_text())}
    assert found <= ONLY_IN[pattern]
    assert found, "the rule looks for what is not there"


def types_as_text(source: str) -> list[int]:
    """The lines where a type of event is written as text, which nothing compares with its declaration."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if is_text(node) and node.value in registry.events]


def test_types_are_written_where_they_are_declared() -> None:
    places = [path for path in modules(PRODUCT) if path.name not in DECLARING]
    assert [f"{name_of(path)}:{line}" for path in places for line in types_as_text(path.read_text())] == []


def test_a_type_that_is_written_as_text_is_found() -> None:
    assert types_as_text('x = 1\nif type_ == "day.closed":\n    pass') == [2]
    assert types_as_text('if type_ == "day":\n    pass') == []


# --- which facts there are ---


def declared_in(path: Path) -> Iterator[type[Fact]]:
    """The facts of a module that have a type of their own."""
    module = importlib.import_module(name_of(path).removesuffix(".py").replace("/", "."))
    for value in vars(module).values():
        own = isinstance(value, type) and issubclass(value, Fact) and value.__module__ == module.__name__
        if own and "event_type" in vars(value):
            yield value


def test_every_fact_is_declared_by_a_room() -> None:
    """And stands in its `events.py`; those of holds stand beside the write path, which captures them."""
    places = [
        path for path in modules(PRODUCT) if re.search(r"\((Drafted|Activated|Retired)?Fact, frozen", path.read_text())
    ]
    assert {path.name for path in places} == DECLARING
    found = {fact.event_type: fact for path in places for fact in declared_in(path)}
    assert found == registry.events


def test_every_fact_is_proved() -> None:
    """Somebody compares what follows from it: the replay of the log, or the verifier of a room."""
    followed = {fact for verifier in registry.verifiers.values() for fact in verifier.facts}
    assert followed | set(replay.FACTS) == set(registry.events.values())


def test_what_happens_in_books_is_declared() -> None:
    """Of all tests that this process has run so far: what a test declares for itself begins so."""
    eventful_books()
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT type FROM books_event WHERE type NOT LIKE 'test.%'")
        recorded = {type_ for (type_,) in cursor.fetchall()}
    assert "journal.posted" in recorded
    assert recorded <= registry.events.keys()


# --- and how they are documented ---


def catalogue() -> str:
    """What `docs/events.md` says of the facts, from their declarations."""
    rooms = [room for plugin in registry.plugins if plugin.events for room in _room(plugin)]
    parts = sorted({part for fact in registry.events.values() for part in _parts(fact)}, key=lambda part: part.__name__)
    rows = [f"| `{part.__name__}` | {_members(part)} |" for part in parts]
    return "\n".join([*rooms, "### Parts of facts", "", "| Part | Members |", "|---|---|", *rows, ""])


def _room(plugin: Plugin) -> list[str]:
    rows, first = [], dict[str, str]()
    for fact in plugin.events:
        members = _members(fact)
        alike = first.setdefault(members, fact.event_type)
        said = members if alike == fact.event_type else f"as `{alike}`"
        rows.append(f"| `{fact.event_type}` | {_sentence(fact)} | {said} |")
    return [f"### {plugin.room}", "", "| Type | What happened | Members |", "|---|---|---|", *rows, ""]


def _sentence(fact: type[Fact]) -> str:
    return (fact.__doc__ or "").strip().partition("\n")[0]


def _members(struct: type[msgspec.Struct]) -> str:
    annotations = {name: text for one in reversed(struct.__mro__) for name, text in _annotations(one).items()}
    return ", ".join(
        f"`{field.encode_name}: {annotations[field.name]}`" + ("" if field.required else "?")
        for field in msgspec.structs.fields(struct)
    )


def _annotations(one: type) -> dict[str, str]:
    return {name: str(text).replace("|", "or") for name, text in vars(one).get("__annotations__", {}).items()}


def _parts(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    """The structs within a fact."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        for hint in get_type_hints(annotation).values():
            yield from (part for part in _of_hint(hint) if part is not annotation)


def _of_hint(hint: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
        yield from _parts(hint)
    for argument in get_args(hint):
        yield from _of_hint(argument)


def test_the_parts_of_facts_have_names_of_their_own() -> None:
    parts = {part for fact in registry.events.values() for part in _parts(fact)}
    assert len({part.__name__ for part in parts}) == len(parts)


def test_every_fact_is_documented() -> None:
    """`docs/events.md` holds between its marks what `catalogue` makes of the declarations."""
    text = DOCUMENT.read_text()
    documented = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip()
    assert documented.splitlines() == catalogue().strip().splitlines()


def test_every_fact_says_what_happened() -> None:
    for fact in registry.events.values():
        assert _sentence(fact).endswith("."), f"{fact.__name__} needs a sentence of its own that fits into a line"
        assert "__doc__" in vars(fact), fact.__name__
