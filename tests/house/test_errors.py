"""Each class of refusal: in the room that refuses, with a code of its own, and with constraints that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import get_resolver

from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from ledgerflow.core.errors.base import by_constraint
from ledgerflow.core.errors.requests import BodyTooSlow
from tests.attacks import connect

# What a constraint, a unique index or a function of a trigger is called in the database.
NAMES = """
    SELECT conname::text FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
    UNION SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND c.relnamespace = current_schema()::regnamespace
"""
BODIES = "SELECT prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
BEGIN, END = "<!-- codes -->", "<!-- /codes -->"
RAISED = re.compile(r"CONSTRAINT = '(\w+)'")


@pytest.fixture(scope="module", autouse=True)
def _every_room_is_there() -> None:
    """The URLs lead to whatever refuses something: before they are read, some of it may not have been imported."""
    assert get_resolver().url_patterns


def all_classes(base: type[LedgerError] = LedgerError) -> list[type[LedgerError]]:
    """Those of the product that are told to somebody; a name that begins with an underscore never leaves its module."""
    children = [
        child
        for child in base.__subclasses__()
        if not child.__name__.startswith("_") and not child.__module__.startswith("tests.")
    ]
    return [base, *(found for child in children for found in all_classes(child))]


def test_no_two_kinds_of_error_share_a_code() -> None:
    """A class that says no code of its own is the same to programs as its base, and other words to people."""
    codes = [kind.code for kind in all_classes() if "code" in kind.__dict__]
    assert sorted(codes) == sorted(set(codes))


def test_an_error_stands_in_the_errors_of_its_room() -> None:
    for kind in all_classes():
        assert re.search(r"(^ledgerflow\.core\.errors\.|\berrors$|_errors$)", kind.__module__), kind


def test_only_what_failed_for_now_can_be_retried() -> None:
    for kind in all_classes():
        assert kind.retryable == issubclass(kind, (TryAgain, OutcomeUnknown, BodyTooSlow)), kind
        assert issubclass(kind, TryAgain) <= (kind.status == 503), kind


def test_every_constraint_that_a_class_names_is_there() -> None:
    with connect() as connection:
        known = {name for (name,) in connection.execute(NAMES)}
        known |= {name for (body,) in connection.execute(BODIES) for name in RAISED.findall(body)}
    assert by_constraint.keys() - known == set()


def test_an_error_has_a_sentence_for_people() -> None:
    """It is raised with its data only."""
    assert [kind for kind in all_classes()[1:] if not kind.template] == []


def codes() -> list[str]:
    """The rows of the table in `docs/api.md`, from the classes; what a class says of itself, or else its sentence."""
    kinds = sorted((kind for kind in all_classes()[1:] if "code" in kind.__dict__), key=lambda kind: kind.code)
    meanings = {kind: " ".join((kind.__doc__ or kind.template).partition("\n\n")[0].split()) for kind in kinds}
    return [f"| `{kind.code}` | {kind.status} | {meanings[kind]} |" for kind in kinds]


def test_every_code_is_documented() -> None:
    """`docs/api.md` holds between its marks what `codes` makes of the classes."""
    text = DOCUMENT.read_text()
    table = text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip().splitlines()
    assert table == ["| Code | Status | When |", "|---|---|---|", *codes()]
