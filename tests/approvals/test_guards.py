"""What plain SQL cannot do to proposals: decide on one's own, twice, too late, or rewrite who did."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.attacks import Attack, Books, refused_by

pytestmark = pytest.mark.every_server

ALICE, BOB = "user:1", "user:2"
EXPIRY = "2026-03-09T12:00:00Z"


def propose(attack: Attack, **changes: Any) -> UUID:
    """A proposal of Alice's that would be one, but for `changes`."""
    row = {
        "id": uuid4(), "entity_id": attack.books.id, "kind": "x", "subject": "s", "payload": "{}", "reason": "why",
        "proposed_by": ALICE, "proposed_by_name": "alice", "proposed_via": "key:1", "proposed_at": "2026-03-02T12:00:00Z", "expires_at": EXPIRY,
        "event_sequence": 2,
    } | changes  # fmt: skip
    attack.insert("approvals_proposal", **row)
    proposal: UUID = row["id"]  # type: ignore[assignment]
    return proposal


def decide(attack: Attack, proposal: UUID, decision: str, person: str, **changes: Any) -> None:
    row = {
        "proposal_id": proposal, "decision": decision, "decided_by": person, "decided_by_name": "bob", "decided_via": "key:2",
        "decided_at": "2026-03-03T12:00:00Z", "note": "", "event_sequence": 3,
    }  # fmt: skip
    attack.insert("approvals_proposaldecision", **row | changes)


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_nobody_decides_on_an_own_proposal(attack: Attack, decision: str) -> None:
    proposal = propose(attack)
    with refused_by("proposal_four_eyes"), attack.connection.transaction():
        decide(attack, proposal, decision, ALICE)
    decide(attack, proposal, decision, BOB)


def test_only_who_proposed_withdraws(attack: Attack) -> None:
    proposal = propose(attack)
    with refused_by("proposal_withdrawn_by_its_maker"), attack.connection.transaction():
        decide(attack, proposal, "withdrawn", BOB)
    decide(attack, proposal, "withdrawn", ALICE)


@pytest.mark.parametrize("moment", ["2026-03-02T11:59:59Z", EXPIRY], ids=["before it was made", "expired"])
def test_nothing_is_approved_out_of_its_time(attack: Attack, moment: str) -> None:
    with refused_by("proposal_decided_in_time"):
        decide(attack, propose(attack), "approved", BOB, decided_at=moment)


def test_what_expired_may_still_be_put_away(attack: Attack) -> None:
    decide(attack, propose(attack), "rejected", BOB, decided_at=EXPIRY)


@pytest.mark.parametrize("second", ["approved", "rejected"])
def test_a_proposal_is_decided_once(attack: Attack, second: str) -> None:
    proposal = propose(attack)
    decide(attack, proposal, "rejected", BOB)
    with refused_by("approvals_proposaldecision_pkey"):
        decide(attack, proposal, second, "user:3")


def test_a_decision_is_one_of_three(attack: Attack) -> None:
    with refused_by("proposal_decision_known"):
        decide(attack, propose(attack), "perhaps", BOB)


@pytest.mark.parametrize(
    "changes",
    [
        {"decided_by": ""},
        {"decided_by": "user:"},
        {"decided_by": "user:bob"},
        {"decided_by": "key:1"},
        {"decided_via": ""},
    ],
)
def test_a_decision_is_made_by_a_person(attack: Attack, changes: dict[str, str]) -> None:
    with refused_by("proposal_decision_by_a_person"):
        decide(attack, propose(attack), "approved", **{"person": BOB} | changes)


def test_a_decision_needs_its_proposal(attack: Attack) -> None:
    decide(attack, uuid4(), "approved", BOB)
    with refused_by("approvals_proposalde_proposal_id_b179c9ba_fk_approvals"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("person", ["", "user:", "user:alice", "user:01", "key:1", "alice"])
def test_a_proposal_is_made_by_a_person(attack: Attack, person: str) -> None:
    with refused_by("proposal_by_a_person"):
        propose(attack, proposed_by=person)


@pytest.mark.parametrize("column", ["kind", "subject", "reason", "proposed_via"])
def test_a_proposal_says_all_of_it(attack: Attack, column: str) -> None:
    with refused_by("proposal_complete"):
        propose(attack, **{column: ""})


def test_a_proposal_expires_after_it_was_made(attack: Attack) -> None:
    with refused_by("proposal_expires_later"):
        propose(attack, expires_at="2026-03-02T12:00:00Z")


def test_a_proposal_is_made_once(attack: Attack) -> None:
    with refused_by("approvals_proposal_pkey"):
        propose(attack, id=propose(attack))


def test_a_proposal_belongs_to_books(attack: Attack, books: Books) -> None:
    propose(attack, entity_id=uuid4())
    with refused_by("approvals_proposal_entity_id_d5c2fd89_fk_books_entity_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")
