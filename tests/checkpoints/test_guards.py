"""What plain SQL cannot do to checkpoints: rows that are none, and any change of those that are there."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.attacks import Attack, Books, refused_by

pytestmark = pytest.mark.every_server

MOMENT = "2026-03-02T12:00:00Z"


def a_checkpoint(books: Books, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(), "entity_id": books.id, "number": 1, "size": 3, "root": bytes(32), "note": "n", "created_at": MOMENT,
    } | changes  # fmt: skip


def a_tile(books: Books, **changes: Any) -> dict[str, Any]:
    return {"entity_id": books.id, "level": 0, "first": 0, "hashes": bytes(96)} | changes


@pytest.mark.parametrize("changes", [{"number": 0}, {"size": 0}, {"number": 4}])
def test_a_checkpoint_has_a_number_and_at_least_as_many_events(
    attack: Attack, books: Books, changes: dict[str, Any]
) -> None:
    with refused_by("checkpoint_counts"):
        attack.insert("checkpoints_checkpoint", **a_checkpoint(books, **changes))


def test_there_is_one_checkpoint_of_a_size_and_of_a_number(attack: Attack, books: Books) -> None:
    first = a_checkpoint(books)
    attack.insert("checkpoints_checkpoint", **first)
    for constraint, changes in (
        ("checkpoint_size_unique", {"number": 2}),
        ("checkpoint_number_unique", {"size": 4}),
        ("checkpoints_checkpoint_pkey", {"id": first["id"], "number": 2, "size": 4}),
    ):
        with refused_by(constraint), attack.connection.transaction():
            attack.insert("checkpoints_checkpoint", **a_checkpoint(books, **changes))


@pytest.mark.parametrize("hashes", [b"", bytes(31), bytes(33), bytes(8193)], ids=len)
def test_a_tile_has_whole_hashes(attack: Attack, books: Books, hashes: bytes) -> None:
    with refused_by("checkpoint_tile_of_hashes"):
        attack.insert("checkpoints_tile", **a_tile(books, hashes=hashes))


@pytest.mark.parametrize("first, count", [(1, 256), (255, 2), (256 * 7 + 200, 57)])
def test_a_tile_is_below_one_node(attack: Attack, books: Books, first: int, count: int) -> None:
    with refused_by("checkpoint_tile_below_one_node"), attack.connection.transaction():
        attack.insert("checkpoints_tile", **a_tile(books, first=first, hashes=bytes(32 * count)))
    attack.insert("checkpoints_tile", **a_tile(books, first=first, hashes=bytes(32 * (count - 1))))


def test_a_place_is_kept_once(attack: Attack, books: Books) -> None:
    attack.insert("checkpoints_tile", **a_tile(books))
    with refused_by("checkpoints_tile_pkey"):
        attack.insert("checkpoints_tile", **a_tile(books, hashes=bytes(32)))


def test_a_place_outside_has_one_position(attack: Attack, books: Books) -> None:
    attack.insert("checkpoints_copyposition", entity_id=books.id, place="folder", number=1)
    with refused_by("checkpoints_copyposition_pkey"):
        attack.insert("checkpoints_copyposition", entity_id=books.id, place="folder", number=2)


FOREIGN = {
    "checkpoints_checkpoint": "checkpoints_checkpoint_entity_id_353b0345_fk_books_entity_id",
    "checkpoints_tile": "checkpoints_tile_entity_id_e9146e16_fk_books_entity_id",
    "checkpoints_copyposition": "checkpoints_copyposition_entity_id_a4a9f081_fk_books_entity_id",
}


@pytest.mark.parametrize("table", FOREIGN)
def test_they_are_of_an_entity(attack: Attack, books: Books, table: str) -> None:
    rows = {
        "checkpoints_checkpoint": a_checkpoint(books),
        "checkpoints_tile": a_tile(books),
        "checkpoints_copyposition": {"place": "folder", "number": 1},
    }
    attack.insert(table, **rows[table] | {"entity_id": UUID(int=1)})
    with refused_by(FOREIGN[table]):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", ["checkpoints_checkpoint", "checkpoints_tile"])
@pytest.mark.parametrize("change", ["UPDATE {} SET entity_id = entity_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_they_are_history(attack: Attack, books: Books, table: str, change: str) -> None:
    """Triggers "checkpoint_immutable" and "checkpoint_tile_immutable"."""
    attack.insert("checkpoints_checkpoint", **a_checkpoint(books))
    attack.insert("checkpoints_tile", **a_tile(books))
    attack.run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(psycopg.errors.RestrictViolation) as refusal:
        attack.run(change.format(table))
    assert refusal.value.diag.constraint_name == "history_is_immutable"
