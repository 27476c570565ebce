"""Four eyes: who may propose and decide, what an approval carries out, and that it does so once."""

from __future__ import annotations

import pytest

from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.reading import STATUSES, waiting_for, with_status
from ledgerflow.approvals.use_cases import decide, execute
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import (
    Malformed,
    NotFound,
)
from tests.approving import SOON, a_person, a_proposal, by, faults, user_of
from tests.builders import an_entity


@pytest.mark.parametrize(
    "decision, note, pointer",
    [("perhaps", "", "/decision"), ("approved", "x" * 501, "/note"), ("approved", "\x00", "/note")],
    ids=["decision", "long note", "NUL"],
)
def test_a_decision_that_cannot_be(books: Entity, alice: str, bob: str, decision: str, note: str, pointer: str) -> None:
    proposal = a_proposal(books, alice)
    with pytest.raises(Malformed) as caught:
        decide(books.id, proposal.id, decision, person=bob, via=bob, note=note)
    assert caught.value.pointer == pointer


def test_proposals_of_other_books_are_not_there(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice)
    other = an_entity()
    with pytest.raises(NotFound):
        decide(other.id, proposal.id, "approved", **by(bob))
    with pytest.raises(NotFound):
        execute(other.id, proposal.id, **by(bob))


def test_each_proposal_stands_in_one_place(alice: str, bob: str) -> None:
    books = an_entity()
    made = {
        "expired": a_proposal(books, alice, expires_in=SOON),
        "pending": a_proposal(books, alice),
        "approved": a_proposal(books, alice),
        "rejected": a_proposal(books, alice),
        "withdrawn": a_proposal(books, alice),
    }
    for decision, person in (("approved", bob), ("rejected", bob), ("withdrawn", alice)):
        decide(books.id, made[decision].id, decision, **by(person))
    of_books = Proposal.objects.filter(entity=books)
    assert {status: [p.id for p in with_status(of_books, status)] for status in STATUSES} == {
        status: [proposal.id] for status, proposal in made.items()
    }
    assert faults(books) == []


def test_a_proposal_waits_for_others_who_have_the_permission(alice: str, bob: str) -> None:
    proposal = a_proposal(an_entity(), alice)
    clerk = a_person("accounts.view_account")

    def waits_for(person: str) -> bool:
        return waiting_for(user_of(person), [proposal.entity_id]).filter(pk=proposal.pk).exists()

    assert [waits_for(person) for person in (alice, bob, clerk)] == [False, True, False]
    decide(proposal.entity_id, proposal.id, "rejected", **by(bob))
    assert not waits_for(bob)
