"""Types of events are added to, and nothing else: whoever read them yesterday reads them today."""

from __future__ import annotations

import json
from typing import Literal

import msgspec
import pytest

from ledgerflow.core.events import Fact
from ledgerflow.core.plugins import registry
from tests.house.event_types import declared, differences, kept

pytestmark = pytest.mark.pure


def test_what_was_published_once_stays() -> None:
    assert list(differences(kept(), declared(registry.events))) == []


def test_what_was_added_is_kept() -> None:
    """`make event-types` writes it."""
    assert kept() == json.loads(json.dumps(declared(registry.events)))


# A check that cannot fail is a defect: each change that breaks a reader, and those that do not.


class Part(msgspec.Struct, frozen=True):
    amount: str
    side: Literal["debit", "credit"] = "debit"


class Thing(Fact, frozen=True):
    event_type = "thing.made"

    id: int
    parts: list[Part]
    note: str = ""
    title: str | None = None


def changed(**members: object) -> type[Fact]:
    """The fact with other members; None leaves one out, a pair has a default."""
    given: dict[str, object] = {
        "id": int,
        "parts": list[Part],
        "note": (str, ""),
        "title": (str | None, None),
    } | members
    fields = [(name, *one) if isinstance(one, tuple) else (name, one) for name, one in given.items() if one is not None]
    required = [one for one in fields if len(one) == 2]
    made = msgspec.defstruct(
        "Thing", [*required, *(one for one in fields if len(one) == 3)], bases=(Fact,), frozen=True,
        namespace={"event_type": "thing.made", "event_version": 1},
    )  # fmt: skip
    assert issubclass(made, Fact)
    return made


def found(*facts: type[Fact]) -> list[str]:
    return list(differences(declared({"thing.made": Thing}), declared({fact.event_type: fact for fact in facts})))


class LargerPart(msgspec.Struct, frozen=True):
    amount: str
    side: Literal["debit", "credit"] = "debit"
    currency: str = "EUR"


class NarrowPart(msgspec.Struct, frozen=True):
    amount: str
    side: Literal["debit"] = "debit"


class DemandingPart(msgspec.Struct, frozen=True):
    amount: str
    currency: str
    side: Literal["debit", "credit"] = "debit"


class OtherThing(Fact, frozen=True):
    """Another."""

    event_type = "thing.unmade"


@pytest.mark.parametrize(
    "members, said",
    [
        ({"note": None}, ["thing.made.v1.note is gone"]),
        ({"id": str}, ['thing.made.v1.id was "integer" and is "string"']),
        ({"id": (int, 0)}, ["thing.made.v1.id"]),
        ({"note": str}, ["thing.made.v1.note"]),
        ({"note": (str, "-")}, ['thing.made.v1.note was "" and is "-"']),
        ({"title": (str, "")}, ["thing.made.v1.title"]),
        ({"weight": int}, ["thing.made.v1.weight is new and has no default"]),
        ({"parts": list[NarrowPart]}, ["thing.made.v1.parts.side"]),
        ({"parts": list[DemandingPart]}, ["thing.made.v1.parts.currency is new and has no default"]),
        ({"parts": Part}, ["thing.made.v1.parts"]),
    ],
)
def test_a_change_that_breaks_a_reader_is_found(members: dict[str, object], said: list[str]) -> None:
    changes = found(changed(**members))
    assert changes
    assert all(change.startswith(said[0]) for change in changes), changes


def test_a_type_that_is_gone_is_found() -> None:
    assert found(OtherThing) == ["thing.made.v1 is gone"]


@pytest.mark.parametrize("members", [{}, {"weight": (int | None, None)}, {"parts": list[LargerPart]}])
def test_an_addition_breaks_nobody(members: dict[str, object]) -> None:
    assert found(changed(**members), OtherThing) == []
