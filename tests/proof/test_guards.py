"""What plain SQL cannot do to the record of a proof."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.attacks import Attack, Books, refused_by

pytestmark = pytest.mark.every_server

TABLE = "proof_proofrun"


def a_proof_run(books: Books, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(), "entity_id": books.id, "started_at": "2026-03-02T03:00:00Z", "ended_at": "2026-03-02T03:00:01Z",
        "outcome": "clean", "faults": 0, "events": 3, "problem": "",
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"faults": 1}, {"problem": "x"}, {"outcome": "faults"}, {"outcome": "failed", "faults": 2}, {"outcome": "x"}],
)
def test_an_outcome_agrees_with_what_was_found(attack: Attack, books: Books, changes: dict[str, Any]) -> None:
    with refused_by("proof_run_outcome_consistent"):
        attack.insert(TABLE, **a_proof_run(books, **changes))


def test_a_proof_run_is_one_of_books_and_ends_after_it_began(attack: Attack, books: Books) -> None:
    first = a_proof_run(books)
    attack.insert(TABLE, **first)
    for constraint, changes in (
        ("proof_run_in_order", {"ended_at": "2026-03-02T02:59:59Z"}),
        ("proof_proofrun_pkey", {"id": first["id"]}),
    ):
        with refused_by(constraint), attack.connection.transaction():
            attack.insert(TABLE, **a_proof_run(books, **changes))
    attack.insert(TABLE, **a_proof_run(books, entity_id=uuid4()))
    with refused_by("proof_proofrun_entity_id_d442ff9d_fk_books_entity_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")
