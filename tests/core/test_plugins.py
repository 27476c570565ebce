"""The registry of what rooms add: names are unique, and a room is taken whole or not at all."""

from __future__ import annotations

import pytest

from ledgerflow.core.plugins import Check, JournalKind, Plugin, Registry

pytestmark = pytest.mark.any_server


def _nothing(*_: object) -> list[str]:
    return []


def test_a_room_is_taken_in_once() -> None:
    rooms = Registry()
    rooms.add(Plugin(room="billing", journal_kinds=(JournalKind("invoice", "Invoice"),)))
    with pytest.raises(ValueError, match="billing"):
        rooms.add(Plugin(room="billing"))
    assert rooms.journal_kinds == {"invoice": JournalKind("invoice", "Invoice")}


def test_a_name_is_declared_once_over_all_rooms_and_a_refused_room_leaves_nothing() -> None:
    rooms = Registry()
    rooms.add(Plugin(room="one", checks=(Check("open_items", _nothing),)))
    two = Plugin(
        room="two", journal_kinds=(JournalKind("invoice", "Invoice"),), checks=(Check("open_items", _nothing),)
    )
    with pytest.raises(ValueError, match="open_items"):
        rooms.add(two)
    assert not rooms.journal_kinds
    assert [plugin.room for plugin in rooms.plugins] == ["one"]


def test_a_room_does_not_declare_a_name_twice() -> None:
    twice = Plugin(room="one", checks=(Check("open_items", _nothing), Check("open_items", _nothing)))
    with pytest.raises(ValueError, match="open_items"):
        Registry().add(twice)
